"""Where a citizen reads an answer whose words may not cross the border: a link that was sent to them on Telegram."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from feedback import repository as feedback_repository
from feedback import states, told
from feedback.answering import files_of
from feedback.models import Case
from feedback.notes import remarks
from langnghe.web import repository
from langnghe.web.console_case import file_headers
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
        cases = [_shown(session, case) for case in found]
    context = {"cases": cases, "key": key, "proof_words": told.proof_words, "proof_lines": told.proof_lines}
    return pages_of(request).render(request, "answers.html", context, headers={"Cache-Control": "no-store"})


@router.get("/answers/{key}/files/{file_key}")
def answer_file(request: Request, key: str, file_key: str) -> Response:
    """A file that went with an answer to this citizen: the signed paper, a photo of what was done."""
    with services_of(request).database.read() as session:
        citizen_id = repository.citizen_of_thread(session, key) if CAPABILITY.fullmatch(key) else None
        found = feedback_repository.cases_of_citizen(session, citizen_id) if citizen_id is not None else []
        sent = {one.key: one for case in found for answer in case.answers for one in files_of(session, answer)}
        file = sent.get(file_key)
        if file is None:
            raise WebError(404, "not_found", "Không tìm thấy nội dung này.")
        data = file.data
    return Response(data, media_type=file.content_type, headers=file_headers(file))


def _shown(session: Session, case: Case) -> dict[str, Any]:
    """A case with its answers and, while the citizen is asked something, the question."""
    asked = list(remarks(session, case.id, ("question",)).values()) if case.state == "cho_bo_sung" else []
    return {
        "case": case,
        "state": states.STATES[case.state],
        "office": case.office.name,
        "question": asked[-1].text if asked else "",
        "answers": [(answer, files_of(session, answer)) for answer in case.answers],
    }
