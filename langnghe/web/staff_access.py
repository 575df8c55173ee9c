"""Who is at the console: the login page, the session cookie, the token that every form must carry."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from feedback import covers, people, reminders
from feedback.models import Staff, StaffSession
from feedback.repository import RESTRICTED_FALLBACK
from feedback.routing_table import load_rules
from langnghe.web import errors
from langnghe.web.errors import WebError
from langnghe.web.limits import Buckets, Rate
from langnghe.web.pages import pages_of
from langnghe.web.services import WebServices, services_of

COOKIE = "langnghe_staff"
BEFORE_LOGIN = "langnghe_login"
OVERSEERS = ("manager", "leader", "admin")
_PAGES = ("/dashboard?", "/console/alerts", "/console/cases/", "/console/restricted", "/console/set-aside", "/console?")
_MOST_USERNAME, _MOST_PASSWORD = 60, 200
_WRONG_TOKEN = "Phiên làm việc đã đổi hoặc biểu mẫu quá cũ. Mời anh/chị tải lại trang rồi thử lại."  # noqa: S105
_SESSION_OVER = "Phiên đăng nhập đã hết. Mời anh/chị đăng nhập lại; bấm Quay lại để lấy nội dung đang viết dở."


class LoginNeeded(Exception):
    """Nobody is logged in; the page is answered by the login page."""


class Login:
    """The person at the console, the token of their forms, and how many reminders they have not read."""

    def __init__(self, record: StaffSession) -> None:
        self.staff: Staff = record.staff
        self.csrf: str = record.csrf
        self.unread = 0

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
                covers.apply(session, record.staff, now=services.clock())
                login = Login(record)
                login.unread = reminders.unread(session, record.staff)
                return login
    raise LoginNeeded


CurrentLogin = Annotated[Login, Depends(current_login)]


def login_needed(request: Request, _error: Exception) -> Response:
    """A page sends to the login page and back; a form or a script without a login is refused."""
    if request.method not in ("GET", "HEAD") or "application/json" in request.headers.get("accept", ""):
        return errors.answer(request, status=401, code="login_required", message=_SESSION_OVER)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/console/login?next={quote(request.url.path + query, safe='')}", 303)


def reads_set_aside(staff: Staff) -> bool:
    """Whose work it is: a message that nobody sorted may be a denunciation, so nobody else reads what it says."""
    desk = staff.office is not None and staff.office.agency == load_rules().coordination
    return desk and staff.role in ("officer", "leader")


def reads_secret_aside(staff: Staff) -> bool:
    """Those with signs of a denunciation: only for readers of restricted cases, of the desk or the province."""
    office = staff.office.agency if staff.office is not None else ""
    placed = office in (load_rules().coordination, RESTRICTED_FALLBACK)
    return staff.sees_restricted and placed and staff.role in ("officer", "leader")


def sees_set_aside(staff: Staff) -> bool:
    """Who reads them, and the managers and administrators, who see how many there are and since when."""
    return reads_set_aside(staff) or reads_secret_aside(staff) or staff.role in ("manager", "admin")


def staff_page(
    request: Request, login: Login, template: str, context: Mapping[str, Any], *, status: int = 200
) -> Response:
    """A page for the person who is logged in; nothing of it stays in any cache."""
    values = {
        "staff": login.staff,
        "csrf": login.csrf,
        "unread": login.unread,
        "oversees": login.staff.role in OVERSEERS or login.staff.leads,
        "sees_set_aside": sees_set_aside(login.staff),
        **context,
    }
    return pages_of(request).render(request, template, values, status=status, headers={"Cache-Control": "no-store"})


def router(rate: Rate) -> APIRouter:
    """`rate` limits the tries of one client address."""
    tries = Buckets(rate)
    routes = APIRouter(prefix="/console", include_in_schema=False)

    @routes.get("/login")
    def login_page(request: Request, next: str = "/console") -> Response:
        return _login_form(request, next_path=next)

    @routes.post("/login")
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
        tries.take(request.client.host if request.client else "unknown")
        name = username.replace("\0", "")[:_MOST_USERNAME]
        staff, token_or_reason = _log_in(services_of(request), name, password[:_MOST_PASSWORD])
        if staff is None:
            return _login_form(request, next_path=next, reason=token_or_reason, username=name, status=401)
        answer = RedirectResponse(_inside(next, staff), 303)
        _set_cookie(request, answer, COOKIE, token_or_reason, seconds=int(people.SESSION_LENGTH.total_seconds()))
        answer.delete_cookie(BEFORE_LOGIN)
        return answer

    @routes.post("/logout")
    def log_out(request: Request, login: CurrentLogin, csrf: Annotated[str, Form()] = "") -> Response:
        login.check(csrf)
        with services_of(request).database.write() as session:
            people.log_out(session, request.cookies[COOKIE])
        answer = RedirectResponse("/console/login", 303)
        answer.delete_cookie(COOKIE)
        return answer

    return routes


def _log_in(services: WebServices, username: str, password: str) -> tuple[Staff | None, str]:
    """The password is hashed between two transactions: inside one it would hold up every writer."""
    now = services.clock()
    with services.database.read() as session:
        staff = people.by_username(session, username)
    if people.is_locked(staff, now=now):
        return None, people.LOCKED
    fits = people.password_fits(staff, password)
    with services.database.write() as session:
        return people.log_in(session, username, fits=fits, now=now)


def _login_form(
    request: Request, *, next_path: str, reason: str = "", username: str = "", status: int = 200
) -> Response:
    """The token of the form that is open in another tab stays good."""
    token = request.cookies.get(BEFORE_LOGIN) or secrets.token_urlsafe(24)
    page = pages_of(request).render(
        request,
        "login.html",
        {"csrf": token, "next": next_path, "reason": reason, "username": username},
        status=status,
    )
    _set_cookie(request, page, BEFORE_LOGIN, token, seconds=3600)
    return page


def _inside(path: str, staff: Staff) -> str:
    """Only a page of our own is followed after the login; managers start on the dashboard."""
    known = path == "/dashboard" or path.startswith(_PAGES)
    if known and len(path) <= 300:
        return path
    return "/dashboard" if staff.role == "manager" else "/console"


def _set_cookie(request: Request, answer: Response, name: str, value: str, *, seconds: int) -> None:
    secure = services_of(request).settings.base_url.startswith("https://")
    answer.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure, path="/")
