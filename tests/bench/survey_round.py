"""A round of 100,000 responses to 22 criteria: how long closing, the results page and the published files take."""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import create_engine, insert, text
from sqlalchemy.orm import Session

from feedback.database import Database
from langnghe.migrate import migrate
from langnghe.web.round_view import round_context
from nlu import places
from surveys.models import SurveyResponse
from surveys.questionnaires import Questionnaire
from surveys.rounds import open_data, reports, steps
from surveys.rounds.models import FrameUnit, SampleUnit, SurveyRound
from surveys.rounds.plans import SamplePlan, Stage
from surveys.rounds.publication import publish

FORM = Questionnaire.load("qd2640")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
COMMUNES, VILLAGES, BATCH = 160, 12, 5_000
PLAN = SamplePlan(kind="multistage", size=60, stages=(Stage("commune"), Stage("village", 10)))
AIMS = {"close_cpu_s": 12.0, "page_s": 1.0, "open_data_s": 2.0}
"""A round is closed once: what counts there is the work, not who else uses the machine."""


def stage(session: Session, rows: int) -> int:
    """A round in the field, of communes as strata and villages as clusters; a quarter more were asked than answered."""
    rng = np.random.default_rng(5)
    draft = steps.RoundDraft(
        code="DO-LON", title="Kỳ khảo sát lớn", questionnaire=FORM.id, opens_on=NOW.date(), closes_on=NOW.date(),
        frame_kind="households", plan=PLAN,
    )  # fmt: skip
    survey = steps.plan_round(session, draft, staff=None, now=NOW)
    communes = [one.code for one in places.communes_of("38")][:COMMUNES]
    asked = rows * 5 // 4
    commune, village = rng.integers(0, len(communes), asked), rng.integers(0, VILLAGES, asked)
    for start in range(0, asked, BATCH):
        numbers = range(start, min(start + BATCH, asked))
        session.execute(
            insert(FrameUnit),
            [
                {
                    "round_id": survey.id,
                    "key": f"H{n:07d}",
                    "province": "38",
                    "commune": communes[commune[n]],
                    "adults": 1,
                }
                for n in numbers
            ],
        )
    first = session.execute(text("select min(id) from survey_frame_unit")).scalar_one()
    for start in range(0, asked, BATCH):
        numbers = range(start, min(start + BATCH, asked))
        session.execute(
            insert(SampleUnit),
            [_unit(survey.id, first, n, communes[commune[n]], int(village[n]), n < rows) for n in numbers],
        )
        taken = [n for n in numbers if n < rows]
        levels = rng.choice(6, (len(taken), len(FORM.criteria)), p=[0.08, 0.03, 0.05, 0.14, 0.45, 0.25])
        if taken:
            session.execute(
                insert(SurveyResponse),
                [
                    _response(survey.id, communes[commune[n]], int(village[n]), given.tolist())
                    for n, given in zip(taken, levels, strict=True)
                ],
            )
    survey.state, survey.frame_size = "open", asked
    return survey.id


def _unit(round_id: int, first: int, n: int, commune: str, village: int, answered: bool) -> dict[str, Any]:
    return {
        "round_id": round_id, "number": n + 1, "frame_unit_id": first + n, "role": "main",
        "cell": f"{commune} / {village}",
        "rank": n, "stratum": commune, "cluster": f"{commune} / {village}", "fpc": 40, "probability": 0.1,
        "weight": 1.0 + village / 4, "issued": True, "disposition": "complete" if answered else "refusal",
    }  # fmt: skip


def _response(round_id: int, commune: str, village: int, levels: list[int]) -> dict[str, Any]:
    answers: dict[str, Any] = {code: level for code, level in zip(FORM.criteria, levels, strict=True) if level}
    answers["da_gop_y"] = "co"
    return {
        "id": secrets.token_hex(16), "questionnaire": FORM.id, "round_id": round_id, "answered_on": NOW.date(),
        "mode": ("paper", "phone", "web")[village % 3], "answers": answers, "province": "38", "commune": commune,
        "stratum": commune, "cluster": f"{commune} / {village}", "fpc": 40, "weight": 1.0 + village / 4,
    }  # fmt: skip


@contextlib.contextmanager
def database(url: str) -> Iterator[Database]:
    """At this address, whose tables go before and afterwards."""
    if not url.startswith("sqlite"):
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("drop schema public cascade"))
            connection.execute(text("create schema public"))
        engine.dispose()
    migrate(url)
    found = Database(url)
    try:
        yield found
    finally:
        found.dispose()


def timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(url: str, rows: int) -> dict[str, float]:
    with database(url) as found:
        with found.write() as session:
            number = stage(session, rows)

        def close() -> None:
            with found.write() as session:
                steps.close_round(session, number, staff=None, now=NOW)

        def page() -> None:
            with found.read() as session:
                round_context(session, session.get_one(SurveyRound, number), least=5)

        def files() -> None:
            with found.read() as session:
                published = publish(session, session.get_one(SurveyRound, number), threshold=5)
                assert published is not None
                open_data.csv_file(published)
                open_data.json_file(published)
                reports.report(published)

        begun = time.process_time()
        closing = {"close_s": timed(close), "close_cpu_s": time.process_time() - begun}
        return closing | {name: timed(work) for name, work in (("page_s", page), ("open_data_s", files))}


def run(rows: int, url: str = "") -> int:
    """Print what each step took; 1 when one took longer than its aim."""
    urls = [url] if url else [f"sqlite:///{Path(tempfile.mkdtemp()) / 'round.sqlite'}"]
    if not url and os.environ.get("LANGNGHE_TEST_POSTGRES_URL"):
        urls.append(os.environ["LANGNGHE_TEST_POSTGRES_URL"])
    failed = False
    for one in urls:
        took = measure(one, rows)
        late = [name for name, seconds in took.items() if seconds > AIMS.get(name, seconds)]
        words = ", ".join(
            f"{name} {seconds:.2f}" + (f" (≤ {AIMS[name]:g})" if name in AIMS else "") for name, seconds in took.items()
        )
        print(f"{one.split(':')[0]}, {rows} phiếu: {words}{' CHẬM: ' + ', '.join(late) if late else ''}", flush=True)
        failed |= bool(late)
    return int(failed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    return run(given.rows, given.url)


if __name__ == "__main__":
    sys.exit(main())
