"""Whose token a request carries and what it may do: the one door of every route of the API."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from feedback import covers
from feedback.errors import InvalidInput
from feedback.models import Staff
from langnghe import tokens
from langnghe.models import ApiToken
from langnghe.tokens import TokenUnknown
from langnghe.web.errors import WebError
from langnghe.web.limits import Buckets, Rate
from langnghe.web.services import WebServices, services_of

BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    bearerFormat="ln_<tiền tố>_<bí mật>",
    description="Mã truy cập do quản trị viên tạo bằng `langnghe token create`; mỗi thao tác đòi một phạm vi.",
)
WRONG_TOKENS = Rate(burst=30, per_second=0.5)
"""Tries of one address with tokens that are none."""


class Doors:
    """The rate limits of one application: by token, and by address for tokens that are none."""

    def __init__(self, *, per_second: float) -> None:
        self.by_token = Buckets(Rate(burst=10 * per_second, per_second=per_second))
        self.wrong = Buckets(WRONG_TOKENS)


@dataclass(frozen=True, slots=True)
class Caller:
    """The program that calls: the person as whom it acts, with the parts that this request gives it."""

    token: ApiToken
    staff: Staff
    services: WebServices

    @property
    def scopes(self) -> Sequence[str]:
        return self.token.scopes


class TokenRoute(APIRoute):
    """Asks for the token before anything of the body is read: nobody uploads without one."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            request.state.caller = await run_in_threadpool(_caller_of, request)
            return await handle(request)

        return guarded


def api_router(prefix: str, *, tag: str) -> APIRouter:
    """A router of the API: behind its tokens, under its heading of the description."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=TokenRoute)


def _caller_of(request: Request) -> Caller:
    """401 without a live token, 429 when it asks too often. Raises InvalidInput for an address with a NUL in it."""
    services, doors = services_of(request), cast(Doors, request.app.state.api_doors)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise unauthorized("login_required", "Yêu cầu cần mã truy cập: Authorization: Bearer ...", "Bearer")
    now = services.clock()
    try:
        with services.database.read() as session:
            token = tokens.token_of(session, given.strip(), now=now)
            _ = token.staff.office  # loaded while the session is open
            covers.apply(session, token.staff, now=now)
    except TokenUnknown as error:
        doors.wrong.take(request.client.host if request.client else "unknown")
        raise unauthorized(error.code, error.message, 'Bearer error="invalid_token"') from None
    doors.by_token.take(token.prefix)
    if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
        raise InvalidInput("Địa chỉ có ký tự rỗng.")  # PostgreSQL keeps no such text
    if token.last_used_on != tokens.day_of(now):
        with services.database.write() as session:
            tokens.note_use(session, token.id, now=now)
    return Caller(token, token.staff, services)


def current_caller(
    request: Request,
    wanted: SecurityScopes,
    _given: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)] = None,
) -> Caller:
    """The caller that the route has let in; 403 when its token lacks the scope of the route."""
    caller = cast(Caller, request.state.caller)
    missing = [scope for scope in wanted.scopes if scope not in caller.scopes]
    if missing:
        challenge = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{" ".join(wanted.scopes)}"'}
        message = f"Mã truy cập này không có phạm vi {', '.join(missing)}."
        raise WebError(403, "insufficient_scope", message, headers=challenge)
    return caller


def unauthorized(code: str, message: str, challenge: str) -> WebError:
    return WebError(401, code, message, headers={"WWW-Authenticate": challenge})


AnyCaller = Annotated[Caller, Depends(current_caller)]
CaseReader = Annotated[Caller, Security(current_caller, scopes=["cases:read"])]
CaseWriter = Annotated[Caller, Security(current_caller, scopes=["cases:write"])]
SurveyReader = Annotated[Caller, Security(current_caller, scopes=["surveys:read"])]
SurveyWriter = Annotated[Caller, Security(current_caller, scopes=["surveys:write"])]
IndexReader = Annotated[Caller, Security(current_caller, scopes=["indices:read"])]
IndexWriter = Annotated[Caller, Security(current_caller, scopes=["indices:write"])]
RegistryReader = Annotated[Caller, Security(current_caller, scopes=["registry:read"])]
RegistryWriter = Annotated[Caller, Security(current_caller, scopes=["registry:write"])]
