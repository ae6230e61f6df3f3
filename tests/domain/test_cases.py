"""Reference numbers of other products, run against Marge.

Reads every JSON file of tests/cases and of the folders named in MARGE_CASES (separated by `:`).
"""

import json
import os
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from finance_app.domain.billing import (
    CashRounding,
    Discount,
    DiscountOn,
    Document,
    Line,
    LineTotals,
    Surcharge,
    Totals,
    totals,
)
from finance_app.domain.grouping import BillableLog, GroupBy, Named, group_logs
from finance_app.domain.money import MINOR_DIGITS, RoundingMode, round_to_step, to_minor
from finance_app.domain.payment import balance
from finance_app.domain.tax import InclusiveTaxes, PriceMode, Tax, TaxRounding
from finance_app.domain.terms import DueRule, PaymentTerms
from finance_app.domain.time import (
    DurationError,
    DurationFormat,
    TimeRounding,
    WorkedTime,
    amount_of,
    billed_per_log,
    parse_duration,
)

OWN_CASES = Path(__file__).parent.parent / "cases"
CURRENCY_OF_DIGITS = {0: "JPY", 2: "EUR", 3: "KWD", 4: "CLF"}


class LeftOut(Exception):
    """The case tests a notion that Marge does not share."""


def case_files() -> list[Path]:
    named = [Path(folder) for folder in os.environ.get("MARGE_CASES", "").split(":") if folder]
    return [file for folder in [OWN_CASES, *named] for file in sorted(folder.glob("*.json"))]


def cases() -> Iterator:
    for file in case_files():
        for case in json.loads(file.read_text("utf-8"))["cases"]:
            yield pytest.param(case, id=f"{file.parent.name}/{case['id']}")


def _discount(stated: dict | None, currency: str) -> Discount | None:
    if stated is None:
        return None
    value = Decimal(stated["value"])
    if stated["type"] == "percent":
        return Discount(percent=value)
    assert stated["type"] == "amount", stated
    return Discount(amount_minor=to_minor(value, currency))


def _taxes(stated: list[dict]) -> tuple[Tax, ...]:
    return tuple(Tax(tax["name"], Decimal(tax["rate"])) for tax in stated)


def _cash_rounding(stated: dict | None, currency: str) -> CashRounding | None:
    if stated is None:
        return None
    return CashRounding(to_minor(stated["step"], currency), RoundingMode(stated["mode"]))


def _document(given: dict, tax_rounding: TaxRounding, several: InclusiveTaxes) -> Document:
    currency = CURRENCY_OF_DIGITS[given["precision"]]
    stated_on = {"net_total": DiscountOn.NET, "grand_total": DiscountOn.GROSS}
    return Document(
        currency=currency,
        lines=tuple(
            Line(
                unit_price=Decimal(line["rate"]),
                quantity=Decimal(line["qty"]),
                discount=_discount(line["discount"], currency),
                taxes=_taxes(line["taxes"]),
            )
            for line in given["lines"]
        ),
        prices=PriceMode(given["tax_mode"]),
        tax_rounding=tax_rounding,
        inclusive_taxes=several,
        taxes=_taxes(given["invoice_taxes"]),
        surcharges=tuple(
            Surcharge(
                f"surcharge {place}", to_minor(extra["amount"], currency), taxed=extra["taxed_by_invoice_tax"]
            )
            for place, extra in enumerate(given["surcharges"])
        ),
        discount=_discount(given["invoice_discount"], currency),
        discount_on=stated_on[given["discount_applies_on"]]
        if "discount_applies_on" in given
        else DiscountOn.PRICES,
        cash_rounding=_cash_rounding(given["total_rounding"], currency),
    )


FIGURES: dict[str, Callable[[Totals], int]] = {
    "total": lambda figures: figures.total_minor,
    "tax": lambda figures: figures.tax_minor,
    "subtotal": lambda figures: figures.subtotal_minor,
    "net": lambda figures: figures.net_minor,
    "discount": lambda figures: figures.discount_minor + figures.discount_after_tax_minor,
    "rounding_adjustment": lambda figures: figures.rounding_minor,
}
LINE_FIGURES: dict[str, Callable[[LineTotals], int]] = {
    "line_gross": lambda line: line.gross_minor,
    "line_discount": lambda line: line.discount_minor,
    "line_total": lambda line: line.amount_minor,
    "line_discount_share": lambda line: line.document_discount_minor,
    "line_net": lambda line: line.net_minor,
    "line_tax": lambda line: line.tax_minor,
    "line_gross_total": lambda line: line.total_minor,
}


def _figure(key: str, figures: Totals, paid_minor: int) -> int:
    if key == "balance":
        return balance(figures.total_minor, allocated_minor=paid_minor)
    if key in FIGURES:
        return FIGURES[key](figures)
    name, _, place = key.rpartition("_")
    if name in LINE_FIGURES:
        return LINE_FIGURES[name](figures.lines[int(place)])
    if key.startswith("tax_"):
        return sum(
            charge.tax_minor for charge in figures.taxes if charge.tax.name == key.removeprefix("tax_")
        )
    raise AssertionError(f"no figure of Marge answers to {key}")


def run_invoice_totals(given: dict, expected: dict) -> None:
    roundings = {
        "document": [TaxRounding.PER_RATE],
        "line": [TaxRounding.PER_LINE],
        "any": list(TaxRounding),
    }
    several = given["several_inclusive_taxes"]
    modes = list(InclusiveTaxes) if several == "any" else [InclusiveTaxes(several)]
    currency = CURRENCY_OF_DIGITS[given["precision"]]
    paid = sum(to_minor(payment, currency) for payment in given.get("payments", []))
    for rounding, mode in product(roundings[given["tax_rounding"]], modes):
        figures = totals(_document(given, rounding, mode))
        for key, value in expected.items():
            if key == "tax_groups":
                assert len(figures.taxes) == int(value), (rounding, mode)
            else:
                assert _figure(key, figures, paid) == to_minor(value, currency), (key, rounding, mode)


def run_duration(given: dict, expected: dict) -> None:
    formats = frozenset({DurationFormat(given["format"])})
    if expected.get("error"):
        with pytest.raises(DurationError):
            parse_duration(given["text"], formats)
        return
    assert parse_duration(given["text"], formats) == expected["seconds"]
    assert parse_duration(given["text"]) == expected["seconds"], "the time page accepts every format"


def run_due_date(given: dict, expected: dict) -> None:
    terms = PaymentTerms(DueRule(given["rule"]), days=given.get("days") or 0, day=given.get("day"))
    assert terms.due_date(date.fromisoformat(given["date"])) == date.fromisoformat(expected["due_date"])


def run_rounding_per_entry(given: dict, expected: dict) -> None:
    rounded = round_to_step(given["duration_seconds"], given["step_seconds"], RoundingMode(given["mode"]))
    assert rounded == expected["duration_seconds"]


def run_rounding_sum(given: dict, expected: dict) -> None:
    logs = [WorkedTime(1, date(2026, 1, 5), seconds) for seconds in given["durations_seconds"]]
    rounding = TimeRounding(RoundingMode(given["mode"]), given["step_minutes"])
    assert sum(log.billed_seconds for log in billed_per_log(logs, rounding)) == expected["total_seconds"]


def run_time_rounding(given: dict, expected: dict) -> None:
    if given["round_begin_min"] or given["round_end_min"]:
        raise LeftOut("Marge rounds durations, not the clock times of begin and end")
    modes = {
        "ceil": RoundingMode.UP,
        "floor": RoundingMode.DOWN,
        "closest": RoundingMode.NEAREST,
        "default": RoundingMode.UP,
    }
    begin, end = (_clock(given[side]) for side in ("begin", "end"))
    rounded = round_to_step(end - begin, given["round_duration_min"] * 60, modes[given["mode"]])
    assert rounded == expected["duration_seconds"]


def _clock(text: str) -> int:
    return parse_duration(text, frozenset({DurationFormat.COLON}))


def run_rate(given: dict, expected: dict) -> None:
    if given["mode"] == "decimal_hours_2dp":
        raise LeftOut("Marge bills exact seconds, not hours rounded to two decimals")
    assert given["mode"] == "exact_seconds_4dp", given["mode"]
    rate = Decimal(given["hourly_rate"])
    seconds = (
        given["duration_seconds"] if "duration_seconds" in given else int(Decimal(given["hours"]) * 3600)
    )
    assert MINOR_DIGITS["CLF"] == 4
    assert amount_of(seconds, rate, "CLF") == to_minor(expected["amount"], "CLF")


def run_grouping(given: dict, expected: dict) -> None:
    if given["group_by"] != "none":
        raise LeftOut("Marge never puts logs of different rates or projects on one line")
    logs = [
        BillableLog(
            id=place,
            day=date(2026, 1, 5),
            seconds=entry["duration"],
            rate=Decimal(entry["amount"]) * 3600 / entry["duration"],
            project=Named(entry["project"], entry["project"]),
            user=Named(entry["user"], entry["user"]),
            task=Named(entry["activity"], entry["activity"]),
        )
        for place, entry in enumerate(given["entries"])
    ]
    lines = group_logs(logs, GroupBy.LOG, "EUR")
    vat = Tax("VAT", Decimal(given["vat"]))
    figures = totals(Document("EUR", tuple(Line(line.rate, line.quantity, taxes=(vat,)) for line in lines)))
    assert len(lines) == expected["lines"]
    assert figures.subtotal_minor == to_minor(expected["subtotal"], "EUR")
    assert figures.total_minor == to_minor(expected["total"], "EUR")
    assert sum(line.billed_seconds for line in lines) == expected["seconds"]


RUNNERS: dict[str, Callable[[dict, dict], None]] = {
    "invoice_totals": run_invoice_totals,
    "duration_parse": run_duration,
    "due_date": run_due_date,
    "time_rounding_per_entry": run_rounding_per_entry,
    "time_rounding_sum_per_entry": run_rounding_sum,
    "rate": run_rate,
    "time_rounding": run_time_rounding,
    "invoice_grouping": run_grouping,
}
REQUIRED_KINDS = {
    "invoice_totals",
    "duration_parse",
    "due_date",
    "time_rounding_per_entry",
    "time_rounding_sum_per_entry",
    "rate",
}
LEFT_OUT_KINDS = {
    "billed_duration": "hours rounded to two decimals before billing; Marge bills exact seconds",
    "rate_precedence": "rates of customers, activities and single entries; Marge follows the billing method",
    "budget": "monthly budgets and spent ratios of peers; Marge's budgets have no such figures yet",
    "timesheet": "per-sheet billed percentage; Marge's unit of billing is the time log",
    "billing_lifecycle": "claims of logs are the services' doing, tested there against a database",
    "payments": "a history of edits to an issued invoice, tested with the services",
}


@pytest.mark.parametrize("case", list(cases()))
def test_case(case: dict) -> None:
    kind = case["kind"]
    if reason := LEFT_OUT_KINDS.get(kind):
        pytest.skip(f"{kind}: {reason}")
    assert kind in RUNNERS, f"no runner for the kind {kind}"
    try:
        RUNNERS[kind](case["inputs"], case["expected"])
    except LeftOut as left_out:
        pytest.skip(str(left_out))


def test_the_own_cases_cover_every_kind_that_runs() -> None:
    kinds = {
        case["kind"] for file in OWN_CASES.glob("*.json") for case in json.loads(file.read_text())["cases"]
    }
    assert REQUIRED_KINDS <= set(RUNNERS) <= kinds
    assert not set(LEFT_OUT_KINDS) & set(RUNNERS)
