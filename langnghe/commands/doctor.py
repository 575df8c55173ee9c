"""`langnghe doctor`: is everything here, and if not, how to get it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from feedback.base import VIETNAM, utc_now
from feedback.deadlines import DeadlineError, rules
from feedback.law import LawDataError
from feedback.routing_table import load_rules
from feedback.working_calendar import load_calendar
from langnghe import engine
from langnghe.migrate import is_current
from langnghe.settings import Settings, get_settings

Verdict = Literal["ok", "off", "bad"]
_MARK = {"ok": "✓", "off": "–", "bad": "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, the verdict, and what to do about it."""

    subject: str
    verdict: Verdict
    advice: str = ""


def run() -> int:
    """Print every finding; 0 when nothing is bad, 1 otherwise. A channel that is not set up is no fault."""
    settings = get_settings()
    findings = [check(settings) for check in CHECKS]
    for finding in findings:
        print(f"{_MARK[finding.verdict]} {finding.subject}")
        if finding.advice:
            print(f"    {finding.advice}")
    return 1 if any(finding.verdict == "bad" for finding in findings) else 0


def _python(_: Settings) -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    fine = sys.version_info >= (3, 11)
    return Finding(f"Python {version}", "ok" if fine else "bad", "" if fine else "Cần Python 3.11 trở lên.")


def _engine_install(_: Settings) -> Finding:
    try:
        engine.EngineInstall().check()
    except engine.EngineMissing as error:
        return Finding("Môi trường của bộ máy hội thoại", "bad", str(error))
    return Finding("Môi trường của bộ máy hội thoại", "ok")


def _model(settings: Settings) -> Finding:
    current = engine.model_is_current(settings.data_dir / "models")
    return Finding("Mô hình hội thoại", "ok" if current else "bad", "" if current else "Chạy `langnghe train`.")


def _engine_running(settings: Settings) -> Finding:
    if engine.is_running(settings):
        return Finding(f"Bộ máy hội thoại đang chạy tại {settings.engine_url}", "ok")
    return Finding(
        "Bộ máy hội thoại chưa chạy", "off", "`make demo` tự khởi động nó; khi triển khai: xem docs/operations.md."
    )


def _database(settings: Settings) -> Finding:
    kind = "PostgreSQL" if settings.sqlalchemy_url.startswith("postgresql") else "SQLite"
    try:
        current = is_current(settings.sqlalchemy_url)
    except SQLAlchemyError as error:
        return Finding(
            f"Cơ sở dữ liệu {kind}", "bad", f"Không mở được ({type(error).__name__}); kiểm tra LANGNGHE_DATABASE_URL."
        )
    return Finding(f"Cơ sở dữ liệu {kind}", "ok" if current else "bad", "" if current else "Chạy `langnghe migrate`.")


def _telegram(settings: Settings) -> Finding:
    from integrations.telegram import SETUP_HELP

    if not settings.telegram_token.get_secret_value():
        return Finding("Telegram chưa bật", "off", SETUP_HELP)
    way = "webhook" if settings.telegram_secret.get_secret_value() else "long polling"
    return Finding(f"Telegram đã có mã bot ({way})", "ok")


def _zalo(settings: Settings) -> Finding:
    from integrations.zalo import SETUP_HELP

    needed = {
        "LANGNGHE_ZALO_APP_ID": settings.zalo_app_id,
        "LANGNGHE_ZALO_APP_SECRET": settings.zalo_app_secret.get_secret_value(),
        "LANGNGHE_ZALO_OA_ID": settings.zalo_oa_id,
        "LANGNGHE_ZALO_OA_SECRET": settings.zalo_oa_secret.get_secret_value(),
    }
    missing = [name for name, value in needed.items() if not value]
    if len(missing) == len(needed):
        return Finding("Zalo chưa bật", "off", SETUP_HELP)
    if missing:
        return Finding("Zalo cấu hình dở dang", "bad", f"Còn thiếu: {', '.join(missing)}.")
    return Finding("Zalo đã cấu hình", "ok")


def _email(settings: Settings) -> Finding:
    if not settings.smtp_host:
        advice = "Nhắc việc chỉ hiện trong trang cán bộ. Gửi thư: đặt LANGNGHE_SMTP_HOST, LANGNGHE_SMTP_SENDER."
        return Finding("Thư nhắc việc chưa bật", "off", advice)
    if not settings.smtp_sender:
        return Finding("Thư nhắc việc cấu hình dở dang", "bad", "Còn thiếu: LANGNGHE_SMTP_SENDER.")
    return Finding(f"Thư nhắc việc gửi qua {settings.smtp_host}", "ok")


def _law(settings: Settings) -> Finding:
    """The law data, also the installation's own, can be read; a year without an official notice is said."""
    today = utc_now().astimezone(VIETNAM).date()
    try:
        calendar = load_calendar(choices=dict(settings.deadlines.calendar_choices))
        rules()
        load_rules()
    except (LawDataError, DeadlineError, OSError, KeyError, TypeError, ValueError) as error:
        return Finding("Dữ liệu luật", "bad", f"Không đọc được: {' '.join(str(error).split())}")
    years = [day.year for day in (today, today + timedelta(days=60)) if calendar.is_provisional(day)]
    if years:
        advice = (
            f"Lịch nghỉ năm {years[0]} còn tạm tính: khi có thông báo chính thức, sửa calendar.yml (LANGNGHE_LAW_DIR)."
        )
        return Finding("Dữ liệu luật", "off", advice)
    return Finding("Dữ liệu luật", "ok")


CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    _python,
    _engine_install,
    _model,
    _engine_running,
    _database,
    _telegram,
    _zalo,
    _email,
    _law,
)
