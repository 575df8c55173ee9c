"""The console's pages of questionnaires: which there are, and how each will look to its respondents."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from langnghe.web.errors import WebError
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, staff_page
from surveys.errors import UnknownQuestionnaire
from surveys.questionnaire_files import load, questionnaire_ids

router = APIRouter(prefix="/console/questionnaires", include_in_schema=False)


@router.get("")
def questionnaires(request: Request, login: CurrentLogin) -> Response:
    today = services_of(request).clock().date()
    forms = [(form, form.is_valid_on(today)) for form in map(load, questionnaire_ids())]
    return staff_page(request, login, "console_questionnaires.html", {"forms": forms})


@router.get("/{questionnaire_id}")
def preview(request: Request, login: CurrentLogin, questionnaire_id: str) -> Response:
    """Every question in its order, with its answers; nothing can be sent from here."""
    try:
        form = load(questionnaire_id)
    except UnknownQuestionnaire:
        raise WebError(404, "not_found", "Không có mẫu phiếu này.") from None
    return staff_page(request, login, "console_questionnaire.html", {"form": form})
