"""The one-time form for a denunciation: its words go straight into a restricted case, and no page shows them again."""

from __future__ import annotations

import re
from typing import Annotated

import structlog
from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from bot.actions.report import Report
from bot.actions.standing import Standing, standing
from feedback import offices, secret_forms
from feedback.cases import CaseDraft
from feedback.errors import LinkSpent
from langnghe.settings import Settings
from langnghe.web.errors import WebError
from langnghe.web.limits import Buckets, Rate
from langnghe.web.pages import pages_of
from langnghe.web.services import services_of
from nlu import places

CAPABILITY = re.compile(r"[A-Za-z0-9_-]{22}")
TRIES = Rate(burst=60, per_second=0.5)
MOST_TEXT, MOST_NAME, MOST_PHONE, MOST_ADDRESS = 10_000, 120, 20, 200
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}

log = structlog.get_logger(__name__)

Words = Annotated[str, Form()]


def router(rate: Rate = TRIES) -> APIRouter:
    """`rate` limits the tries of one client address."""
    tries = Buckets(rate)
    routes = APIRouter(prefix="/kin", include_in_schema=False)

    @routes.get("/{token}")
    def form(request: Request, token: str) -> Response:
        tries.take(request.client.host if request.client else "unknown")
        services = services_of(request)
        with services.database.read() as session:
            if not CAPABILITY.fullmatch(token) or not secret_forms.is_open(session, token, now=services.clock()):
                return _page(request, "secret_spent.html", status=410)
        return _page(request, "secret_form.html", problem="")

    @routes.post("/{token}")
    def take(
        request: Request,
        token: str,
        text: Words = "",
        province: Words = "",
        place: Words = "",
        name: Words = "",
        phone: Words = "",
        address: Words = "",
    ) -> Response:
        """What was typed comes back in no answer, not even with a mistake in it."""
        tries.take(request.client.host if request.client else "unknown")
        services = services_of(request)
        if not CAPABILITY.fullmatch(token):
            return _page(request, "secret_spent.html", status=410)
        if not text.strip() or len(text) > MOST_TEXT:
            problem = f"Nội dung cần có từ 1 đến {MOST_TEXT} ký tự. Để giữ kín, trang này không hiện lại phần vừa viết."
            return _page(request, "secret_form.html", status=422, problem=problem)
        report = _located(text, province=province, place=place)
        where = _standing(report, services.settings)
        draft = CaseDraft(
            kind="to_cao",
            regime=where.regime,
            text=text,
            route=where.route,
            contact_name=_short(name, MOST_NAME),
            contact_phone=_short(phone, MOST_PHONE),
            contact_address=_short(address, MOST_ADDRESS),
            place_text=_short(place, 200),
            commune_code=report.commune_code,
            province_code=report.province_code,
            channel=secret_forms.CHANNEL,
        )
        try:
            with services.database.write() as session:
                secret_forms.use(session, token, draft, now=services.clock())
                there = offices.where_to_go(session, where.route.agency, where.route.unit)
        except LinkSpent:
            return _page(request, "secret_spent.html", status=410)
        log.info("secret_form_used")
        return _page(request, "secret_sent.html", receiver=where.receiver, address=there[0], phone=there[1])

    return routes


def _page(request: Request, template: str, *, status: int = 200, **context: object) -> Response:
    values = {
        "hotline": services_of(request).hotline,
        "provinces": sorted(places.provinces(), key=lambda one: one.name),
        "most": MOST_TEXT,
        **context,
    }
    return pages_of(request).render(request, template, values, status=status, headers=_HEADERS)


def _located(text: str, *, province: str, place: str) -> Report:
    """What routing goes by: the matter with its place, as far as the province and the words name one."""
    chosen = province if re.fullmatch(r"\d{2}", province) and places.province(province) else None
    found = places.resolve(place[:200], chosen) if place.strip() else None
    commune = found.commune_code if found is not None else None
    if commune and chosen and places.commune(commune).province_code != chosen:  # type: ignore[union-attr]
        commune = None
    return Report(
        kind="to_cao",
        text=f"{text}\n{place[:200]}",  # the body that the place names may be the accused one
        commune_code=commune,
        province_code=chosen or (found.province_code if found is not None else None),
        place_skipped=True,
    )


def _standing(report: Report, settings: Settings) -> Standing:
    return standing(report, home_province=settings.home_province)


def _short(words: str, most: int) -> str | None:
    """One line of at most this many characters, None for nothing."""
    line = " ".join("".join(char if char.isprintable() else " " for char in words).split())
    if len(line) > most:
        raise WebError(
            422, "too_long", "Họ tên, điện thoại hoặc địa chỉ quá dài. Trang này không hiện lại phần vừa viết."
        )
    return line or None
