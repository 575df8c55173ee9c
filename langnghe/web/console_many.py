"""Many cases at once: one action for all that were ticked, and the surges that one answer can settle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from feedback import bulk, clusters, repository
from feedback.errors import InvalidInput, NotAllowed
from langnghe.web.services import services_of
from langnghe.web.staff_access import CurrentLogin, Login, staff_page

router = APIRouter(prefix="/console", include_in_schema=False)

Csrf = Annotated[str, Form()]
Picked = Annotated[list[str], Form(default_factory=list)]
MOST_AT_ONCE = 100


@router.post("/bulk")
def act(  # noqa: PLR0913, PLR0917 - one parameter a field of the form
    request: Request,
    login: CurrentLogin,
    pick: Picked,
    action: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "",
    words: Annotated[str, Form()] = "",
    agency: Annotated[str, Form()] = "",
    place: Annotated[str, Form()] = "",
    csrf: Csrf = "",
) -> Response:
    """Each case for itself: what cannot be done is named with its reason, the others go on."""
    login.check(csrf)
    if login.staff.role not in ("officer", "leader"):
        raise NotAllowed()
    services = services_of(request)
    wanted = pairs_of(pick)
    order = bulk.Order(action=action, to=int(to) if to.isdecimal() else None, words=words, agency=agency, place=place)
    problem, outcome = "", {}
    try:
        with services.database.write() as session:
            codes = repository.codes_of(session, [case_id for case_id, _ in wanted], login.staff)  # before they go
            outcome = bulk.carry_out(session, wanted, order, staff=login.staff, now=services.clock())
    except InvalidInput as error:
        problem, codes = error.message, {}
    services.wake_worker()
    context = {
        "outcome": [(case_id, codes.get(case_id, ""), reason) for case_id, reason in outcome.items()],
        "problem": problem,
        "action": bulk.ACTIONS.get(action, ""),
        "action_name": action,
    }
    return staff_page(request, login, "console_bulk.html", context, status=422 if problem else 200)


@router.get("/surges")
def surges(request: Request, login: CurrentLogin) -> Response:
    return _surges(request, login)


@router.post("/surges/merge")
def merge(
    request: Request,
    login: CurrentLogin,
    into: Annotated[int, Form()],
    pick: Picked,
    csrf: Csrf = "",
) -> Response:
    """Put the ticked cases into the main one: its answer goes to each of their senders."""
    login.check(csrf)
    services = services_of(request)
    wanted = [pair for pair in pairs_of(pick) if pair[0] != into]
    order = bulk.Order(action="merge", to=min(into, repository.LARGEST_ID), words="")
    with services.database.write() as session:
        outcome = bulk.carry_out(session, wanted, order, staff=login.staff, now=services.clock())
    services.wake_worker()
    merged = sum(1 for reason in outcome.values() if reason is None)
    why_not = " ".join(dict.fromkeys(reason for reason in outcome.values() if reason is not None))
    return _surges(request, login, notice=f"Đã gộp {merged}/{len(outcome)} vụ việc. {why_not}".strip())


def _surges(request: Request, login: Login, *, notice: str = "") -> Response:
    if login.staff.role not in ("officer", "leader"):
        raise NotAllowed()
    services = services_of(request)
    with services.database.read() as session:
        rows = clusters.surges(session, login.staff, now=services.clock())
    return staff_page(request, login, "console_surges.html", {"rows": rows, "notice": notice})


def pairs_of(pick: Sequence[str]) -> list[tuple[int, int]]:
    """(case id, version as shown) of each ticked box; what is not one is passed over."""
    return [pair for one in pick[:MOST_AT_ONCE] if (pair := _pair(one)) is not None]


def _pair(words: str) -> tuple[int, int] | None:
    """ "case id:version" of a ticked box."""
    case_id, _, version = words.partition(":")
    known = case_id.isdecimal() and version.isdecimal() and int(case_id) <= repository.LARGEST_ID
    return (int(case_id), int(version)) if known else None
