"""What an e-mail of the outbox carries: the document as PDF, with the receipts that were asked for."""

from sqlmodel import Session

from finance_app.documents.invoice_pdf import render_pdf
from finance_app.integrations.mail import Attachment
from finance_app.models import OutboxMessage
from finance_app.services import files
from finance_app.services.delivery.document_data import document_of
from finance_app.services.expenses import receipts


def enclosed(session: Session, message: OutboxMessage) -> list[Attachment]:
    name = message.payload["attachment"]
    if not name:
        return []
    document = document_of(session, message.object_kind, message.object_id or 0)
    pdf = render_pdf(document)
    match message.payload.get("receipts"):
        case "append":
            found = receipts.files_of_invoice(session, message.object_id or 0)
            pdf = receipts.behind(pdf, [(each.media_type, files.content(each)) for each in found])
        case "attach":
            found = receipts.files_of_invoice(session, message.object_id or 0)
            return [
                Attachment(name, "application/pdf", pdf),
                *(
                    Attachment(_numbered(at, each.name), each.media_type, files.content(each).read_bytes())
                    for at, each in enumerate(found, start=1)
                ),
            ]
    return [Attachment(name, "application/pdf", pdf)]


def _numbered(at: int, name: str) -> str:
    """Receipts in the order of the lines, each under a name of its own: every phone calls them IMG_0001."""
    return f"{at:02d} {name}"
