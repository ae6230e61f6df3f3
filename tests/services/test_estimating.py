"""From a draft to its invoices: totals with options, versions, one decision, parts that close to the cent."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from pypdf import PdfReader
from sqlmodel import Session, col, select

from finance_app.documents.legal import french_mentions
from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.estimates import EstimateState, estimate_state
from finance_app.domain.parts import Deduct, PartKind
from finance_app.models import (
    Budget,
    BudgetPart,
    EstimateLine,
    Invoice,
    InvoiceLine,
    Milestone,
    OutboxMessage,
    Portal,
    PublicLink,
    Task,
    TaskList,
)
from finance_app.models.kinds import BudgetType, LineKind, PriceMode
from finance_app.services.accounts.identity import Actor
from finance_app.services.crediting import notes as credit_notes
from finance_app.services.delivery import links as public_links
from finance_app.services.delivery.enclosures import enclosed
from finance_app.services.delivery.mail_text import mail_text
from finance_app.services.estimating import (
    billing,
    deciding,
    drafts,
    issuing,
    listing,
    orders,
    reading,
    sending,
)
from finance_app.services.estimating.billing import PartAsk, PartChoice
from finance_app.services.estimating.deciding import Origin, Outcome
from finance_app.services.estimating.drafts import EstimateHead
from finance_app.services.estimating.facts import estimate_facts
from finance_app.services.estimating.papers import ESTIMATE
from finance_app.services.estimating.undertaking import make_project
from finance_app.services.invoicing import editing, voiding
from finance_app.services.invoicing import issuing as invoice_issuing
from finance_app.services.invoicing.drafts import DraftHead, create_from_time, lines_of
from finance_app.services.invoicing.editing import AddLine, RemoveLine, SetHead, SetLine
from finance_app.services.invoicing.papers import lines_in
from finance_app.services.invoicing.price_claims import project_standings
from finance_app.services.invoicing.scope import Scope
from finance_app.services.listing import ListQuery
from finance_app.services.portal import today_in
from tests.harness.estimates import estimate, sent
from tests.harness.invoices import office

TODAY = today_in(Portal())
"""In the portal's time zone, which may be a day ahead."""


def seen(session: Session, made) -> str:
    return deciding.fingerprint(made, lines_in(session, ESTIMATE, made.id))


def accept(session: Session, made, options=(), **more) -> Outcome:
    answer = {"seen": seen(session, made), "name": "Ann Lee", "agreed": True, "origin": Origin("10.1.2.3")}
    return deciding.accept_on_link(session, made.id, option_ids=set(options), **{**answer, **more})


def state(session: Session, made) -> EstimateState:
    return estimate_state(estimate_facts(session, made), TODAY)


def accepted(session: Session, owner: Actor, **head):
    place = office(session)
    made = sent(session, owner, place, **head)
    assert accept(session, made) is Outcome.TAKEN
    return made


def part(session: Session, owner: Actor, made, choice: PartChoice, **more) -> Invoice:
    return billing.invoice_part(session, owner, "estimate", made.id, PartAsk(choice, **more))


def test_options_count_only_where_they_are_ticked(session: Session, owner: Actor):
    made = estimate(session, owner, office(session))
    assert made.net_minor == 95500 + 33333 + 4999
    option = lines_in(session, ESTIMATE, made.id)[-1]
    assert (option.optional, option.amount_minor) == (True, 50000)
    made = editing.save(
        session, owner, made.id, made.version, [SetLine(option.id, {"chosen": "true"})], ESTIMATE
    )
    assert made.net_minor == 95500 + 33333 + 4999 + 50000


def test_issuing_gives_a_number_and_refuses_what_cannot_be_offered(session: Session, owner: Actor):
    place = office(session)
    empty = drafts.create(session, owner, EstimateHead(client_id=place.client.id or 0))
    with pytest.raises(DomainError, match=r"estimate\.error\.empty"):
        issuing.issue(session, owner, empty.id or 0)
    only_options = editing.save(
        session,
        owner,
        empty.id or 0,
        empty.version,
        [AddLine({"name": "Maybe", "unit_price": "10", "optional": "true"})],
        ESTIMATE,
    )
    with pytest.raises(DomainError, match=r"estimate\.error\.empty"):
        issuing.issue(session, owner, only_options.id)
    made = estimate(session, owner, place)
    with pytest.raises(DomainError, match="total_negative"), session.begin_nested():
        editing.save(
            session,
            owner,
            made.id or 0,
            made.version,
            [AddLine({"name": "Gift", "unit_price": "-9999"})],
            ESTIMATE,
        )
    session.refresh(made)
    made.issue_date = TODAY - timedelta(days=40)
    made.expires_on = TODAY - timedelta(days=2)
    with pytest.raises(DomainError, match="expired_already"):
        issuing.issue(session, owner, made.id or 0)
    made.expires_on = TODAY
    assert issuing.issue(session, owner, made.id or 0).number == f"EST-{made.issue_date.year}-0001"


def test_an_expiry_before_the_estimate_is_refused(session: Session, owner: Actor):
    made = estimate(session, owner, office(session))
    early = (TODAY - timedelta(days=1)).isoformat()
    with pytest.raises(DomainError, match="expiry_before_issue"):
        editing.save(session, owner, made.id or 0, made.version, [SetHead({"expires_on": early})], ESTIMATE)


def test_the_client_accepts_once_and_what_is_chosen_counts(session: Session, owner: Actor):
    made = sent(session, owner, office(session))
    option = lines_in(session, ESTIMATE, made.id)[-1]
    assert accept(session, made, [option.id]) is Outcome.TAKEN
    assert made.net_minor == 95500 + 33333 + 4999 + 50000
    assert made.decision["name"] == "Ann Lee"
    assert made.decision["address"] == "10.1.2.3"
    assert made.decision["hash"] == seen(session, made)
    assert accept(session, made) is Outcome.ANSWERED
    again = deciding.decline_on_link(
        session, made.id or 0, seen=seen(session, made), reason="no", origin=Origin()
    )
    assert again is Outcome.ANSWERED
    assert state(session, made) is EstimateState.ACCEPTED
    mails = session.exec(select(OutboxMessage).where(OutboxMessage.object_kind == "estimate_notice")).all()
    assert [mail.payload["to"] for mail in mails] == [[owner.email]]


@pytest.mark.parametrize(
    ("answer", "field"),
    [({"name": "  "}, "name"), ({"name": "x" * 121}, "name"), ({"agreed": False}, "agreed")],
)
def test_an_acceptance_needs_a_name_and_the_box(session: Session, owner: Actor, answer, field):
    made = sent(session, owner, office(session))
    with pytest.raises(InvalidFields) as refusal:
        accept(session, made, **answer)
    assert field in refusal.value.faults
    assert state(session, made) is EstimateState.SENT


def test_what_has_changed_cannot_be_accepted_unseen(session: Session, owner: Actor):
    made = sent(session, owner, office(session))
    assert accept(session, made, seen="0" * 64) is Outcome.CHANGED
    assert state(session, made) is EstimateState.SENT


def test_a_reason_of_ten_thousand_characters_is_refused(session: Session, owner: Actor):
    made = sent(session, owner, office(session))
    with pytest.raises(InvalidFields):
        deciding.decline_on_link(
            session, made.id or 0, seen=seen(session, made), reason="x" * 10_000, origin=Origin()
        )
    assert state(session, made) is EstimateState.SENT


def test_a_new_version_closes_the_link_of_the_old(session: Session, owner: Actor):
    first = sent(session, owner, office(session))
    link = public_links.ensure_link(session, owner, "estimate", first.id or 0)
    token = public_links.token_of(link)
    second = drafts.revise(session, owner, first.id or 0)
    assert drafts.revise(session, owner, first.id or 0).id == second.id
    assert public_links.find_link(session, token) is not None
    issuing.mark_sent(session, owner, second.id or 0)
    assert second.number == f"{first.number}-R2"
    assert public_links.find_link(session, token) is None
    assert state(session, first) is EstimateState.SUPERSEDED
    assert accept(session, first) is Outcome.ANSWERED
    assert accept(session, second) is Outcome.TAKEN


def test_a_version_is_not_sent_over_an_acceptance(session: Session, owner: Actor):
    first = sent(session, owner, office(session))
    second = drafts.revise(session, owner, first.id or 0)
    assert accept(session, first) is Outcome.TAKEN
    with pytest.raises(DomainError, match="accepted_meanwhile"):
        issuing.issue(session, owner, second.id or 0)


def test_an_expired_link_opens_again_when_extended(session: Session, owner: Actor):
    made = sent(session, owner, office(session))
    token = public_links.token_of(public_links.ensure_link(session, owner, "estimate", made.id or 0))
    made.issue_date -= timedelta(days=60)
    made.expires_on = TODAY - timedelta(days=2)
    session.flush()
    public_links.set_end(session, made)
    assert public_links.find_link(session, token) is None
    assert accept(session, made) is Outcome.ANSWERED, "too late"
    issuing.extend(session, owner, made.id or 0, TODAY + timedelta(days=5))
    assert public_links.find_link(session, token) is not None
    assert accept(session, made) is Outcome.TAKEN
    assert session.exec(select(PublicLink.expires_at)).one() is None


def test_whole_is_the_estimate_and_nothing_is_left(session: Session, owner: Actor):
    made = accepted(session, owner, discount={"kind": "percent", "value": "7"})
    invoice = part(session, owner, made, PartChoice.WHOLE)
    assert (invoice.net_minor, invoice.tax_minor) == (made.net_minor, made.tax_minor)
    assert invoice.total_minor == made.total_minor == invoice.part_minor
    assert state(session, made) is EstimateState.INVOICED
    with pytest.raises(DomainError, match="cannot_invoice"):
        part(session, owner, made, PartChoice.BALANCE)


@pytest.mark.parametrize("deduct", list(Deduct))
def test_deposit_progress_and_balance_come_to_what_was_accepted(session: Session, owner: Actor, deduct):
    made = accepted(
        session, owner, discount={"kind": "percent", "value": "7"}, deduct=deduct.value, deposit_percent="30"
    )
    lines = [line for line in lines_in(session, ESTIMATE, made.id) if not line.optional]
    deposit = part(session, owner, made, PartChoice.DEPOSIT, percent=Decimal(30))
    assert {line.part for line in lines_of(session, deposit.id or 0)} == {PartKind.DEPOSIT}
    assert len(deposit.totals["taxes"]) == 2, "the deposit carries the tax of each rate"
    progress = part(
        session, owner, made, PartChoice.PROGRESS, percents={line.id: Decimal("33.3") for line in lines}
    )
    left = billing.contract(session, owner, "estimate", made.id or 0).left_minor
    balance = part(session, owner, made, PartChoice.BALANCE)
    invoices = (deposit, progress, balance)
    assert sum(each.net_minor for each in invoices) == made.net_minor
    assert sum(each.tax_minor for each in invoices) == made.tax_minor
    assert sum(each.total_minor for each in invoices) == made.total_minor
    assert balance.total_minor == left
    off = [line for line in lines_of(session, balance.id or 0) if line.part is PartKind.DEDUCTION]
    assert len(off) == 2
    assert {tax["name"] for line in off for tax in line.taxes} == {"TVA 20 %", "TVA 5,5 %"}
    assert state(session, made) is EstimateState.INVOICED


def test_lines_and_percentages_are_capped_by_what_is_left(session: Session, owner: Actor):
    made = accepted(session, owner)
    first = lines_in(session, ESTIMATE, made.id)[0]
    part(session, owner, made, PartChoice.LINES, line_ids=[first.id])
    with pytest.raises(DomainError, match=r"error\.parts\.nothing"):
        part(session, owner, made, PartChoice.LINES, line_ids=[first.id])
    part(session, owner, made, PartChoice.PERCENTAGE, percent=Decimal(80))
    part(session, owner, made, PartChoice.PERCENTAGE, percent=Decimal(80))
    assert billing.contract(session, owner, "estimate", made.id or 0).left_minor == 0


def test_a_part_in_draft_cannot_be_raised_above_what_was_agreed(session: Session, owner: Actor):
    made = accepted(session, owner)
    invoice = part(session, owner, made, PartChoice.PERCENTAGE, percent=Decimal(50))
    line = lines_of(session, invoice.id or 0)[0]
    with pytest.raises(DomainError, match=r"error\.parts\.above_line"), session.begin_nested():
        editing.save(
            session, owner, invoice.id or 0, invoice.version, [SetLine(line.id or 0, {"quantity": "2.1"})]
        )
    session.refresh(invoice)
    saved = editing.save(
        session, owner, invoice.id or 0, invoice.version, [SetLine(line.id or 0, {"quantity": "0.5"})]
    )
    assert saved.part_minor == saved.total_minor
    extra = editing.save(
        session, owner, saved.id, saved.version, [AddLine({"name": "Trip", "unit_price": "900"})]
    )
    assert extra.total_minor - extra.part_minor == 108_000, "a line of its own is no part of the estimate"


def test_a_void_or_deleted_invoice_gives_its_part_back(session: Session, owner: Actor):
    made = accepted(session, owner)
    first = part(session, owner, made, PartChoice.WHOLE)
    invoice_issuing.issue(session, owner, first.id or 0)
    assert state(session, made) is EstimateState.INVOICED
    voiding.void(session, owner, first.id or 0, "wrong address")
    assert state(session, made) is EstimateState.ACCEPTED
    again = part(session, owner, made, PartChoice.WHOLE)
    invoice_issuing.delete(session, owner, again.id or 0)
    assert billing.contract(session, owner, "estimate", made.id or 0).left_minor == made.total_minor


def test_a_credited_part_is_left_to_invoice_again_and_all_still_sum_to_the_cent(
    session: Session, owner: Actor
):
    made = accepted(session, owner)
    first = billing.invoice_part(
        session, owner, "estimate", made.id, PartAsk(PartChoice.PERCENTAGE, Decimal(60))
    )
    invoice_issuing.issue(session, owner, first.id)
    lines = lines_of(session, first.id)
    wanted = {lines[0].id: lines[0].amount_minor, lines[1].id: lines[1].amount_minor // 3}
    before = billing.contract(session, owner, "estimate", made.id).left_minor
    credit_notes.create_partial(session, owner, first.id, {lines[2].id: 1}, "Rebate")
    assert billing.contract(session, owner, "estimate", made.id).left_minor == before, "a rebate is no work"
    note = credit_notes.create_partial(session, owner, first.id, wanted, "Not done", release=list(wanted))
    left = billing.contract(session, owner, "estimate", made.id).left_minor
    assert abs(left - before - note.total_minor) <= 1
    rest = billing.invoice_part(session, owner, "estimate", made.id, PartAsk(PartChoice.BALANCE))
    assert billing.contract(session, owner, "estimate", made.id).left_minor == 0
    assert state(session, made) is EstimateState.INVOICED
    assert rest.total_minor == left


def test_invoices_of_an_estimate_bill_the_price_of_the_project_made_of_it(session: Session, owner: Actor):
    made = accepted(session, owner)
    project = make_project(session, owner, made.id or 0)
    half = PartAsk(PartChoice.PERCENTAGE, Decimal(50))
    billing.invoice_part(session, owner, "estimate", made.id, half)
    standing = project_standings(session, [project.id])[project.id]
    assert standing.price_minor == made.net_minor
    assert abs(standing.billed_minor - made.net_minor // 2) <= 1
    wish = {"project": project.id, "basis": "rest", "value": "", "time": False, "above": False}
    scope = Scope((), TODAY, charges={"fixed_cost": [wish]}, client_id=made.client_id)
    bill = create_from_time(session, owner, scope, DraftHead())
    assert bill.net_minor == made.net_minor - standing.billed_minor
    with pytest.raises(DomainError, match="price_billed"):
        billing.invoice_part(session, owner, "estimate", made.id, PartAsk(PartChoice.BALANCE))


def test_a_heading_stands_over_lines_and_costs_nothing(session: Session, owner: Actor):
    made = estimate(session, owner, office(session))
    before = made.total_minor
    made = editing.save(
        session, owner, made.id, made.version, [AddLine({"section": "true", "name": "Later"})], ESTIMATE
    )
    *_, heading = lines_in(session, ESTIMATE, made.id)
    assert (heading.kind, heading.taxes, made.total_minor) == (LineKind.SECTION, [], before)
    made = issuing.mark_sent(session, owner, made.id)
    accept(session, made)
    bill = part(session, owner, made, PartChoice.WHOLE)
    assert "Later" not in [line.name for line in lines_of(session, bill.id)]


def test_the_client_gets_the_certificate_where_the_estimate_went_to(session: Session, owner: Actor):
    place = office(session)
    made = estimate(session, owner, place)
    sending.send(
        session, owner, made.id, made.version, "ann@ardent.example", "bob@ardent.example", "S", "Hello", "k"
    )
    accept(session, session.get_one(type(made), made.id))
    mails = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id).desc())).all()
    [thanks] = [mail for mail in mails if mail.payload["email"] == "estimate_confirmed"]
    assert (thanks.payload["to"], thanks.payload["cc"]) == (["ann@ardent.example"], ["bob@ardent.example"])
    assert "Hello Ann Lee" in thanks.payload["body"]
    [attached] = enclosed(session, thanks)
    pages = PdfReader(io.BytesIO(attached.content)).pages
    assert made.decision["hash"][:16] in "".join(page.extract_text() for page in pages)
    assert "/e/" in mail_text(session, thanks).plain


def test_an_acceptance_by_hand_writes_to_nobody(session: Session, owner: Actor):
    made = sent(session, owner, office(session))
    deciding.accept_by_hand(session, owner, made.id, "Ann Lee", "by telephone")
    assert session.exec(select(OutboxMessage)).all() == []


def test_totals_of_the_list_leave_out_what_will_bring_nothing(session: Session, owner: Actor):
    place = office(session)
    kept, lost = sent(session, owner, place), sent(session, owner, place)
    deciding.decline_by_hand(session, owner, lost.id, "")
    [total] = listing.page(session, owner, ListQuery()).totals["currencies"]
    assert total.total_minor == kept.total_minor
    asked = ListQuery(filters={"state": "declined"})
    [total] = listing.page(session, owner, asked).totals["currencies"]
    assert total.total_minor == lost.total_minor


def test_the_order_of_an_estimate_is_billed_instead_of_it(session: Session, owner: Actor):
    made = accepted(session, owner)
    order = orders.from_estimate(session, owner, made.id or 0)
    assert orders.from_estimate(session, owner, made.id or 0).id == order.id
    assert (order.total_minor, order.number) == (made.total_minor, f"SO-{order.issue_date.year}-0001")
    with pytest.raises(DomainError, match=r"error\.estimate\.cannot_invoice"):
        part(session, owner, made, PartChoice.WHOLE)
    ask = PartAsk(PartChoice.PERCENTAGE, percent=Decimal(40))
    billing.invoice_part(session, owner, "sales_order", order.id or 0, ask)
    shown = reading.view(session, owner, "sales_order", order.id or 0)
    assert shown.state == "partially_invoiced"
    with pytest.raises(DomainError, match="cannot_void"):
        orders.void(session, owner, order.id or 0, "no")
    billing.invoice_part(session, owner, "sales_order", order.id or 0, PartAsk(PartChoice.BALANCE))
    assert reading.view(session, owner, "sales_order", order.id or 0).state == "invoiced"
    assert state(session, made) is EstimateState.INVOICED
    found = listing.order_page(session, owner, ListQuery(filters={"state": "invoiced"}))
    assert [(row.number, row.left_minor) for row in found.rows] == [(order.number, 0)]


def test_lines_come_from_the_budget(session: Session, owner: Actor):
    place = office(session, tasks=0)
    lists = [TaskList(project_id=place.project.id or 0, name=name) for name in ("Design", "Build")]
    session.add_all(lists)
    session.flush()
    for number, (of, seconds) in enumerate([(lists[0], 7200), (lists[0], 3600), (lists[1], 36000)]):
        session.add(
            Task(
                project_id=place.project.id or 0,
                task_list_id=of.id,
                name=f"Work {number}",
                planned_seconds=seconds,
                bill_rate=Decimal(120) if of is lists[1] else None,
            )
        )
    session.add(Milestone(project_id=place.project.id or 0, name="Launch", amount_minor=500_000))
    session.flush()

    def lines(budget: str) -> list[tuple[str, Decimal, Decimal]]:
        head = EstimateHead(place.client.id or 0, project_id=place.project.id, budget=budget)
        made = drafts.create(session, owner, head)
        rows = lines_in(session, ESTIMATE, made.id or 0)
        return [(row.name, row.quantity, row.unit_price) for row in rows if row.kind != "section"]

    rate = Decimal("95.5")
    assert lines("task_lists") == [("Design", Decimal(3), rate), ("Build", Decimal(10), Decimal(120))]
    assert [row[0] for row in lines("tasks")] == ["Work 0", "Work 1", "Work 2"]
    assert lines("milestones") == [("Launch", Decimal(1), Decimal(5000))]


def test_a_template_begins_another_estimate(session: Session, owner: Actor):
    place = office(session)
    made = estimate(session, owner, place, discount={"kind": "percent", "value": "5"}, deposit_percent="30")
    template = drafts.save_template(session, owner, made.id or 0, "Website")
    other = drafts.create(session, owner, EstimateHead(place.client.id or 0, template_id=template.id))
    assert (other.total_minor, other.deposit_percent) == (made.total_minor, made.deposit_percent)
    assert [line.optional for line in lines_in(session, ESTIMATE, other.id or 0)][-1]


def test_an_accepted_estimate_becomes_a_project(session: Session, owner: Actor):
    made = accepted(session, owner)
    project = make_project(session, owner, made.id or 0)
    assert (project.price_minor, project.client_id) == (made.net_minor, made.client_id)
    tasks = session.exec(select(Task).where(Task.project_id == project.id)).all()
    assert [(task.name, task.planned_seconds, task.bill_rate) for task in tasks] == [
        ("Design", 36000, Decimal("95.5"))
    ]
    named = session.exec(select(Milestone.name).where(Milestone.project_id == project.id)).all()
    assert named == ["Licence", "Handbook"]
    assert session.get_one(Budget, project.id).type is BudgetType.HOURS
    limits = session.exec(select(BudgetPart).where(BudgetPart.project_id == project.id)).all()
    assert [(limit.part_id, limit.seconds) for limit in limits] == [(tasks[0].id, 36000)]
    with pytest.raises(DomainError, match="cannot_make_project"):
        make_project(session, owner, made.id or 0)


def test_the_list_filters_and_counts_by_the_same_states_as_the_rule(session: Session, owner: Actor):
    place = office(session)
    estimate(session, owner, place)
    sent(session, owner, place)
    declined = sent(session, owner, place)
    deciding.decline_by_hand(session, owner, declined.id or 0, "too dear")
    late = sent(session, owner, place)
    late.issue_date, late.expires_on = TODAY - timedelta(days=50), TODAY - timedelta(days=20)
    billed = sent(session, owner, place)
    accept(session, billed)
    part(session, owner, billed, PartChoice.WHOLE)
    session.flush()
    for row in listing.page(session, owner, ListQuery()).rows:
        made = session.get_one(ESTIMATE.document, row.id)
        assert row.state == estimate_state(estimate_facts(session, made), TODAY).value
    states = listing.counts(session, owner, ListQuery())
    assert states == {"draft": 1, "sent": 1, "declined": 1, "expired": 1, "invoiced": 1}
    found = listing.page(session, owner, ListQuery(filters={"state": "declined"}))
    assert [row.id for row in found.rows] == [declined.id]


def test_members_neither_see_nor_make_estimates(session: Session, owner: Actor, member: Actor):
    made = estimate(session, owner, office(session))
    for attempt in (
        lambda: listing.page(session, member, ListQuery()),
        lambda: reading.view(session, member, "estimate", made.id or 0),
        lambda: drafts.duplicate(session, member, made.id or 0),
        lambda: issuing.issue(session, member, made.id or 0),
        lambda: deciding.accept_by_hand(session, member, made.id or 0, "x"),
    ):
        with pytest.raises(DomainError):
            attempt()


def test_a_line_goes_and_the_totals_follow(session: Session, owner: Actor):
    made = estimate(session, owner, office(session))
    line = lines_in(session, ESTIMATE, made.id)[0]
    saved = editing.save(session, owner, made.id or 0, made.version, [RemoveLine(line.id)], ESTIMATE)
    assert saved.net_minor == 33333 + 4999
    assert isinstance(line, EstimateLine)
    assert session.exec(select(InvoiceLine)).all() == []


def test_parts_of_prices_with_tax_are_said_with_tax_and_close_to_the_cent(session: Session, owner: Actor):
    made = accepted(session, owner, price_mode="inclusive", deposit_percent="30")
    first, second = lines_in(session, ESTIMATE, made.id)[:2]
    deposit = part(session, owner, made, PartChoice.DEPOSIT, percent=Decimal(30))
    whole = PartAsk(PartChoice.LINES, line_ids=[first.id])
    shown = billing.preview(session, owner, "estimate", made.id or 0, whole)
    lines = part(session, owner, made, PartChoice.LINES, line_ids=[first.id])
    assert shown == (lines.net_minor, lines.total_minor)
    assert {deposit.price_mode, lines.price_mode} == {PriceMode.INCLUSIVE}
    assert deposit.subtotal_minor == deposit.total_minor
    as_agreed = lines_of(session, lines.id or 0)[0]
    assert (as_agreed.quantity, as_agreed.unit_price, as_agreed.amount_minor) == (10, Decimal("95.50"), 95500)
    progress = part(session, owner, made, PartChoice.PROGRESS, percents={second.id: Decimal(40)})
    assert "333.33" in lines_of(session, progress.id or 0)[0].description
    balance = part(session, owner, made, PartChoice.BALANCE)
    parts = (deposit, lines, progress, balance)
    assert sum(each.tax_minor for each in parts) == made.tax_minor
    assert sum(each.total_minor for each in parts) == made.total_minor
    assert state(session, made) is EstimateState.INVOICED


def test_a_draft_part_whose_prices_change_sides_has_its_tax_worked_out(session: Session, owner: Actor):
    made = accepted(session, owner, price_mode="inclusive")
    part(session, owner, made, PartChoice.PERCENTAGE, percent=Decimal(50))
    invoice = part(session, owner, made, PartChoice.PERCENTAGE, percent=Decimal(30))
    changed = editing.save(
        session, owner, invoice.id or 0, invoice.version, [SetHead({"price_mode": "exclusive"})]
    )
    assert all("charged" not in tax for line in lines_of(session, changed.id or 0) for tax in line.taxes)
    assert changed.subtotal_minor == changed.net_minor


def test_mentions_of_the_law_are_in_the_language_of_the_document(session: Session, owner: Actor):
    place = office(session)
    portal = session.exec(select(Portal)).one()
    portal.legal_mentions = "\n".join([*french_mentions("fr"), "Une phrase à nous."])
    place.client.locale = "en"
    made = sent(session, owner, place)
    assert made.company["legal_mentions"].splitlines() == [*french_mentions("en"), "Une phrase à nous."]
