"""Numbers without a gap: the row of the series is locked from the moment a number is taken to the commit."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from finance_app.domain.numbering import NumberPattern, check_issue_date, next_number
from finance_app.models import NumberSeries


def take_number(session: Session, pattern: str, issue_date: date, strict: bool) -> str:
    """The next number of the pattern's series in the year of `issue_date`; without a commit it stays free.

    Raises DomainError where the pattern is not one, or under strict numbering the date runs backwards.
    """
    wanted = NumberPattern(pattern)
    row = _locked(session, series_name(wanted, issue_date))
    check_issue_date(issue_date, row.last_date, strict)
    row.last_number = next_number(row.last_number)
    row.last_date = max(issue_date, row.last_date or issue_date)
    session.add(row)
    session.flush()
    return wanted.format(issue_date, row.last_number)


def series_name(pattern: NumberPattern, issue_date: date) -> str:
    """The key of the pattern's series in the year of `issue_date`."""
    series = pattern.series(issue_date)
    return f"{series.prefix}{series.year}"


def _locked(session: Session, name: str) -> NumberSeries:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(NumberSeries)
        .values(name=name, last_number=0)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    return session.execute(
        select(NumberSeries)
        .where(col(NumberSeries.name) == name)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()
