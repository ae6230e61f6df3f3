"""Many at once: one decision, one order, and never more invoiced than was accepted."""

from decimal import Decimal

import pytest
from sqlmodel import Session, col, func, select

from finance_app.db import reading, transaction
from finance_app.domain.errors import DomainError
from finance_app.domain.parts import PartKind
from finance_app.models import AuditEvent, Estimate, Invoice, OutboxMessage, SalesOrder
from finance_app.services.estimating import billing, deciding, orders
from finance_app.services.estimating.billing import PartAsk, PartChoice
from finance_app.services.estimating.deciding import Origin, Outcome
from finance_app.services.estimating.papers import ESTIMATE
from finance_app.services.invoicing.papers import lines_in
from tests.harness.estimates import sent
from tests.harness.invoices import office
from tests.services.test_invoicing_races import MANAGER, at_once

CLIENTS = 50


@pytest.fixture
def offered(engine) -> tuple[int, str]:
    """A sent estimate, and the fingerprint that a client has read."""
    with transaction(engine) as session:
        made = sent(session, MANAGER, office(session))
        return made.id or 0, deciding.fingerprint(made, lines_in(session, ESTIMATE, made.id or 0))


def accept(session: Session, estimate_id: int, seen: str, name: str) -> Outcome:
    return deciding.accept_on_link(
        session, estimate_id, seen=seen, name=name, agreed=True, option_ids=(), origin=Origin("10.0.0.1")
    )


def test_of_fifty_answers_at_once_one_counts(engine, offered):
    estimate_id, seen = offered

    def answer(number: int) -> Outcome:
        with transaction(engine) as session:
            if number % 2:
                return accept(session, estimate_id, seen, f"Client {number}")
            return deciding.decline_on_link(
                session, estimate_id, seen=seen, reason=f"Reason {number}", origin=Origin()
            )

    outcomes = at_once(answer, CLIENTS)
    assert outcomes.count(Outcome.TAKEN) == 1
    assert outcomes.count(Outcome.ANSWERED) == CLIENTS - 1
    with reading(engine) as session:
        made = session.get_one(Estimate, estimate_id)
        assert (made.accepted_at is None) != (made.declined_at is None)
        winner = outcomes.index(Outcome.TAKEN)
        assert str(winner) in made.decision["name"] + made.decision["reason"]
        answers = select(func.count()).where(
            AuditEvent.object_kind == "estimate", col(AuditEvent.action).in_(("accepted", "declined"))
        )
        assert session.exec(answers).one() == 1
        assert len(session.exec(select(OutboxMessage)).all()) <= 1


def test_parts_at_once_never_exceed_what_was_accepted(engine, offered):
    estimate_id, seen = offered
    with transaction(engine) as session:
        accept(session, estimate_id, seen, "Ann")
    whole = [
        each for each in at_once(lambda _: _part(engine, estimate_id), 8) if not isinstance(each, DomainError)
    ]
    assert len(whole) == 1
    with reading(engine) as session:
        made = session.get_one(Estimate, estimate_id)
        invoice = session.exec(select(Invoice)).one()
        assert invoice.part_minor == made.total_minor


def _part(engine, estimate_id: int) -> int:
    with transaction(engine) as session:
        ask = PartAsk(PartChoice.WHOLE)
        return billing.invoice_part(session, MANAGER, "estimate", estimate_id, ask).id or 0


def test_one_estimate_gives_one_order(engine, offered):
    estimate_id, seen = offered
    with transaction(engine) as session:
        accept(session, estimate_id, seen, "Ann")

    def order(_number: int) -> int:
        with transaction(engine) as session:
            return orders.from_estimate(session, MANAGER, estimate_id).id or 0

    assert len(set(at_once(order, 6))) == 1
    with reading(engine) as session:
        assert len(session.exec(select(SalesOrder)).all()) == 1


def test_a_request_that_comes_twice_makes_one_invoice(engine, offered):
    estimate_id, seen = offered
    with transaction(engine) as session:
        accept(session, estimate_id, seen, "Ann")

    def part(_number: int) -> int:
        ask = PartAsk(PartChoice.DEPOSIT, percent=Decimal(30))
        with transaction(engine) as session:
            made = billing.invoice_part(session, MANAGER, "estimate", estimate_id, ask, "same request")
            return made.id or 0

    assert len(set(at_once(part, 4))) == 1
    with reading(engine) as session:
        assert session.exec(select(Invoice.billing)).one()["part"] == PartKind.DEPOSIT
