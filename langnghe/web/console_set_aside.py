"""The messages that the bot gave up on: the coordination desk looks at each, as the citizen was promised."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from bot import repository, set_aside
from feedback.errors import CaseNotFound, InvalidInput
from feedback.moves import clean
from feedback.repository import LARGEST_ID, record_look
from feedback.signals import shows_denunciation
from langnghe.notice_policy import notice_policy
from langnghe.web.services import services_of
from langnghe.web.staff_access import (
    CurrentLogin,
    Login,
    reads_secret_aside,
    reads_set_aside,
    sees_set_aside,
    staff_page,
)

CHANNELS = {"webchat": "trang chat", "telegram": "Telegram", "zalo": "Zalo"}

router = APIRouter(prefix="/console/set-aside", include_in_schema=False)


@router.get("")
def waiting(request: Request, login: CurrentLogin) -> Response:
    """Who reads the secret ones sees only those; each such look is written down before they are shown."""
    if not sees_set_aside(login.staff):
        raise CaseNotFound("Không tìm thấy nội dung này.")
    services = services_of(request)
    plain, secret = reads_set_aside(login.staff), reads_secret_aside(login.staff)
    with services.database.read() as session:
        rows = repository.set_aside_messages(session)
    hidden = {row.id for row in rows if shows_denunciation(row.text or "")}
    readable = {row.id for row in rows if (secret if row.id in hidden else plain)}
    if secret and not plain:
        rows = [row for row in rows if row.id in readable]
    if hidden & readable:
        with services.database.write() as session:
            for inbox_id in sorted(hidden & readable):
                record_look(session, login.staff, inbox_id=inbox_id, what="message", now=services.clock())
    context = {"rows": rows, "channels": CHANNELS, "reads": plain or secret, "readable": readable}
    return staff_page(request, login, "console_set_aside.html", context)


@router.post("/{inbox_id:int}/seen")
def seen(request: Request, login: CurrentLogin, inbox_id: int, csrf: Annotated[str, Form()] = "") -> Response:
    """Somebody looked; pressing twice is once."""
    login.check(csrf)
    with services_of(request).database.write() as session:
        _for_reading(session, login, inbox_id)
        repository.close_set_aside(session, inbox_id)
    return RedirectResponse("/console/set-aside", 303)


@router.post("/{inbox_id:int}/reply")
def reply(
    request: Request,
    login: CurrentLogin,
    inbox_id: int,
    text: Annotated[str, Form()] = "",
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Words back into the citizen's chat, which tick the message off; sent twice they go once."""
    login.check(csrf)
    services = services_of(request)
    with services.database.write() as session:
        secret = _for_reading(session, login, inbox_id)
        words = clean(text)
        if not 1 <= len(words) <= set_aside.LONGEST:
            raise InvalidInput(f"Câu trả lời cần từ 1 đến {set_aside.LONGEST} ký tự.")
        policy = notice_policy(services.settings)
        told = set_aside.answer(session, inbox_id, words, secret=secret, policy=policy, now=services.clock())
        conversation_id = told.id if told is not None else None
    if conversation_id is not None:
        services.hub.wake(conversation_id)
        services.wake_worker()
    return RedirectResponse("/console/set-aside", 303)


def _for_reading(session: Session, login: Login, inbox_id: int) -> bool:
    """Whether the message may be a denunciation; CaseNotFound for whoever may not read it."""
    text = repository.set_aside_text(session, inbox_id) if inbox_id <= LARGEST_ID else None
    secret = shows_denunciation(text or "")
    if not (reads_secret_aside(login.staff) if secret else reads_set_aside(login.staff)):
        raise CaseNotFound("Không tìm thấy nội dung này.")
    return secret
