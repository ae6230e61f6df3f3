"""The demo company: two years of an agency's work, the same for the same day wherever it is made."""

from datetime import date
from random import Random

from sqlmodel import Session

from finance_app.demo.access import make_access
from finance_app.demo.budgets import make_budgets
from finance_app.demo.cash import close_series, settle
from finance_app.demo.company import make_firm
from finance_app.demo.customers import make_clients
from finance_app.demo.offers import make_offers
from finance_app.demo.outlays import make_expenses, tell_history
from finance_app.demo.planning import plan_hours
from finance_app.demo.receivables import make_invoices
from finance_app.demo.timesheets import make_logs
from finance_app.demo.undertakings import make_projects
from finance_app.services.audit import chain as audit_chain
from finance_app.services.profitability import posting

SEED = 1909
TIME_ZONE = "Europe/Paris"


def fill(session: Session, today: date) -> None:
    """Fill an empty database. All dates lie before or on `today`, but for those that are planned."""
    chance = Random(SEED)
    firm = make_firm(session, today)
    clients = make_clients(session, firm)
    works = make_projects(session, firm, clients, today, chance)
    make_logs(session, firm, works, today, chance)
    plan_hours(session, works)
    spent = make_expenses(session, firm, clients, works, today)
    bills = make_invoices(session, firm, clients, works, today, spent)
    tell_history(session, firm)
    settle(session, firm, bills, today, chance)
    close_series(session)
    make_offers(session, firm, clients, today)
    make_access(session, firm, [work.project for work in works], today)
    posting.rebuild(session)
    make_budgets(session, firm, works, today)
    audit_chain.note_all(session)
    session.flush()
