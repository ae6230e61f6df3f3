"""The ticked documents of a list on paper: printed, in one PDF, or each in a file of its own."""

import reflex as rx

from finance_app import routes
from finance_app.components.native import native_link
from finance_app.components.text import tr


def file_actions(kind: str, selected: rx.Var) -> list[rx.Component]:
    """Buttons for a list of `invoice` or `credit_note`; `selected` are the ticked ids."""
    ids = "?ids=" + selected.join(",")
    return [
        native_link(
            tr("invoice.print"),
            href=routes.document_print_many(kind) + ids,
            target="_blank",
            class_name="btn btn-s",
        ),
        native_link(
            tr("delivery.archive.one_pdf"),
            href=routes.document_pdf_many(kind) + ids + "&save=1",
            download=True,
            class_name="btn btn-s",
        ),
        native_link(
            tr("delivery.archive.download"),
            href=routes.document_archive(kind) + ids,
            download=True,
            class_name="btn btn-s",
        ),
    ]
