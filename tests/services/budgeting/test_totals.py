"""The totals of logged time equal their logs, whatever is done to them, on both databases."""

from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update
from sqlmodel import Session, col

from finance_app.models import (
    Client,
    Invoice,
    InvoiceLine,
    Project,
    ProjectMember,
    Task,
    TimeLog,
    TimeSum,
    User,
    UserRate,
)
from finance_app.models.columns import now
from finance_app.models.kinds import BillingMethod
from finance_app.services import rates
from finance_app.services.budgeting import totals
from finance_app.services.budgeting.totals import Worked

DAYS = (date(2026, 10, 5), date(2026, 10, 31), date(2026, 11, 1))
rate = st.none() | st.integers(0, 3).map(lambda n: Decimal(n * 25) + Decimal("0.000001"))
logs = st.fixed_dictionaries(
    {
        "project": st.integers(0, 1),
        "task": st.integers(0, 2),
        "user": st.integers(0, 1),
        "day": st.sampled_from(DAYS),
        "seconds": st.integers(1, 7200),
        "billable": st.booleans(),
    }
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), logs),
        st.tuples(st.just("import"), st.lists(logs, min_size=1, max_size=6)),
        st.tuples(st.just("change"), st.tuples(st.integers(0, 9), logs)),
        st.tuples(st.just("delete"), st.lists(st.integers(0, 9), max_size=4)),
        st.tuples(st.just("claim"), st.tuples(st.lists(st.integers(0, 9), max_size=4), st.booleans(), rate)),
        st.tuples(st.just("project_rate"), st.tuples(st.integers(0, 1), rate)),
        st.tuples(st.just("person_rate"), st.tuples(st.integers(0, 1), rate)),
        st.tuples(st.just("move_task"), st.tuples(st.integers(0, 2), st.integers(0, 1))),
    ),
    min_size=1,
    max_size=12,
)


class World:
    def __init__(self, session: Session) -> None:
        self.session = session
        methods = (BillingMethod.PROJECT_HOURS, BillingMethod.STAFF_HOURS)
        self.projects = [Project(name=m, currency="EUR", billing_method=m) for m in methods]
        self.users = [User(name=name) for name in ("Ana", "Ben")]
        client = Client(name="Acme", currency="EUR")
        session.add_all([*self.projects, *self.users, client])
        session.flush()
        invoice = Invoice(client_id=client.id, currency="EUR", issue_date=DAYS[0], due_date=DAYS[0])
        session.add(invoice)
        session.flush()
        line = InvoiceLine(invoice_id=invoice.id, name="Work")
        session.add(line)
        session.flush()
        self.line_id = line.id
        self.tasks = [Task(project_id=self.projects[0].id, name=f"Task {n}") for n in range(2)]
        session.add_all(self.tasks)
        session.flush()

    def row(self, given: dict) -> dict:
        project = self.projects[given["project"]]
        task = self.tasks[given["task"]].id if given["project"] == 0 and given["task"] < 2 else None
        own = {name: given[name] for name in ("day", "seconds", "billable")}
        return {**own, "project_id": project.id, "task_id": task, "user_id": self.users[given["user"]].id}

    def ids(self) -> list[int]:
        rows = self.session.execute(text("SELECT id FROM time_log ORDER BY id"))
        return [row[0] for row in rows]

    def do(self, kind: str, given) -> None:
        session = self.session
        if kind == "add":
            log = TimeLog(**self.row(given))
            session.add(log)
            session.flush()
            rates.price_logs(session, project_id=log.project_id)
        elif kind == "import":
            base = {"notes": "", "approval": "open", "approval_note": "", "version": 1,
                    "created_at": now(), "updated_at": now()}  # fmt: skip
            session.execute(insert(TimeLog), [{**base, **self.row(each)} for each in given])
            rates.price_logs(session)
        elif kind == "change":
            if ids := self.ids():
                wanted = ids[given[0] % len(ids)]
                session.execute(update(TimeLog).where(col(TimeLog.id) == wanted).values(**self.row(given[1])))
        elif kind == "claim":
            ids = self.ids()
            chosen = [ids[n % len(ids)] for n in given[0]] if ids else []
            session.execute(
                update(TimeLog)
                .where(col(TimeLog.id).in_(chosen))
                .values(invoice_line_id=self.line_id if given[1] else None, bill_rate=given[2])
            )
        elif kind == "delete":
            ids = self.ids()
            chosen = [ids[n % len(ids)] for n in given] if ids else []
            session.execute(delete(TimeLog).where(col(TimeLog.id).in_(chosen)))
        elif kind == "project_rate":
            self.projects[given[0]].bill_rate = given[1]
            rates.reprice(session, project_id=self.projects[given[0]].id)
        elif kind == "person_rate":
            user = self.users[given[0]]
            session.add(UserRate(user_id=user.id, valid_from=DAYS[1], bill_rate=given[1], cost_rate=given[1]))
            rates.reprice(session, user_id=user.id)
        elif kind == "move_task":
            session.execute(
                update(TimeLog)
                .where(col(TimeLog.task_id) == self.tasks[given[0] % 2].id)
                .values(task_id=None, project_id=self.projects[given[1]].id)
            )


def assert_unbilled(session: Session) -> None:
    """What waits to be billed is what the logs say, one by one."""
    expected: dict[int, list] = {}
    for log in session.execute(select(TimeLog).execution_options(populate_existing=True)).scalars():
        if log.billable and log.invoice_line_id is None:
            expected.setdefault(log.project_id, []).append((log.seconds, log.bill_rate))
    projects = session.execute(select(col(Project.id))).scalars()
    found = rates.unbilled_by_project(session, {id_ or 0: "EUR" for id_ in projects})
    assert found == {
        project_id: rates.Unbilled(
            sum(seconds for seconds, _ in time),
            sum(seconds for seconds, rate in time if rate is None),
            rates.amount_at_rates(time, "EUR"),
        )
        for project_id, time in expected.items()
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_every_change_of_logs_is_in_the_totals(session: Session, done) -> None:
    savepoint = session.begin_nested()
    world = World(session)
    for kind, given_values in done:
        world.do(kind, given_values)
        assert totals.differences(session) == 0
        assert_unbilled(session)
    for table in ("time_total", "time_sum", "time_unbilled"):
        assert session.execute(text(f"SELECT count(*) FROM {table} WHERE logs = 0")).scalar_one() == 0
    savepoint.rollback()
    session.expunge_all()


def test_totals_can_be_read_and_rebuilt(session: Session) -> None:
    world = World(session)
    site, ana = world.projects[0], world.users[0]
    session.add(ProjectMember(project_id=site.id, user_id=ana.id))
    for task, seconds in ((world.tasks[0], 3600), (None, 1800), (world.tasks[0], 900)):
        session.add(
            TimeLog(project_id=site.id, task_id=task.id if task else None, user_id=ana.id, day=DAYS[0],
                    seconds=seconds, bill_rate=Decimal("80.5"))
        )  # fmt: skip
    session.flush()
    of_site = site.id or 0
    assert totals.by_project(session)[of_site] == Worked(
        6300, 3, uncosted=6300, uncosted_price=6300 * 80_500_000, revenue=6300 * 80_500_000
    )
    by_task = totals.by_part(session, totals.TASK, [of_site])
    assert by_task[of_site, world.tasks[0].id or 0].seconds == 4500
    assert by_task[of_site, 0].seconds == 1800
    assert list(totals.by_part(session, totals.MONTH, [of_site])) == [(of_site, 202610)]
    session.execute(update(TimeSum).values(seconds=1))
    assert totals.differences(session) > 0
    totals.rebuild(session)
    assert totals.differences(session) == 0
