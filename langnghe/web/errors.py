"""The one place where an error becomes an HTTP answer: status, code for programs, Vietnamese message for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from feedback.errors import (
    CaseChanged,
    CaseNotFound,
    FeedbackError,
    InvalidInput,
    LoginFailed,
    MoveNotAllowed,
    NotAllowed,
)
from integrations.channel import InvalidSignature
from langnghe.web.pages import pages_of
from langnghe.web.security import SECURITY_HEADERS
from surveys.errors import SurveyError
from surveys.rounds.sheets import InvalidRows

log = structlog.get_logger(__name__)

_STATUS_OF: Mapping[type[FeedbackError], int] = {
    CaseNotFound: 404,
    MoveNotAllowed: 409,
    CaseChanged: 409,
    InvalidInput: 422,
    NotAllowed: 403,
    LoginFailed: 401,
}
_STATUS_OF_SURVEY = {"unknown_questionnaire": 404, "unknown_round": 404, "unknown_result": 404, "wrong_step": 409}
_MESSAGE_OF = {
    400: ("bad_request", "Yêu cầu chưa đúng."),
    401: ("login_required", "Mời anh/chị đăng nhập."),
    403: ("forbidden", "Anh/chị không có quyền xem nội dung này."),
    404: ("not_found", "Không tìm thấy nội dung này."),
    405: ("method_not_allowed", "Địa chỉ này không nhận thao tác như vậy."),
    409: ("conflict", "Vụ việc đang ở bước không cho phép thao tác này."),
    412: ("changed", "Nội dung đã được người khác cập nhật; hãy đọc lại rồi thao tác tiếp."),
    413: ("too_large", "Nội dung gửi lên quá lớn."),
    415: ("file_type_not_allowed", "Loại tệp này không được nhận."),
    422: ("invalid_input", "Dữ liệu gửi lên chưa đúng."),
    428: ("version_needed", "Thao tác này cần biết phiên bản vụ việc mà anh/chị đã đọc."),
    429: ("too_many_requests", "Anh/chị thao tác hơi nhanh. Mời thử lại sau ít giây."),
    500: ("internal_error", "Hệ thống đang có lỗi. Mời anh/chị thử lại sau ít phút."),
    503: ("unavailable", "Hệ thống đang bận. Mời anh/chị thử lại sau ít phút."),
}
_JSON_PATHS = ("/api/", "/webhooks/", "/rasa/", "/healthz", "/readyz", "/metrics")
API = "/api/v1"


class WebError(HTTPException):
    """An answer that a route gives instead of its result. `code` is for programs, `message` for people."""

    def __init__(self, status: int, code: str, message: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, detail=message, headers=headers)
        self.code = code
        self.message = message
        self.errors: Sequence[Mapping[str, Any]] = ()


def answer(
    request: Request,
    *,
    status: int,
    code: str,
    message: str,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, Any]] = (),
) -> Response:
    """Problem details (RFC 9457) for /api/v1, JSON for other programs, a plain page for a browser."""
    if is_api(request):
        return problem(status=status, code=code, message=message, headers=headers, errors=errors)
    if request.url.path.startswith(_JSON_PATHS) or "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": code, "message": message}, status, headers=dict(headers or {}))
    return pages_of(request).render(
        request, "error.html", {"status": status, "message": message}, status=status, headers=headers
    )


def is_api(request: Request) -> bool:
    """Whether a program asks for the API."""
    return request.url.path.startswith(f"{API}/") or request.url.path == API


def problem(
    *,
    status: int,
    code: str,
    message: str,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, Any]] = (),
) -> Response:
    """`code` tells programs what it is, `detail` people; `errors` names each wrong value or row, never its content."""
    title = _MESSAGE_OF.get(status, _MESSAGE_OF[400])[1]
    body = {"type": f"urn:langnghe:problem:{code}", "title": title, "status": status, "detail": message, "code": code}
    if errors:
        body["errors"] = list(errors)
    return JSONResponse(body, status, headers=dict(headers or {}), media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Tell the application how each error is answered."""
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(FeedbackError, _feedback_error)
    app.add_exception_handler(SurveyError, _survey_error)
    app.add_exception_handler(InvalidSignature, _invalid_signature)
    app.add_exception_handler(OperationalError, _database_error)
    app.add_exception_handler(Exception, _unexpected)


async def _http_error(request: Request, error: Any) -> Response:
    if isinstance(error, WebError):
        return answer(
            request,
            status=error.status_code,
            code=error.code,
            message=error.message,
            headers=error.headers,
            errors=error.errors,
        )
    if 300 <= error.status_code < 400:
        return Response(status_code=error.status_code, headers=error.headers)
    code, message = _MESSAGE_OF.get(error.status_code, _MESSAGE_OF[400])
    return answer(request, status=error.status_code, code=code, message=message, headers=error.headers)


async def _validation_error(request: Request, error: Any) -> Response:
    code, message = _MESSAGE_OF[422]
    wrong = [{"where": ".".join(map(str, one["loc"])), "reason": _reason(one)} for one in error.errors()]
    return answer(request, status=422, code=code, message=message, errors=wrong)


def _reason(error: Mapping[str, Any]) -> str:
    """What is wrong with a value, without the value."""
    if error["type"] == "missing":
        return "thiếu"
    if error["type"] == "extra_forbidden":
        return "không có trường này"
    return f"không hợp lệ ({error['type']})"


async def _feedback_error(request: Request, error: Any) -> Response:
    status = next((status for kind, status in _STATUS_OF.items() if isinstance(error, kind)), 400)
    if isinstance(error, CaseChanged) and is_api(request):
        status = 412  # the version that If-Match named is no longer the case's
    return answer(request, status=status, code=error.code, message=error.message)


async def _survey_error(request: Request, error: Any) -> Response:
    rows = [asdict(one) for one in error.errors] if isinstance(error, InvalidRows) else []
    status = _STATUS_OF_SURVEY.get(error.code, 422)
    return answer(request, status=status, code=error.code, message=str(error), errors=rows)


async def _invalid_signature(request: Request, error: Any) -> Response:
    log.warning("invalid_signature", path=request.url.path, reason=str(error))
    return answer(request, status=403, code="invalid_signature", message="Chữ ký của yêu cầu không hợp lệ.")


async def _database_error(request: Request, error: Any) -> Response:
    log.error("database_error", path=_route_of(request), reason=type(error.orig).__name__)
    code, message = _MESSAGE_OF[503]
    return answer(request, status=503, code=code, message=message, headers={"Retry-After": "2"})


async def _unexpected(request: Request, error: Any) -> Response:
    log.error("unexpected_error", path=_route_of(request), reason=type(error).__name__)
    code, message = _MESSAGE_OF[500]
    # This answer is made outside of the middleware that adds these headers.
    return answer(request, status=500, code=code, message=message, headers=SECURITY_HEADERS)


def _route_of(request: Request) -> str:
    """The route's pattern, never the path: a chat's path holds its capability."""
    return getattr(request.scope.get("route"), "path", "unknown")
