from finance_app.models import User
from finance_app.models.columns import now
from finance_app.services import notices
from finance_app.services.listing import ListQuery


def ring(session, people, key="a"):
    return notices.notify(session, people, "budget_overrun", {"project": "Site"}, "/projects/1/budget", key)


def test_a_person_is_told_once_and_archived_people_never(session, owner):
    gone = User(name="Gone", archived_at=now())
    session.add(gone)
    session.flush()
    assert ring(session, [owner.user_id, owner.user_id, gone.id or 0]) == 1
    assert ring(session, [owner.user_id]) == 0
    assert ring(session, [owner.user_id], "b") == 1
    assert session.info["topics"] == {"notices"}
    assert notices.unread(session, owner) == 2


def test_people_see_and_mark_their_own_only(session, owner, member):
    ring(session, [owner.user_id, member.user_id])
    ring(session, [owner.user_id], "b")
    found = notices.page(session, owner, ListQuery(filters={"read": "no"}))
    assert [(row.kind, row.read) for row in found.rows] == [("budget_overrun", False)] * 2
    assert notices.mark_read(session, member, [row.id for row in found.rows]) == 0
    assert notices.mark_read(session, owner, [found.rows[0].id]) == 1
    assert notices.page(session, owner, ListQuery(filters={"read": "yes"})).total == 1
    assert notices.mark_read(session, owner) == 1
    assert (notices.unread(session, owner), notices.unread(session, member)) == (0, 1)
