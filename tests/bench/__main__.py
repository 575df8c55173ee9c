"""`make bench`: turn latency, intake rate and memory, each beside its own yardstick, measured in one run."""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil

from bot.models import Conversation, InboxMessage
from feedback import repository
from feedback.base import new_capability
from feedback.database import Database
from tests.bench import scale, survey_index, survey_round, understanding
from tests.bench.load import post_messages
from tests.e2e.stack import Citizen, Stack

TURN = "toi nop ho so lam so do 3 thang roi chua co ket qua o phuong hac thanh thanh hoa"
AIMS = {"added_p50_ms": 30.0, "added_p95_ms": 100.0, "intake_share": 0.6, "memory_mb": 1200.0}


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def turn_through_us(stack: Stack) -> float:
    """Milliseconds from the citizen's POST to the reply in the long poll, in a fresh conversation."""
    citizen = Citizen(stack.base)
    start = time.perf_counter()
    if not citizen.say(TURN, wait=60):
        raise RuntimeError("no reply within 60 s")
    return 1000 * (time.perf_counter() - start)


def inbox_rows(stack: Stack, count: int) -> list[tuple[int, int, int]]:
    """Rows that stand for messages, so that a bare turn's actions do the same work: (inbox, conversation, citizen)."""
    database = Database(stack.settings.sqlalchemy_url)
    made = []
    now = datetime.now(UTC)
    with database.write() as session:
        for _ in range(count):
            citizen = repository.new_citizen(session, now=now)
            key = new_capability()
            conversation = Conversation(
                key=key,
                channel="webchat",
                account="web",
                external_id=key,
                citizen_id=citizen.id,
                created_at=now,
                last_n=1,
            )
            session.add(conversation)
            session.flush()
            row = InboxMessage(
                conversation_id=conversation.id,
                n=1,
                channel="webchat",
                account="web",
                event_id=f"bench:{uuid.uuid4()}",
                kind="text",
                text=TURN,
                received_at=now,
                state="done",
            )
            session.add(row)
            session.flush()
            made.append((row.id, conversation.id, citizen.id))
    database.dispose()
    return made


def bare_turn(http: httpx.Client, row: tuple[int, int, int]) -> float:
    """Milliseconds of the same turn, put straight to Rasa's REST channel."""
    inbox, conversation, citizen = row
    metadata = {"inbox_id": inbox, "conversation_id": conversation, "citizen_id": citizen, "channel": "webchat"}
    body = {"sender": f"c{conversation}s1", "message": TURN, "metadata": metadata}
    start = time.perf_counter()
    answer = http.post("/webhooks/rest/webhook", json=body)
    passed = 1000 * (time.perf_counter() - start)
    if answer.status_code != 200 or not answer.json():
        raise RuntimeError("the bare turn gave no reply")
    return passed


def measure_turns(stack: Stack, count: int) -> dict[str, float]:
    """Ours and bare turns in alternation, so that both see the same machine."""
    rows = inbox_rows(stack, count + 5)
    with httpx.Client(base_url=stack.settings.engine_url, timeout=60) as http:
        for row in rows[:5]:
            bare_turn(http, row)
            turn_through_us(stack)
        ours, bare = [], []
        for row in rows[5:]:
            bare.append(bare_turn(http, row))
            ours.append(turn_through_us(stack))
    figures = {
        f"{name}_{label}_ms": percentile(values, share)
        for name, values in (("ours", ours), ("bare", bare))
        for label, share in (("p50", 0.5), ("p95", 0.95))
    }
    return figures | {
        "added_p50_ms": figures["ours_p50_ms"] - figures["bare_p50_ms"],
        "added_p95_ms": figures["ours_p95_ms"] - figures["bare_p95_ms"],
        "turns": count,
    }


def intake_rate(stack: Stack, *, count: int, seconds: float) -> float:
    """Messages per second, stored (or not, where storing is off) and acknowledged."""
    with httpx.Client(base_url=stack.base) as http:
        conversations = [http.post("/api/chat").json()["conversation"] for _ in range(32)]
    asyncio.run(post_messages(stack.settings.port, conversations, count=200, seconds=5))
    done, passed = asyncio.run(post_messages(stack.settings.port, conversations, count=count, seconds=seconds))
    return done / passed


def bare_commits(folder: Path, *, seconds: float = 3.0) -> float:
    """Single-row commits per second of SQLite itself, WAL, synchronous=FULL, in the same folder."""
    connection = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT)")
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        connection.execute("INSERT INTO row (text) VALUES (?)", ("tin nhắn thử tải",))
        count += 1
    connection.close()
    return count / seconds


def measure_intake(folder: Path, *, count: int, seconds: float) -> dict[str, float]:
    """The route with and without storing, in alternation, three rounds each; the medians."""
    stacks = {}
    rates: dict[str, list[float]] = {"stored": [], "not_stored": []}
    for name, storing in (("stored", "true"), ("not_stored", "false")):
        stack = Stack(folder / name, extra={"LANGNGHE_STORING": storing, "LANGNGHE_CHAT_LIMITS": "false"})
        stack.prepare_database()
        stacks[name] = stack
    try:
        for stack in stacks.values():
            stack.start_app()
        for _ in range(3):
            for name, stack in stacks.items():
                rates[name].append(intake_rate(stack, count=count, seconds=seconds))
    finally:
        for stack in stacks.values():
            stack.family.__exit__()
    stored, not_stored = (statistics.median(rates[name]) for name in ("stored", "not_stored"))
    return {
        "stored_per_s": stored,
        "not_stored_per_s": not_stored,
        "intake_share": stored / not_stored,
        "bare_commits_per_s": bare_commits(folder),
    }


def memory(stack: Stack) -> dict[str, float]:
    """Proportional set size (PSS) of each process and its children, MB."""
    sizes = {}
    for child in stack.family.children:
        process = psutil.Process(child.process.pid)
        sizes[child.name] = (
            sum(one.memory_full_info().pss for one in (process, *process.children(recursive=True))) / 2**20
        )
    return sizes | {"memory_mb": sum(sizes.values())}


def main() -> int:
    """Print the figures as JSON with the aims beside them; 1 when an aim is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--turns", type=int, default=100)
    options.add_argument("--messages", type=int, default=6000)
    options.add_argument("--responses", type=int, default=1_000_000)
    options.add_argument("--round-responses", type=int, default=100_000)
    options.add_argument("--cases", type=int, nargs="*", default=[100_000, 1_000_000], help="sizes; none skips it")
    options.add_argument("--only", choices=["understanding"], help="this part alone")
    options.add_argument("--phoatis", type=Path, help="folder of the PhoATIS set, which may not be kept here")
    given = options.parse_args()
    if given.only:
        print(
            json.dumps({key: round(value, 3) for key, value in understanding.measure(given.phoatis).items()}, indent=2)
        )
        return 0
    in_time = scale.measure_sizes(given.cases)
    report: dict[str, dict[str, float]] = {"surveys": survey_index.measure(given.responses)}
    report["understanding"] = understanding.measure(given.phoatis)
    with tempfile.TemporaryDirectory(prefix="langnghe-bench-") as name:
        folder = Path(name)
        report["round"] = survey_round.measure(f"sqlite:///{folder / 'round.sqlite'}", given.round_responses)
        report["intake"] = measure_intake(folder, count=given.messages, seconds=20)
        stack = Stack(folder / "turns", extra={"LANGNGHE_CHAT_LIMITS": "false"})
        stack.prepare()
        with stack.family:
            stack.start_app()
            stack.start_worker()
            stack.start_engine()
            report["turns"] = measure_turns(stack, given.turns)
            report["memory"] = memory(stack)
    print(
        json.dumps(
            {part: {key: round(value, 2) for key, value in figures.items()} for part, figures in report.items()},
            indent=2,
        )
    )
    flat = {key: value for figures in report.values() for key, value in figures.items()}
    missed = [key for key, aim in AIMS.items() if (flat[key] < aim if key == "intake_share" else flat[key] > aim)]
    missed += survey_index.missed(report["surveys"])
    missed += [key for key, aim in survey_round.AIMS.items() if report["round"][key] > aim]
    print(
        "Đạt mọi mục tiêu."
        if not missed
        else f"Chưa đạt: {', '.join(missed)} (mục tiêu: {AIMS | survey_index.AIMS | survey_round.AIMS})"
    )
    return 1 if missed or not in_time else 0


if __name__ == "__main__":
    sys.exit(main())
