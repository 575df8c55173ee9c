"""`langnghe routing`: replay the last cases by a new rule table, and the corrected routes as labelled examples."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from feedback import replay, routing
from feedback.database import Database
from feedback.law import LawDataError, parse_yaml
from feedback.replay import Change, Simulation
from feedback.routing import Route, RoutingTable
from langnghe.settings import get_settings

MOST_LAST = 1_000_000


def simulate(*, rules: Path, last: int, as_json: bool) -> int:
    """Print what would change; 0, 1 when the new table leaves more cases without a rule, 2 for a faulty table."""
    if not 1 <= last <= MOST_LAST:
        return _refused(f"--last cần từ 1 đến {MOST_LAST}.")
    try:
        new = read_new_table(rules.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return _refused(f"không đọc được {rules}: {error}")
    except FaultyTable as error:
        return _refused(f"{rules}: {error}")
    database = Database(get_settings().sqlalchemy_url)
    with database.read() as session:
        found = replay.simulate(session, new, old=routing.load_rules(), last=last)
    database.dispose()
    print(json.dumps(as_dict(found, new.version), ensure_ascii=False) if as_json else as_lines(found, new.version))
    return 1 if found.fallbacks_after > found.fallbacks_before else 0


class FaultyTable(Exception):
    """A rule table that cannot be used: one line that says why."""


def read_new_table(text: str) -> RoutingTable:
    """A table of the form of routing.yml. Raises FaultyTable."""
    try:
        return routing.read_table(parse_yaml(text))
    except KeyError as error:
        raise FaultyTable(f"thiếu mục {error}") from error
    except (LawDataError, yaml.YAMLError, TypeError, AttributeError, ValueError) as error:
        raise FaultyTable(" ".join(str(error).split()) or type(error).__name__) from error


def corrections() -> int:
    """Print the corrected routes as CSV."""
    database = Database(get_settings().sqlalchemy_url)
    with database.read() as session:
        rows = replay.corrections(session)
    database.dispose()
    if rows:
        writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return 0


def as_dict(found: Simulation, version: str) -> dict[str, Any]:
    """The JSON form: version, cases, changed, fallbacks, corrections, changes [{code, topic, before, after}]."""
    return {
        "version": version,
        "cases": found.cases,
        "changed": len(found.changes),
        "fallbacks": {"before": found.fallbacks_before, "after": found.fallbacks_after},
        "corrections": {"cases": found.corrected, "right_before": found.right_before, "right_after": found.right_after},
        "changes": [
            {
                "code": change.code or None,
                "topic": change.topic,
                "before": _route(change.before),
                "after": _route(change.after),
            }
            for change in found.changes
        ],
    }


def as_lines(found: Simulation, version: str) -> str:
    """The same for people."""
    lines = [
        f"Bảng {version}: {found.cases} vụ việc gần nhất, {len(found.changes)} vụ việc đổi nơi đến.",
        f"Không có quy tắc phù hợp: trước {found.fallbacks_before}, sau {found.fallbacks_after}.",
    ]
    if found.corrected:
        lines.append(
            f"Cán bộ đã chuyển lại {found.corrected} vụ việc: bảng cũ đúng {found.right_before}, "
            f"bảng mới đúng {found.right_after}."
        )
    return "\n".join([*lines, *map(_line, found.changes)])


def _line(change: Change) -> str:
    who = change.code or "(vụ việc hạn chế)"
    before, after = change.before, change.after
    return (
        f"  {who} [{change.topic or '-'}]: {before.receiver or before.name} ({', '.join(before.rule_ids)})"
        f" -> {after.receiver or after.name} ({', '.join(after.rule_ids)})"
    )


def _route(route: Route) -> dict[str, Any]:
    return {"agency": route.agency, "unit": route.unit, "desk": route.desk, "rules": list(route.rule_ids)}


def _refused(reason: str) -> int:
    print(f"langnghe routing: {reason}", file=sys.stderr)
    return 2
