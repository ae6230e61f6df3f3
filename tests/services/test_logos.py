import pytest

from finance_app.domain.errors import DomainError
from finance_app.models import Portal
from finance_app.services.settings import logos

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="20" height="10"/></svg>'


def test_a_logo_is_replaced_and_removed_and_its_file_stays(session, owner):
    portal = Portal(name="Foo")
    session.add(portal)
    session.flush()
    first = logos.put(session, owner, "a" * 64, name="a.svg", media_type="image/svg+xml", size=9)
    second = logos.put(session, owner, "b" * 64, name="b.svg", media_type="image/svg+xml", size=9)
    assert portal.logo_id == second.id != first.id
    assert logos.current(session, owner) is second
    logos.remove(session, owner)
    assert logos.current(session, owner) is None
    assert session.get(type(first), first.id) is first


def test_only_an_image_is_a_logo(tmp_path):
    file = tmp_path / "logo"
    file.write_bytes(SVG)
    assert logos.check(file) == "image/svg+xml"
    file.write_bytes(b"%PDF-1.7")
    with pytest.raises(DomainError) as refusal:
        logos.check(file)
    assert refusal.value.code == "document.logo_error.unreadable"


def test_a_team_member_changes_no_logo(session, member):
    with pytest.raises(DomainError):
        logos.put(session, member, "a" * 64, name="a.svg", media_type="image/svg+xml", size=9)
