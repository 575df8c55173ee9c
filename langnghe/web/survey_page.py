"""The survey on a web page behind a one-time link: the same engine as in the chat, one question a page, no script."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from bot import repository
from langnghe.web.errors import WebError
from langnghe.web.limits import Buckets, Rate
from langnghe.web.pages import pages_of
from langnghe.web.services import services_of
from surveys import filling
from surveys.chat import option_answer
from surveys.links import by_link
from surveys.models import SurveyInvitation
from surveys.questionnaires import Answer, Question
from surveys.rounds.models import SurveyRound
from surveys.texts import say

RATE = Rate(burst=240, per_second=4)
"""Of one address: a village may share one."""

_GONE = (
    "Liên kết này đã dùng xong, đã hết hạn hoặc không đúng. Nếu nhận được nhiều tin nhắn, mời dùng liên kết mới nhất."
)


def router() -> APIRouter:
    routes = APIRouter(prefix="/surveys", include_in_schema=False)
    visits = Buckets(RATE)

    @routes.get("/{token}")
    def show(request: Request, token: str, missing: bool = False) -> Response:
        """The question where this form stands, or its first page."""
        visits.take(request.client.host if request.client else "unknown")
        services = services_of(request)
        with services.database.read() as session:
            invitation = _found(session, request, token)
            survey = session.get(SurveyRound, invitation.round_id) if invitation.round_id else None
            form = filling.form_of(invitation)
            context = {
                "token": token,
                "form": form,
                "survey": survey,
                "question": form.next_question(invitation.answers) if invitation.state == "running" else None,
                "progress": form.progress(invitation.answers),
                "section": _sections(invitation),
                "missing": missing,
                "days": filling.OPEN_FOR.days,
            }
        return _page(request, "survey.html", context)

    @routes.post("/{token}")
    def answer(
        request: Request,
        token: str,
        action: Annotated[str, Form()] = "answer",
        question: Annotated[str, Form()] = "",
        given: Annotated[list[str] | None, Form()] = None,
    ) -> Response:
        """One answer; a question that is answered already is shown past, whatever was sent for it."""
        visits.take(request.client.host if request.client else "unknown")
        services = services_of(request)
        now = services.clock()
        with services.database.write() as session:
            invitation = _found(session, request, token, lock=True)
            state: str = "open"
            if action in ("stop", "never"):
                _end(session, invitation, never=action == "never", now=now)
                state = "never" if action == "never" else "declined"
            else:
                filling.begin(invitation, now=now)
                asked = filling.form_of(invitation).next_question(invitation.answers)
                if asked is not None and asked.code == question:
                    meant = _meant(asked, action, given or [])
                    if meant is None and action != "skip":
                        return RedirectResponse(f"/surveys/{token}?missing=true", 303)
                    state = filling.take(session, invitation, asked, meant, mode="web", now=now)
            if invitation.state in filling.OVER:
                repository.blank_survey(session, invitation.id)
        if state == "open":
            return RedirectResponse(f"/surveys/{token}", 303)
        words = say({"done": "thanks"}.get(state, state))
        return _page(request, "survey_over.html", {"words": words, "good": state == "done"})

    return routes


def _found(session: Session, request: Request, token: str, *, lock: bool = False) -> SurveyInvitation:
    found = by_link(session, token, now=services_of(request).clock(), lock=lock)
    if found is None:
        raise WebError(404, "not_found", _GONE)
    return found


def _end(session: Session, invitation: SurveyInvitation, *, never: bool, now: Any) -> None:
    if never and invitation.citizen_id is not None:
        for one in filling.opt_out(session, invitation.citizen_id, now=now):
            repository.blank_survey(session, one.id)
    if invitation.state not in filling.OVER:
        filling.close(session, invitation, state="declined")


def _meant(question: Question, action: str, given: list[str]) -> Answer:
    """The answer that the page sent; None for a skipped question, and for one without a valid option."""
    if action == "skip" or not given or not set(given) <= set(question.options):
        return None
    if question.kind == "choices":
        return [code for code in question.options if code in given]
    return option_answer(given[0], question)


def _sections(invitation: SurveyInvitation) -> str:
    """The heading under which the open question stands: its factor, with its part."""
    form = filling.form_of(invitation)
    question = form.next_question(invitation.answers)
    factor = next((one for one in form.factors if question and one.code == question.group), None)
    if factor is None:
        return ""
    part = next((part.name for part in form.parts if factor.code in part.factors), "")
    return f"{part} · {factor.name}" if part else factor.name


def _page(request: Request, template: str, context: dict[str, Any]) -> Response:
    return pages_of(request).render(request, template, context, headers={"Cache-Control": "no-store"})
