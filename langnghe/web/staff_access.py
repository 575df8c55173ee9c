"""Who is at the console: the login page, the session cookie, the token that every form must carry."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from feedback import people
from feedback.models import Staff, StaffSession
from langnghe.web import errors
from langnghe.web.errors import WebError
from langnghe.web.pages import pages_of
from langnghe.web.services import services_of

COOKIE = "langnghe_staff"
BEFORE_LOGIN = "langnghe_login"
_WRONG_TOKEN = "Phiên làm việc đã đổi hoặc biểu mẫu quá cũ. Mời anh/chị tải lại trang rồi thử lại."

router = APIRouter(include_in_schema=False)


class LoginNeeded(Exception):
    """Nobody is logged in; the page is answered by the login page."""


class Login:
    """The person at the console and the token of their forms."""

    def __init__(self, record: StaffSession) -> None:
        self.staff: Staff = record.staff
        self.csrf: str = record.csrf

    def check(self, token: str) -> None:
        """403 when a form does not carry this session's token."""
        if not secrets.compare_digest(token.encode(), self.csrf.encode()):
            raise WebError(403, "wrong_csrf_token", _WRONG_TOKEN)


def current_login(request: Request) -> Login:
    """The login behind the cookie; LoginNeeded without one."""
    services = services_of(request)
    token = request.cookies.get(COOKIE, "")
    if token:
        with services.database.read() as session:
            record = people.session_of(session, token, now=services.clock())
            if record is not None:
                _ = record.staff.office  # loaded while the session is open
                return Login(record)
    raise LoginNeeded


CurrentLogin = Annotated[Login, Depends(current_login)]


def login_needed(request: Request, _error: Exception) -> Response:
    """A page sends to the login page and back; a form that was posted without a login is refused."""
    if request.method != "GET":
        message = "Phiên đăng nhập đã hết. Mời anh/chị đăng nhập lại."
        return errors.answer(request, status=401, code="login_required", message=message)
    return RedirectResponse(f"/console/login?next={request.url.path}", 303)


@router.get("/console/login")
def login_page(request: Request, next: str = "/console") -> Response:
    return _login_form(request, next_path=next)


@router.post("/console/login")
def log_in(
    request: Request,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    csrf: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/console",
) -> Response:
    expected = request.cookies.get(BEFORE_LOGIN, "")
    if not expected or not secrets.compare_digest(csrf.encode(), expected.encode()):
        raise WebError(403, "wrong_csrf_token", _WRONG_TOKEN)
    services = services_of(request)
    with services.database.write() as session:
        staff, token_or_reason = people.log_in(session, username[:60], password[:200], now=services.clock())
    if staff is None:
        return _login_form(request, next_path=next, reason=token_or_reason, username=username[:60], status=401)
    answer = RedirectResponse(_inside(next, staff), 303)
    _set_cookie(request, answer, COOKIE, token_or_reason, seconds=int(people.SESSION_LENGTH.total_seconds()))
    answer.delete_cookie(BEFORE_LOGIN)
    return answer


@router.post("/console/logout")
def log_out(request: Request, login: CurrentLogin, csrf: Annotated[str, Form()] = "") -> Response:
    login.check(csrf)
    with services_of(request).database.write() as session:
        people.log_out(session, request.cookies[COOKIE])
    answer = RedirectResponse("/console/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


def _login_form(
    request: Request, *, next_path: str, reason: str = "", username: str = "", status: int = 200
) -> Response:
    token = secrets.token_urlsafe(24)
    page = pages_of(request).render(
        request,
        "login.html",
        {"csrf": token, "next": next_path, "reason": reason, "username": username},
        status=status,
    )
    _set_cookie(request, page, BEFORE_LOGIN, token, seconds=3600)
    return page


def _inside(path: str, staff: Staff) -> str:
    """Only a path of our own pages is followed after the login; managers start on the dashboard."""
    known = path.startswith(("/console", "/dashboard")) and not path.startswith("/console/login")
    if known and path != "/console":
        return path
    return "/dashboard" if staff.role == "manager" else "/console"


def _set_cookie(request: Request, answer: Response, name: str, value: str, *, seconds: int) -> None:
    secure = services_of(request).settings.base_url.startswith("https://")
    answer.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure, path="/")
