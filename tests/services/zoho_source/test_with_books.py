"""Zoho Projects in, Zoho Books out: time that was read is billed at Books, once."""

from datetime import timedelta

from sqlmodel import select

from finance_app import db
from finance_app.integrations.zoho import Product
from finance_app.models import TimeLog, ZohoLink
from finance_app.models.columns import at
from finance_app.models.kinds import SourceClients, SourceProjects
from finance_app.services.zoho.sync import starting
from tests.harness.zoho import ORGANISATION, Remote
from tests.harness.zoho_source import Firm


def test_what_is_read_goes_on_to_books_and_nothing_is_doubled(firm: Firm) -> None:
    books = Remote()
    books.sandbox = firm.sandbox
    firm.sandbox.limits.allowance = books.sandbox.limits.allowance
    with at(firm.clock), db.transaction(firm.engine) as session:
        starting.begin(session, firm.actor, starting.Setup(1, Product.BOOKS, ORGANISATION, "EUR"))
    project = firm.rows("zp_project")[3]
    firm.set_up(projects=SourceProjects.CHOSEN, chosen=[project["id"]], clients=SourceClients.CREATE)

    def both() -> None:
        """Read, and send, until nothing is left: the triggers go by the clock of the database."""
        for _ in range(4):
            firm.clock += timedelta(minutes=10)
            firm.settle()
            with at(firm.clock):
                while books.work(firm.engine):
                    pass

    both()
    billable = [log for log in firm.look().logs if log.billable]
    assert len(billable) > 5
    assert len(books.records("time_entry")) == len(billable)
    assert [each["project_name"] for each in books.records("project")] == [project["name"]]
    firm.update()
    both()
    assert len(books.records("time_entry")) == len(billable)
    assert books.doubled("contact", "contact_name") == []
    path = f"/projects/{project['id']}/logs"
    [first, second, *_] = firm.sandbox.store.find(
        "portal:10", "zp_log", parent=project["id"], bill_status="Billable"
    )
    firm.at_zoho("PATCH", f"{path}/{first['id']}", {"hours": "08:00"})
    firm.at_zoho("DELETE", f"{path}/{second['id']}")
    firm.update()
    both()
    with db.reading(firm.engine) as session:
        linked = {
            link.local_id for link in session.exec(select(ZohoLink).where(ZohoLink.module == "time_log"))
        }
        here = {log.id for log in session.exec(select(TimeLog)) if log.billable}
    assert linked == here
    assert len(books.records("time_entry")) == len(billable) - 1
