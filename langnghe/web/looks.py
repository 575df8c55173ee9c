"""Each look at a restricted case is written down before anything of it is shown, whatever the door."""

from __future__ import annotations

from feedback import repository
from feedback.models import Case, Staff
from langnghe.web.services import WebServices


def record_look(services: WebServices, staff: Staff, case: Case, *, what: str = "case") -> None:
    """`what`: one of feedback.secrecy_models.LOOKS. An ordinary case leaves no row."""
    if not case.restricted:
        return
    with services.database.write() as session:
        repository.record_look(session, staff, case_id=case.id, what=what, now=services.clock())
