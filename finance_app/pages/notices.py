import reflex as rx

from finance_app.components.frame import page
from finance_app.components.parts import badge, button, empty
from finance_app.components.table import Column, data_table, filter_select, toolbar
from finance_app.components.text import tr
from finance_app.states.notices import NoticeList, NoticeRow


def notices() -> rx.Component:
    return page(
        tr("notice.title"),
        toolbar(
            filter_select(
                "read", tr("notice.all"), [("no", tr("notice.unread")), ("yes", tr("notice.read"))]
            ),
            searchable=False,
        ),
        data_table(
            NoticeList,
            [
                Column("text", tr("notice.what"), _text),
                Column("when", tr("notice.when"), lambda row: row.when, sort=True, width="180px"),
            ],
            on_row=lambda row: NoticeList.open_notice(row.id),
            label=tr("notice.title"),
            bulk=[button(tr("notice.mark"), size="s", icon="check", on_click=NoticeList.read_selected)],
            empty=empty(tr("notice.empty.title"), tr("notice.empty.text"), icon="bell"),
        ),
        context=tr("notice.context"),
        primary=button(tr("notice.mark_all"), icon="check-check", on_click=NoticeList.read_all),
    )


def _text(row: NoticeRow) -> rx.Component:
    new = rx.cond(row.read == "no", rx.fragment(" ", badge(tr("notice.new"), "blue")))  # type: ignore[arg-type]
    return rx.fragment(row.text, new)
