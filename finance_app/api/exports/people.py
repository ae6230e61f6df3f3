"""Clients and people as files."""

from finance_app.api.exports.files import Export, Word
from finance_app.domain.permissions import Permission
from finance_app.domain.time import hours
from finance_app.services.clients import directory as clients
from finance_app.services.people import directory as people

PEOPLE: dict[str, Export] = {
    "clients": Export(
        Permission.CLIENTS_VIEW,
        "client.title",
        clients.ASKS,
        clients.page,
        [
            ("client.name", lambda row: row.name),
            ("client.city", lambda row: row.city),
            ("client.country", lambda row: row.country),
            ("client.currency", lambda row: row.currency),
            ("client.contact", lambda row: row.contact),
            ("client.contacts_page.email", lambda row: row.email),
        ],
    ),
    "people": Export(
        Permission.PEOPLE_VIEW,
        "person.title",
        people.ASKS,
        people.page,
        [
            ("person.name", lambda row: row.name),
            ("person.job_title", lambda row: row.job_title),
            (
                "person.profile",
                lambda row: Word(f"profile.name.{row.profile}") if row.profile else row.profile_name,
            ),
            ("person.email", lambda row: row.email),
            ("person.weekly_hours", lambda row: hours(row.weekly_seconds)),
            (
                "person.month_hours",
                lambda row: None if row.month_seconds is None else hours(row.month_seconds),
            ),
            ("person.bill_rate", lambda row: row.bill_rate),
            ("person.cost_rate", lambda row: row.cost_rate),
        ],
    ),
}
