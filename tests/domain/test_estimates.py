from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from finance_app.domain.errors import DomainError
from finance_app.domain.estimates import (
    EstimateAction,
    EstimateFacts,
    EstimateState,
    OrderAction,
    OrderFacts,
    OrderState,
    allowed_estimate_actions,
    allowed_order_actions,
    estimate_state,
    order_state,
    require_estimate_action,
)

TODAY = date(2026, 6, 15)
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
SENT = EstimateFacts(total_minor=1000, issued_at=AT, expires_on=TODAY)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (EstimateFacts(), EstimateState.DRAFT),
        (EstimateFacts(expires_on=date(2026, 1, 1)), EstimateState.DRAFT),
        (SENT, EstimateState.SENT),
        (replace(SENT, viewed_at=AT), EstimateState.VIEWED),
        (replace(SENT, expires_on=date(2026, 6, 14)), EstimateState.EXPIRED),
        (replace(SENT, expires_on=None), EstimateState.SENT),
        (replace(SENT, expires_on=date(2026, 6, 14), accepted_at=AT), EstimateState.ACCEPTED),
        (replace(SENT, accepted_at=AT, billed_minor=999), EstimateState.ACCEPTED),
        (replace(SENT, accepted_at=AT, billed_minor=1000), EstimateState.INVOICED),
        (replace(SENT, accepted_at=AT, total_minor=0), EstimateState.ACCEPTED),
        (replace(SENT, declined_at=AT), EstimateState.DECLINED),
        (replace(SENT, superseded_at=AT), EstimateState.SUPERSEDED),
        (replace(SENT, declined_at=AT, superseded_at=AT), EstimateState.DECLINED),
    ],
)
def test_the_state_follows_from_facts(facts: EstimateFacts, state: EstimateState):
    assert estimate_state(facts, TODAY) is state


def test_only_an_open_or_expired_estimate_can_be_decided():
    for facts in (SENT, replace(SENT, viewed_at=AT), replace(SENT, expires_on=date(2026, 1, 1))):
        assert {EstimateAction.ACCEPT, EstimateAction.DECLINE} <= allowed_estimate_actions(facts, TODAY)
    for facts in (
        EstimateFacts(),
        replace(SENT, accepted_at=AT),
        replace(SENT, declined_at=AT),
        replace(SENT, superseded_at=AT),
    ):
        with pytest.raises(DomainError, match=r"error\.estimate\.cannot_accept"):
            require_estimate_action(EstimateAction.ACCEPT, facts, TODAY)


def test_what_is_sent_is_revised_and_what_is_decided_stays():
    assert EstimateAction.EDIT not in allowed_estimate_actions(SENT, TODAY)
    assert EstimateAction.REVISE in allowed_estimate_actions(SENT, TODAY)
    for decided in (replace(SENT, accepted_at=AT), replace(SENT, declined_at=AT)):
        assert EstimateAction.DELETE not in allowed_estimate_actions(decided, TODAY)


def test_an_accepted_estimate_is_ordered_once_and_then_billed_through_the_order():
    accepted = replace(SENT, accepted_at=AT)
    assert {EstimateAction.INVOICE, EstimateAction.ORDER} <= allowed_estimate_actions(accepted, TODAY)
    assert EstimateAction.ORDER not in allowed_estimate_actions(replace(accepted, billed_minor=1), TODAY)
    ordered = allowed_estimate_actions(replace(accepted, ordered=True), TODAY)
    assert not {EstimateAction.INVOICE, EstimateAction.ORDER} & ordered


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (OrderFacts(1000), OrderState.DRAFT),
        (OrderFacts(1000, 0, AT), OrderState.OPEN),
        (OrderFacts(1000, 1, AT), OrderState.PARTIALLY_INVOICED),
        (OrderFacts(1000, 1000, AT), OrderState.INVOICED),
        (OrderFacts(1000, 0, AT, AT), OrderState.VOID),
    ],
)
def test_the_state_of_an_order_follows_from_what_is_billed(facts: OrderFacts, state: OrderState):
    assert order_state(facts) is state
    assert (OrderAction.VOID in allowed_order_actions(facts)) == (state is OrderState.OPEN)
