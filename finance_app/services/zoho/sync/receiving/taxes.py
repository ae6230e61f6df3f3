"""The taxes of Zoho's lines as copies of ours, by the links of what was sent; one of its own is linked."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlmodel import Session, select

from finance_app.models import Tax, ZohoLink
from finance_app.models.columns import now
from finance_app.services.invoicing.totals import tax_copy
from finance_app.services.zoho.sync.look import link_of
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving.links import Raw, exact, known
from finance_app.services.zoho.sync.taxes import group_key, tax_key

GROUP = "tax_group"


def copies_of(session: Session, sync_id: int, raw: Raw) -> list[dict[str, Any]]:
    """Of a line: none, one, or those of its group, which are fetched into its `group`."""
    remote_id = str(raw.get("tax_id") or "")
    if not remote_id or exact(raw.get("tax_percentage")) < 0:
        return []
    if raw.get("tax_type") != GROUP:
        return [_copy(session, sync_id, raw)]
    members: Sequence[Raw] = raw.get("group") or ()
    ids = [str(each["tax_id"]) for each in members]
    _link(session, sync_id, group_key(ids), remote_id, str(raw.get("tax_name")))
    return [_copy(session, sync_id, each) for each in members]


def _copy(session: Session, sync_id: int, raw: Raw) -> dict[str, Any]:
    name, rate = str(raw.get("tax_name")), exact(raw.get("tax_percentage"))
    compound, remote_id = raw.get("tax_type") == "compound_tax", str(raw["tax_id"])
    link = known(session, sync_id, Module.TAX, remote_id)
    if link is not None:
        for tax in session.exec(select(Tax)):
            if tax_key(tax.name, tax.rate, compound=tax.compound) == link.local_id:
                return tax_copy(tax)
    _link(session, sync_id, tax_key(name, rate, compound=compound), remote_id, name)
    return {
        "id": None,
        "name": name,
        "rate": str(rate.normalize() if rate else Decimal(0)),
        "category": "S" if rate else "Z",
        "exemption_reason": "",
        "compound": compound,
    }


def _link(session: Session, sync_id: int, key: int, remote_id: str, name: str) -> None:
    if link_of(session, sync_id, Module.TAX, key) or known(session, sync_id, Module.TAX, remote_id):
        return
    same = select(ZohoLink.id).where(
        ZohoLink.sync_id == sync_id, ZohoLink.module == Module.TAX, ZohoLink.reference == name
    )
    reference = f"{name} [{remote_id}]" if session.exec(same).first() else name
    session.add(
        ZohoLink(
            sync_id=sync_id,
            module=Module.TAX,
            local_id=key,
            remote_id=remote_id,
            reference=reference[:300],
            fingerprint="theirs",
            made_at_zoho=True,
            attempted_at=now(),
        )
    )
    session.flush()
