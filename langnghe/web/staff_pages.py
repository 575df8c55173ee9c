"""The pages of the staff, as bootstrap adds them to the application."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, FastAPI

from langnghe.web import (
    console,
    console_alerts,
    console_case,
    console_enter,
    console_many,
    console_office,
    console_papers,
    console_questionnaires,
    console_registers,
    console_round_files,
    console_rounds,
    console_set_aside,
    console_templates,
    console_waiting,
    dashboard,
    dashboard_indices,
    staff_access,
)
from langnghe.web.limits import Rate
from langnghe.web.pages import WEEKDAYS

LOGIN_RATE = Rate(burst=30, per_second=0.5)
"""Tries of one address: a whole office shares one, and each try costs a slow hash."""


def staff_routers(*, login_rate: Rate = LOGIN_RATE) -> tuple[APIRouter, ...]:
    """The routers that create_app takes; `install_staff_pages` completes them."""
    return (
        staff_access.router(login_rate),
        console.router,
        console_case.router,
        console_enter.router,
        console_many.router,
        console_office.router,
        console_templates.router,
        console_waiting.router,
        console_papers.router,
        console_set_aside.router,
        console_alerts.router,
        console_questionnaires.router,
        console_registers.router,
        console_round_files.router,
        console_rounds.router,
        dashboard.router,
        dashboard_indices.router,
    )


def install_staff_pages(app: FastAPI) -> None:
    """What the staff's pages need of the application: the way to the login page, and a filter of their templates."""
    app.add_exception_handler(staff_access.LoginNeeded, staff_access.login_needed)
    app.state.pages.environment.filters["ngay_iso"] = vietnamese_iso_date


def vietnamese_iso_date(day: str) -> str:
    """`2026-11-24` -> `thứ Ba 24/11/2026`."""
    parsed = date.fromisoformat(day)
    return f"{WEEKDAYS[parsed.weekday()]} {parsed:%d/%m/%Y}"
