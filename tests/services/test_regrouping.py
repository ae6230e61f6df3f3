"""Going back from a draft: given back and taken anew in one go; and what the lines step shows of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import col, func, select

from finance_app.domain.errors import DomainError
from finance_app.domain.grouping import Eligibility, GroupBy, LineField
from finance_app.models import Client, TimeClaim, TimeLog
from finance_app.services.invoicing import drafts, editing, issuing
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.picking import What, pick_list
from finance_app.services.invoicing.preview import outline, preview
from finance_app.services.invoicing.regrouping import holds_all, regroup, take_up
from finance_app.services.invoicing.scope import Picked, Scope
from finance_app.services.invoicing.shown_lines import page_of_lines
from tests.services.test_time_figures import FIRST, office

__all__ = ["office"]

UNTIL = FIRST + timedelta(30)


def live(session) -> int:
    return session.exec(
        select(func.count()).select_from(TimeClaim).where(col(TimeClaim.released_at).is_(None))
    ).one()


def held(session, invoice) -> int:
    lines = [line.id for line in drafts.lines_of(session, invoice.id)]
    return session.exec(
        select(func.count()).select_from(TimeLog).where(col(TimeLog.invoice_line_id).in_(lines))
    ).one()


@pytest.fixture
def draft(session, owner, office):
    scope = Scope((office[2][0].id,), UNTIL)
    return drafts.create_from_time(session, owner, scope, DraftHead())


def test_a_draft_is_grouped_anew_and_its_own_lines_stay(session, owner, office, draft):
    before = held(session, draft)
    editing.save(session, owner, draft.id, 1, [editing.AddLine({"name": "Travel", "unit_price": "40"})])
    scope = Scope((office[2][0].id,), UNTIL, group_by=GroupBy.USER)
    seen = outline(session, owner, scope, draft.id).seen
    made = regroup(session, owner, draft.id, 2, scope, seen)
    lines = drafts.lines_of(session, made.id)
    assert lines[-1].name == "Travel"
    assert {line.name for line in lines[:-1]} == {"Ines", "Jo"}
    assert [line.position for line in lines] == list(range(1, len(lines) + 1))
    assert held(session, made) == live(session) == before
    assert made.version == 3
    assert sum(line.amount_minor for line in lines) == made.subtotal_minor


def test_more_or_less_is_taken_and_the_rest_given_back(session, owner, office, draft):
    both = Scope(tuple(project.id for project in office[2]), UNTIL)
    small = Scope(both.project_ids, FIRST)
    more = regroup(session, owner, draft.id, 1, both)
    assert held(session, more) == preview(session, owner, both, draft.id).logs
    less = regroup(session, owner, draft.id, 2, small)
    assert held(session, less) == live(session) == preview(session, owner, small, draft.id).logs
    issuing.delete(session, owner, draft.id)
    assert live(session) == 0


def test_what_was_changed_by_hand_is_named_before(session, owner, draft):
    assert take_up(session, owner, draft.id).changed == ()
    first, second, *_ = drafts.lines_of(session, draft.id)
    name = first.name
    changes = [editing.SetLine(first.id, {"unit_price": "1"}), editing.RemoveLine(second.id)]
    editing.save(session, owner, draft.id, 1, changes)
    found = take_up(session, owner, draft.id)
    assert (found.changed, found.removed) == ((name,), 1)
    assert not holds_all(session, owner, found)


def test_an_older_version_is_not_grouped(session, owner, office, draft):
    with pytest.raises(DomainError, match="newer"):
        regroup(session, owner, draft.id, 7, Scope((office[2][0].id,), UNTIL))


def test_what_changed_since_it_was_seen_is_told(session, owner, office, draft):
    scope = Scope((office[2][1].id,), UNTIL)
    seen = outline(session, owner, scope, draft.id).seen
    taken = preview(session, owner, scope, draft.id).lines[0].source.logs[0].id
    session.get_one(TimeLog, taken).version += 1
    session.flush()
    with pytest.raises(DomainError, match="changed"):
        regroup(session, owner, draft.id, 1, scope, seen)


def test_issued_or_of_another_client_it_does_not_go_back(session, owner, office, draft):
    other = Client(name="Brook", currency="EUR")
    session.add(other)
    session.flush()
    office[2][1].client_id = other.id
    session.flush()
    with pytest.raises(DomainError, match="draft_of_other"):
        regroup(session, owner, draft.id, 1, Scope((office[2][1].id,), UNTIL))
    issuing.issue(session, owner, draft.id)
    with pytest.raises(DomainError, match="no_way_back"):
        take_up(session, owner, draft.id)


@pytest.mark.parametrize("cap", [None, 8 * 3600])
def test_the_lines_shown_are_those_of_the_draft(session, owner, office, cap):
    office[0].daily_cap_seconds = cap
    everything = (LineField.TASK, LineField.USER, LineField.PERIOD, LineField.NOTES, LineField.HOURS)
    for by in GroupBy:
        scope = Scope(
            tuple(project.id for project in office[2]), UNTIL, group_by=by, fallback_rate=Decimal(80),
            description_fields=everything,
        )  # fmt: skip
        found, made = outline(session, owner, scope), preview(session, owner, scope)
        shown = [line for page in (1, 2, 3) for line in page_of_lines(session, found, page)]
        for name in ("name", "description", "quantity", "unit_price", "amount_minor", "logs"):
            assert [getattr(line, name) for line in shown] == [
                getattr(line, name) for line in made.lines[:150]
            ], (by, name)


def test_tasks_milestones_and_logs_are_picked(session, owner, office):
    project, tasks = office[2][0], office[3]
    scope = Scope((project.id,), UNTIL, picked=Picked(milestones=(tasks[0].milestone_id or 0,)))
    listed = pick_list(session, owner, scope, What.TASKS)
    assert [row.name for row in listed.rows] == ["Alone", "In a list", "With a phase"]
    phases = pick_list(session, owner, scope, What.MILESTONES)
    picked = Picked(milestones=(phases.rows[0].id,))
    scope = Scope((project.id,), UNTIL, picked=picked)
    listed = pick_list(session, owner, scope, What.TASKS)
    assert [(row.chosen, row.held_by) for row in listed.rows] == [(True, False), (False, True), (False, True)]
    logs = pick_list(session, owner, scope, What.LOGS)
    assert logs.total == sum(row.logs for row in pick_list(session, owner, scope, What.TASKS).rows) + sum(
        1 for row in logs.rows if not row.name
    )
    found = outline(session, owner, scope)
    for each in found.left_out:
        assert pick_list(session, owner, scope, What.LOGS, reason=each.reason).total == each.logs
    assert pick_list(session, owner, scope, What.TASKS, search="alone").total == 1
    assert (
        pick_list(session, owner, scope, What.LOGS, reason=Eligibility.NON_BILLABLE, search="jo").total >= 1
    )
