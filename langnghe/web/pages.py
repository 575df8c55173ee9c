"""Renders the templates: one Jinja environment with autoescape, the assets' addresses and Vietnamese dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from feedback.base import VIETNAM
from langnghe.web.assets import Assets

TEMPLATES = Path(__file__).parent / "templates"
WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


class Pages:
    """`environment` may be given further filters and globals by the pages of the staff."""

    def __init__(self, assets: Assets) -> None:
        self.environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals["asset"] = assets.url
        self.environment.filters["ngay"] = vietnamese_date
        self.environment.filters["ngay_gio"] = vietnamese_time

    def render(
        self,
        request: Request,
        template: str,
        context: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> HTMLResponse:
        values = {"request": request, **(context or {})}
        html = self.environment.get_template(template).render(values)
        return HTMLResponse(html, status, headers=dict(headers or {}))


def pages_of(request: Request) -> Pages:
    """The application's pages."""
    return cast(Pages, request.app.state.pages)


def vietnamese_date(moment: datetime) -> str:
    """`thứ Hai, 24/11/2026`, in Vietnam's time."""
    local = moment.astimezone(VIETNAM)
    return f"{WEEKDAYS[local.weekday()]}, {local:%d/%m/%Y}"


def vietnamese_time(moment: datetime) -> str:
    """`14:05, 24/11/2026`, in Vietnam's time."""
    return f"{moment.astimezone(VIETNAM):%H:%M, %d/%m/%Y}"
