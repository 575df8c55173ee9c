"""Where a citizen reads an answer whose words may not cross the border: a link that was sent to them on Telegram."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from starlette.responses import Response

from feedback import repository as feedback_repository
from feedback import states, told
from langnghe.web import repository
from langnghe.web.errors import WebError
from langnghe.web.pages import pages_of
from langnghe.web.services import services_of

CAPABILITY = re.compile(r"[A-Za-z0-9_-]{22}")

router = APIRouter(include_in_schema=False)


@router.get("/answers/{key}")
def answers(request: Request, key: str) -> Response:
    """The citizen's own latest cases with their answers; the key of 128 bits is the right to read them."""
    with services_of(request).database.read() as session:
        citizen_id = repository.citizen_of_thread(session, key) if CAPABILITY.fullmatch(key) else None
        if citizen_id is None:
            raise WebError(404, "not_found", "Không tìm thấy nội dung này.")
        found = feedback_repository.cases_of_citizen(session, citizen_id)
        cases = [(case, states.STATES[case.state], case.office.name, list(case.answers)) for case in found]
    context = {"cases": cases, "proof_words": told.proof_words, "proof_lines": told.proof_lines}
    return pages_of(request).render(request, "answers.html", context, headers={"Cache-Control": "no-store"})
