import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm, form_dialog
from finance_app.components.form import (
    check_field,
    date_field,
    fieldset,
    form,
    form_actions,
    form_grid,
    select_field,
    text_field,
    textarea_field,
    upload,
)
from finance_app.components.frame import page, permitted_tabs
from finance_app.components.object_trail import object_trail
from finance_app.components.parts import badge, button, empty, icon_button, panel
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.domain.tax import TaxCategory
from finance_app.domain.tax_due import TaxBasis
from finance_app.services.settings.portal import STEPS, TERMS
from finance_app.states.session import Session
from finance_app.states.settings.portal import (
    CompanySettings,
    DocumentSettings,
    TaxRow,
    TaxSettings,
    TimeSettings,
)


def settings_tabs() -> rx.Component:
    """Tabs of the settings, as far as the person may open them; a profile alone needs none."""
    edit = Permission.SETTINGS_EDIT
    tabs = permitted_tabs(
        (tr("settings.company.title"), routes.SETTINGS_COMPANY, edit),
        (tr("person.title"), routes.PEOPLE, Permission.PEOPLE_VIEW),
        (tr("settings.documents.title"), routes.SETTINGS_DOCUMENTS, edit),
        (tr("settings.taxes.title"), routes.SETTINGS_TAXES, edit),
        (tr("settings.items.title"), routes.SETTINGS_ITEMS, edit),
        (tr("settings.time.title"), routes.SETTINGS_TIME, edit),
        (tr("expense.title"), routes.SETTINGS_EXPENSES, edit),
        (tr("settings.emails.title"), routes.SETTINGS_EMAILS, edit),
        (tr("profile.title"), routes.SETTINGS_PROFILES, Permission.PROFILES_EDIT),
        (tr("account.settings.title"), routes.SETTINGS_SECURITY, edit),
        (tr("audit.title"), routes.SETTINGS_AUDIT, Permission.AUDIT_VIEW),
        (tr("shell.profile"), routes.SETTINGS_PROFILE, Permission.PROFILE_EDIT),
    )
    return rx.cond(
        Session.permissions.contains(str(edit)) | Session.permissions.contains(str(Permission.PEOPLE_VIEW)),
        tabs,
    )


def _field(state, group: str, name: str, **props) -> rx.Component:
    return text_field(state, name, tr(f"settings.{group}.{name}"), **props)


def company() -> rx.Component:
    state = CompanySettings

    def plain(name: str, **props) -> rx.Component:
        return _field(state, "company", name, optional=True, **props)

    mentions = rx.cond(
        state.is_french,
        button(tr("settings.company.use_mentions"), size="s", on_click=state.fill_mentions),
    )
    return page(
        tr("settings.company.title"),
        _logo(),
        form(
            state.save,
            state,
            _field(state, "company", "name", required=True),
            plain("legal_name"),
            textarea_field(state, "address", tr("settings.company.address"), optional=True, rows="2"),
            form_grid(plain("postcode"), plain("city")),
            form_grid(
                select_field(state, "country", tr("settings.company.country"), state.country_options),
                select_field(state, "locale", tr("settings.company.locale"),
                             [("en", "English"), ("fr", "Français")],
                             help=tr("settings.company.locale_help")),
            ),
            fieldset(
                tr("settings.company.ids"),
                form_grid(plain("tax_number"), plain("registration")),
                textarea_field(state, "legal_mentions", tr("settings.company.legal_mentions"),
                               help=tr("settings.company.legal_mentions_help"), optional=True,
                               key=state.mentions_key.to_string()),
                mentions,
            ),
            fieldset(
                tr("settings.company.reach"),
                form_grid(plain("email", type="email"), plain("phone", type="tel")),
                plain("website", type="url"),
            ),
            fieldset(
                tr("settings.company.bank"),
                plain("bank_name"),
                form_grid(plain("iban"), plain("bic")),
            ),
            text_field(state, "accent_color", tr("settings.company.accent_color"), type="color",
                       help=tr("settings.company.accent_color_help")),
            form_actions(),
        ),
        object_trail("portal", whole=True),
        tabs=settings_tabs(),
    )  # fmt: skip


def _logo() -> rx.Component:
    state = CompanySettings
    present = rx.el.div(
        rx.el.img(src=state.logo_href, alt=tr("settings.company.logo"), class_name="logo-preview"),
        confirm(
            button(tr("settings.company.logo_remove"), size="s"),
            tr("settings.company.logo_remove_title"),
            tr("settings.company.logo_remove_text"),
            action=tr("settings.company.logo_remove"),
            on_confirm=state.remove_logo,
        ),
        class_name="row wrap",
    )
    return panel(
        tr("settings.company.logo"),
        rx.el.div(
            rx.cond(state.logo_href != "", present),
            upload(
                url=routes.COMPANY_LOGO,
                accept=".png,.jpg,.jpeg,.svg",
                max_mb=2,
                on_done=state.show_new_logo,
                hint=tr("settings.company.logo_hint"),
            ),
            class_name="stack",
        ),
    )


def documents() -> rx.Component:
    state = DocumentSettings
    return page(
        tr("settings.documents.title"),
        form(
            state.save,
            state,
            fieldset(
                tr("settings.documents.numbers"),
                _field(state, "documents", "invoice_pattern", required=True,
                       help=tr("settings.documents.example", number=state.invoice_example),
                       on_change=state.show_invoice_example),
                _field(state, "documents", "credit_note_pattern", required=True,
                       help=tr("settings.documents.example", number=state.credit_note_example),
                       on_change=state.show_credit_note_example),
                _field(state, "documents", "estimate_pattern", required=True),
                _field(state, "documents", "sales_order_pattern", required=True),
                rx.el.p(tr("settings.documents.pattern_help"), class_name="field-help"),
                check_field(state, "strict_numbering", tr("settings.documents.strict_numbering"),
                            help=tr("settings.documents.strict_numbering_help"), switch=True),
            ),
            fieldset(
                tr("estimate.title"),
                text_field(state, "estimate_days", tr("settings.documents.estimate_days"), numeric=True,
                           help=tr("settings.documents.estimate_days_help")),
                textarea_field(state, "estimate_terms", tr("settings.documents.estimate_terms"), rows="5",
                               optional=True, help=tr("settings.documents.estimate_terms_help")),
            ),
            fieldset(
                tr("settings.documents.amounts"),
                select_field(
                    state, "price_mode", tr("settings.documents.price_mode"),
                    [(name, tr(f"settings.documents.price_modes.{name}"))
                     for name in ("exclusive", "inclusive")],
                ),
                select_field(
                    state, "tax_rounding", tr("settings.documents.tax_rounding"),
                    [(name, tr(f"settings.documents.tax_roundings.{name}"))
                     for name in ("per_rate", "per_line")],
                    help=tr("settings.documents.tax_rounding_help"),
                ),
                select_field(
                    state, "payment_terms", tr("settings.documents.payment_terms"),
                    [(terms, tr("settings.documents.days", n=int(terms[4:]))) for terms in TERMS],
                ),
                check_field(state, "milestone_invoicing", tr("settings.documents.milestone_invoicing"),
                            help=tr("settings.documents.milestone_invoicing_help"), switch=True),
            ),
            textarea_field(state, "invoice_notes", tr("settings.documents.invoice_notes"), optional=True),
            date_field(state, "closed_until", tr("settings.documents.closed_until"), optional=True,
                       help=tr("settings.documents.closed_until_help")),
            form_actions(),
        ),
        object_trail("portal", whole=True),
        tabs=settings_tabs(),
    )  # fmt: skip


def time() -> rx.Component:
    state = TimeSettings

    def choices(name: str, *values: str) -> list:
        return [(value, tr(f"settings.time.{name}s.{value}")) for value in values]

    return page(
        tr("settings.time.title"),
        form(
            state.save,
            state,
            check_field(state, "needs_approval", tr("settings.time.needs_approval"),
                        help=tr("settings.time.needs_approval_help"), switch=True),
            fieldset(
                tr("settings.time.rounding"),
                select_field(state, "rounding_mode", tr("settings.time.rounding_mode"),
                             choices("rounding_mode", "none", "up", "down", "nearest")),
                form_grid(
                    select_field(state, "rounding_step_minutes", tr("settings.time.rounding_step_minutes"),
                                 [(step, tr("settings.time.minutes", n=int(step))) for step in STEPS]),
                    select_field(state, "rounding_scope", tr("settings.time.rounding_scope"),
                                 choices("rounding_scope", "log", "line")),
                ),
                _field(state, "time", "daily_cap_seconds", optional=True, numeric=True,
                       help=tr("settings.time.daily_cap_help")),
            ),
            fieldset(
                tr("settings.time.limits"),
                form_grid(
                    _field(state, "time", "daily_limit_seconds", optional=True, numeric=True),
                    _field(state, "time", "row_limit_seconds", optional=True, numeric=True),
                ),
            ),
            form_grid(
                select_field(state, "fiscal_year_start", tr("settings.time.fiscal_year_start"), state.months),
                select_field(state, "time_zone", tr("settings.time.time_zone"), state.zones),
            ),
            form_actions(),
        ),
        object_trail("portal", whole=True),
        tabs=settings_tabs(),
    )  # fmt: skip


def taxes() -> rx.Component:
    state = TaxSettings
    new = button(tr("settings.taxes.new"), kind="primary", icon="plus", on_click=state.open_tax(0))
    return page(
        tr("settings.taxes.title"),
        rx.cond(
            state.rows.length() > 0,
            rx.el.ul(rx.foreach(state.rows, _tax), class_name="panel stack-s", style={"padding": "8px 16px"}),
            empty(tr("settings.taxes.empty"), tr("settings.taxes.empty_text"), icon="percent"),
        ),
        _tax_basis(),
        form_dialog(
            state,
            state.save,
            tr("settings.taxes.tax"),
            form_grid(
                _field(state, "taxes", "name", required=True),
                _field(state, "taxes", "rate", required=True, numeric=True),
            ),
            select_field(state, "category", tr("settings.taxes.category"),
                         [(code, tr(f"settings.taxes.categories.{code}")) for code in TaxCategory]),
            _field(state, "taxes", "exemption_reason", optional=True,
                   help=tr("settings.taxes.exemption_reason_help")),
            check_field(state, "is_default", tr("settings.taxes.is_default")),
        ),
        object_trail("tax", whole=True),
        context=tr("settings.taxes.context"),
        primary=new,
        tabs=settings_tabs(),
    )  # fmt: skip


def _tax_basis() -> rx.Component:
    state, name = TaxSettings, tr("settings.taxes.basis")
    return panel(
        name,
        rx.el.div(
            rx.el.select(
                *(rx.el.option(tr(f"report.basis.{basis}_long"), value=basis.value) for basis in TaxBasis),
                value=state.basis,
                on_change=state.choose_basis,
                aria_label=name,
                class_name="input",
            ),
            rx.el.p(tr("settings.taxes.basis_help"), class_name="field-help"),
            class_name="stack-s",
            style={"max_width": "560px"},
        ),
    )


def _tax(row: TaxRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(row.name, class_name="strong"),
            rx.cond(row.is_default, badge(tr("settings.taxes.default"), "blue")),
            rx.el.div(row.reason, class_name="small muted"),
            class_name="grow",
        ),
        rx.el.span(row.rate, class_name="num"),
        icon_button("pencil", tr("common.edit"), on_click=TaxSettings.open_tax(row.id)),
        confirm(
            icon_button("archive", tr("settings.taxes.archive")),
            tr("settings.taxes.archive_title", name=row.name),
            tr("settings.taxes.archive_text"),
            action=tr("settings.taxes.archive"),
            on_confirm=TaxSettings.archive(row.id),
            danger=False,
        ),
        class_name="row",
    )
