"""The panels at the side of a person's page. Another one is another entry of `side_panels`."""

import reflex as rx

from finance_app.components.native import native_link
from finance_app.components.object_trail import object_trail
from finance_app.components.parts import facts, panel
from finance_app.components.privacy import privacy_panel
from finance_app.components.text import tr
from finance_app.pages.people.access import person_access
from finance_app.pages.settings.profiles import person_grants
from finance_app.states.people.page import PersonPage


def side_panels() -> list[rx.Component]:
    """From the top down. A panel that not everybody may see hides itself by `allowed`."""
    return [_details(), person_access(), person_grants(), _privacy(), object_trail("user")]


def _privacy() -> rx.Component:
    return privacy_panel("user", PersonPage.person_id, PersonPage.name)


def _details() -> rx.Component:
    details = PersonPage.details
    email = rx.cond(
        details["email"] != "",
        native_link(details["email"], href="mailto:" + details["email"], class_name="link"),
        rx.el.span(tr("person.no_log_in"), class_name="muted"),
    )
    locale = rx.cond(
        details["locale"] != "",
        tr("client.locales." + details["locale"]),
        tr("person.locales.browser"),
    )
    return panel(
        tr("person.details"),
        facts(
            (tr("person.email"), rx.fragment(email)),
            (tr("person.job_title"), details["job_title"]),
            (tr("person.profile"), details["profile"]),
            (tr("person.weekly_hours"), details["weekly_hours"]),
            (tr("person.locale"), rx.fragment(locale)),
        ),
    )
