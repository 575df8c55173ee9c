"""The page where an officer enters a case that came in person, by telephone or by letter."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from feedback import counter, taxonomy
from feedback.base import VIETNAM
from feedback.channels import AT_THE_COUNTER
from feedback.errors import InvalidInput, NotAllowed
from langnghe.web.entry_forms import entry_of
from langnghe.web.errors import WebError
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, Login, staff_page
from nlu import places

router = APIRouter(prefix="/console/enter", include_in_schema=False)


@router.get("")
def form(request: Request, login: CurrentLogin) -> Response:
    if login.staff.role not in ("officer", "leader"):
        raise NotAllowed()
    return _page(request, login, {})


@router.post("")
async def enter(request: Request, login: CurrentLogin) -> Response:
    """The same form sent twice is one case; a mistake gives everything back that was typed."""
    async with request.form(max_files=0, max_fields=40) as filled:
        values = {key: str(value).strip() for key, value in filled.items()}
    login.check(values.get("csrf", ""))
    return await run_in_threadpool(_enter, request, login, values)


def _enter(request: Request, login: Login, values: Mapping[str, str]) -> Response:
    services = services_of(request)
    try:
        key = uuid.UUID(values.get("form", ""))
    except ValueError:
        raise WebError(422, "invalid_input", "Dữ liệu gửi lên chưa đúng.") from None
    try:
        entry = entry_of(values)
        with services.database.write() as session:
            case = counter.enter(session, entry, staff=login.staff, effect_key=f"enter:{key}", now=services.clock())
            here = case.office_id == login.staff.office_id
            made = (case.id, case.code, case.office.name)
    except InvalidInput as error:
        return _page(request, login, values, problem=error.message, status=422)
    if here:
        return RedirectResponse(f"/console/cases/{made[0]}?done=open", 303)
    return _page(request, login, {}, entered=made if entry.kind != "to_cao" else (0, "", made[2]))


def _page(
    request: Request,
    login: Login,
    values: Mapping[str, str],
    *,
    problem: str = "",
    entered: tuple[int, str, str] | None = None,
    status: int = 200,
) -> Response:
    kinds = [kind for kind in counter.KINDS if kind != "to_cao" or login.staff.sees_restricted]
    now = services_of(request).clock().astimezone(VIETNAM)
    office = login.staff.office
    context = {
        "values": values,
        "problem": problem,
        "entered": entered,
        "form": values.get("form") or uuid.uuid4(),
        "modes": AT_THE_COUNTER,
        "kinds": {kind: taxonomy.kind_name(kind) for kind in kinds},
        "topics": dict(sorted(taxonomy.topics().items(), key=lambda pair: pair[1])),
        "problems": taxonomy.problems(),
        "now": f"{now:%Y-%m-%dT%H:%M}",
        "today": f"{now:%Y-%m-%d}",
        "home": office.province_code if office else "",
        "provinces": sorted(places.provinces(), key=lambda one: one.name),
    }
    return staff_page(request, login, "console_enter.html", context, status=status)
