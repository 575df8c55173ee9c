"""`langnghe deadline`: one deadline with its proof, from the shipped law data, without a database or a model."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn, TextIO

from feedback.deadlines import (
    Deadline,
    DeadlineError,
    DeadlineSettings,
    Pause,
    compute,
    deadline_settings,
    rules,
)
from feedback.law import LawDataError, use_folder
from feedback.taxonomy import kinds, regimes
from feedback.working_calendar import VIETNAM, short_date, spoken_date

# hỏi đáp has a committed time in the application, but no law and no step of this command: it is asked for by profile.
DEFAULT_PROFILES = ("hien_truong_mac_dinh",)
PROGRAM = "langnghe deadline"


class _Parser(argparse.ArgumentParser):
    """Bad input is one clear line and exit code 2."""

    def error(self, message: str) -> NoReturn:
        raise DeadlineError(message)

    def format_help(self) -> str:
        return super().format_help().replace("usage:", "Usage:", 1)


def parser() -> argparse.ArgumentParser:
    """The options, parsed without typer: this command has to start at once."""
    made = _Parser(prog=PROGRAM, allow_abbrev=False, description="Count a deadline by law, with its proof day by day.")
    add = made.add_argument
    add("--kind", required=True, help="Kind of the message: phan_anh, kien_nghi, khieu_nai, to_cao, ...")
    add("--regime", help="Regime; default: the usual one of the kind.")
    add("--received", required=True, help="Receipt, ISO date or time; starts the named step.")
    add("--step", help="Step; default: the one that gives the answer.")
    add(
        "--paused",
        action="extend",
        nargs="+",
        default=[],
        metavar="FROM/TO",
        help="Pauses by ISO dates, TO not included; one or several, repeatable.",
    )
    add("--profile", action="append", default=[], help="Committed times in force besides the usual ones; repeatable.")
    add(
        "--after-hours",
        choices=("same_day", "next_working_day"),
        default=None,
        help="What a receipt outside office hours counts as.",
    )
    add("--json", action="store_true", help="Print one JSON object.")
    return made


def main(arguments: Sequence[str], *, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Run the command with its arguments; 0, or 2 with one clear line on `err`."""
    try:
        given = parser().parse_args(list(arguments))
    except DeadlineError as error:
        print(f"{PROGRAM}: {error}", file=err or sys.stderr)
        return 2
    return run(
        kind=given.kind,
        received=given.received,
        regime=given.regime,
        step=given.step,
        paused=given.paused,
        as_json=given.json,
        after_hours=given.after_hours,
        profiles=given.profile,
        out=out,
        err=err,
    )


def run(  # noqa: PLR0913 - one parameter for each option of the command
    *,
    kind: str,
    received: str,
    regime: str | None = None,
    step: str | None = None,
    paused: Sequence[str] = (),
    as_json: bool = False,
    after_hours: str | None = None,
    profiles: Sequence[str] = (),
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Print the deadline; 0, or 2 with one clear line on `err` for bad input or a kind without a deadline.

    What the options leave open comes from the settings (LANGNGHE_DEADLINE_PROFILES, ...).
    """
    try:
        settings = _settings(after_hours=after_hours, profiles=profiles)
        _check_names(kind, regime, settings.profiles)
        start = read_received(received)
        pauses = [read_pause(text) for text in paused]
        deadline = compute(kind=kind, regime=regime, step=step, received=start, pauses=pauses, settings=settings)
    except (DeadlineError, LawDataError) as error:
        print(f"{PROGRAM}: {error}", file=err or sys.stderr)
        return 2
    text = json.dumps(as_dict(deadline), ensure_ascii=False) if as_json else as_lines(deadline)
    print(text, file=out or sys.stdout)
    return 0


def _settings(*, after_hours: str | None, profiles: Sequence[str]) -> DeadlineSettings:
    written = _written_settings()
    folder = written.get("LANGNGHE_LAW_DIR")
    use_folder(Path(folder) if folder else None)
    named = written.get("LANGNGHE_DEADLINE_PROFILES")
    return deadline_settings(
        after_hours=after_hours or written.get("LANGNGHE_AFTER_HOURS") or "same_day",
        profiles=",".join((",".join(DEFAULT_PROFILES) if named is None else named, *profiles)),
        calendar_choices=written.get("LANGNGHE_CALENDAR_CHOICES") or "",
    )


def _written_settings() -> dict[str, str]:
    """The environment over a .env file, as the program's settings are read, but without their library."""
    found: dict[str, str] = {}
    if Path(".env").is_file():
        from dotenv import dotenv_values

        found = {name.upper(): value for name, value in dotenv_values(".env").items() if value is not None}
    return found | {name.upper(): value for name, value in os.environ.items()}


def as_dict(deadline: Deadline) -> dict[str, Any]:
    """The JSON form: due, step, rule {id, source, ...}, days [{date, counted, reason}]."""
    rule = deadline.rule
    return {
        "due": deadline.due.isoformat(),
        "step": deadline.step,
        "rule": {
            "id": rule.id,
            "source": rule.source,
            "limit": rule.limit,
            "unit": rule.unit,
            "committed": rule.committed,
            "confidence": rule.confidence,
            "valid_from": _iso(rule.validity.valid_from),
            "valid_to": _iso(rule.validity.valid_to),
        },
        "days": [
            {"date": day.date.isoformat(), "counted": day.counted, "reason": day.reason}
            | ({} if day.minutes is None else {"minutes": day.minutes})
            for day in deadline.days
        ],
    }


def as_lines(deadline: Deadline) -> str:
    """The printable proof, for people."""
    rule = deadline.rule
    what = "Thời gian cam kết" if rule.committed else "Hạn"
    lines = [
        f"{what}: {deadline.due:%H:%M} {spoken_date(deadline.due.date())} (bước {deadline.step})",
        f"Căn cứ: {rule.source}",
    ]
    lines += [f"  {'x' if day.counted else ' '} {spoken_date(day.date)}: {day.reason}" for day in deadline.days]
    return "\n".join(lines)


def read_received(text: str) -> datetime | date:
    """An ISO date or time; a time without a zone is Vietnam's. Raises DeadlineError."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise DeadlineError(
            f"--received không phải ngày giờ ISO: {text!r} (ví dụ 2026-11-20 hoặc 2026-11-20T16:30)."
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


def read_pause(text: str) -> Pause:
    """`ISO/ISO`: from the first date until the day before the second. Raises DeadlineError."""
    parts = text.split("/")
    if len(parts) != 2 or not all(part.strip() for part in parts):
        raise DeadlineError(f"--paused cần dạng TỪ/ĐẾN, ví dụ 2026-11-20/2026-11-25, không phải {text!r}.")
    start, end = (_vietnam_date(part) for part in parts)
    if end < start:
        raise DeadlineError(f"--paused kết thúc ({short_date(end)}) trước khi bắt đầu ({short_date(start)}).")
    return Pause(start, end)


def _vietnam_date(text: str) -> date:
    try:
        moment = read_received(text)
        return moment.astimezone(VIETNAM).date() if isinstance(moment, datetime) else moment
    except (DeadlineError, OverflowError) as error:
        raise DeadlineError(f"--paused có ngày không hợp lệ: {text!r}.") from error


def _check_names(kind: str, regime: str | None, profiles: Sequence[str]) -> None:
    if kind not in kinds():
        raise DeadlineError(f"không có loại {kind!r}; các loại: {', '.join(kinds())}.")
    if regime is not None and regime not in regimes():
        raise DeadlineError(f"không có chế độ {regime!r}; các chế độ: {', '.join(regimes())}.")
    known = {rule.profile for rule in rules() if rule.profile}
    if unknown := set(profiles) - known:
        raise DeadlineError(f"không có bộ thời gian cam kết {sorted(unknown)}; các bộ: {', '.join(sorted(known))}.")


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
