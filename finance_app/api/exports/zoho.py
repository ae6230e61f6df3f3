"""What Zoho did not take, as a file."""

from finance_app.api.exports.files import Export, Word
from finance_app.domain.permissions import Permission
from finance_app.services.zoho import error_list

ZOHO: dict[str, Export] = {
    "zoho-errors": Export(
        Permission.INTEGRATION_EDIT,
        "zoho.errors.title",
        error_list.ASKS,
        error_list.exported,
        [
            ("zoho.errors.module", lambda row: Word(f"zoho_sync.module.{row.module}")),
            ("zoho.errors.record", lambda row: row.label or Word(row.name)),
            ("zoho.errors.what", lambda row: Word(row.text, row.details)),
            ("zoho.errors.remedy", lambda row: Word(row.remedy, row.details)),
            (
                "zoho.errors.said",
                lambda row: f"{row.zoho_code} {row.message}" if row.zoho_code else row.message,
            ),
            ("zoho.errors.attempts", lambda row: row.attempts),
            ("zoho.errors.state", lambda row: Word(f"zoho.errors.states.{row.state.value}")),
            ("zoho.errors.first", lambda row: row.first_seen_at),
            ("zoho.errors.last", lambda row: row.last_seen_at),
        ],
    ),
}
