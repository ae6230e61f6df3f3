"""The portal, and what day it is there."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from finance_app.models import Portal
from finance_app.models.columns import now


def portal_of(session: Session) -> Portal:
    """The portal; before it is set up, one with the defaults."""
    return session.exec(select(Portal)).first() or Portal()


def today(session: Session) -> date:
    """The present day in the portal's time zone."""
    return today_in(portal_of(session))


def today_in(portal: Portal) -> date:
    return local(now(), portal).date()


def local(moment: datetime, portal: Portal) -> datetime:
    """A moment in the portal's time zone."""
    return moment.astimezone(ZoneInfo(portal.time_zone))
