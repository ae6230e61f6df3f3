"""What a record of Zoho Projects becomes here.

Of a record that is linked, only the fields that have changed at Zoho since it was last taken over are
written: what was changed here stays until the same field changes there. `Unfit` says why one is refused."""

from finance_app.services.zoho.source.taking.page import Counted, take_page

__all__ = ["Counted", "take_page"]
