"""The publication of a closed round is kept as it was: read by every page, and computed again by `index replay`."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from feedback.database import Database
from langnghe.cli import app
from langnghe.migrate import migrate
from langnghe.settings import get_settings
from surveys import repository
from surveys.keeping import About, keep
from surveys.models import SurveyResponse
from surveys.questionnaire_files import parse_text, questionnaire_text
from surveys.questionnaires import Questionnaire
from surveys.rounds import open_data, publication, reports, rows, steps
from surveys.rounds.kept_results import computed_again
from surveys.rounds.models import SurveyRound
from surveys.rounds.publication import Publication, compute, publish
from tests.factories import HAC_THANH, HAM_RONG, MONDAY
from tests.surveys.rounds_stage import open_round

FORM = Questionnaire.load("sipas2023")


def answered(session: Session, survey: SurveyRound, rng: random.Random) -> None:
    commune = rng.choice((HAC_THANH, HAM_RONG, HAM_RONG))
    about = About(
        round_id=survey.id, province="38", commune=commune, stratum=commune, fpc=4, weight=1.0 + rng.random(),
        cluster=f"{commune} / Thôn {rng.randrange(1, 4)}",
    )  # fmt: skip
    answers: dict[str, object] = {code: rng.randrange(2, 6) for code in FORM.criteria if rng.random() > 0.1}
    answers |= {"gioi_tinh": rng.choice(("nam", "nu")), "q2": ["loa"], "q4": rng.choice(("khong", "mot_so", "nhieu"))}
    mode = rng.choice(("paper", "phone", "web"))
    keep(session, answers, questionnaire=FORM.id, about=about, mode=mode, now=MONDAY)  # type: ignore[arg-type]


def closed(session: Session, code: str = "SIPAS-2026", **parts: object) -> SurveyRound:
    rng = random.Random(code)
    survey = open_round(session, code, questionnaire=FORM.id, **parts)
    for _ in range(90):
        answered(session, survey, rng)
    session.flush()
    steps.close_round(session, survey.id, staff=None, now=MONDAY + timedelta(days=1))
    return session.get_one(SurveyRound, survey.id)


def shown(found: Publication) -> tuple[bytes, bytes, str]:
    return open_data.csv_file(found), open_data.json_file(found), str(reports.report(found).blocks)


def test_what_is_kept_says_the_same_as_what_is_computed(database: Database) -> None:
    """Every figure, in the same order, also from a database that keeps the keys of a document in its own."""
    with database.write() as session:
        first = closed(session, "KY-1", opens_on=MONDAY.date() - timedelta(60), closes_on=MONDAY.date() - timedelta(30))
        second = closed(session, "KY-2")
        number = second.id
        assert first.code == "KY-1"
    with database.read() as session:
        survey = session.get_one(SurveyRound, number)
        kept, again = publish(session, survey, threshold=5), compute(session, survey, threshold=5)
        assert kept is not None and again is not None
        assert kept.earlier is not None and kept.earlier.code == "KY-1"
        assert shown(kept) == shown(again)
        assert [one.tiers for one in kept.breakdowns] == [one.tiers for one in again.breakdowns]


def test_a_page_reads_no_row_of_answers(database: Database) -> None:
    with database.write() as session:
        survey = closed(session)
        total = survey.id
        session.execute(update(SurveyResponse).values(answers={}))
    with database.read() as session:
        found = publish(session, session.get_one(SurveyRound, total), threshold=5)
        assert found is not None and found.total.overall is not None and found.total.overall.n


def test_another_threshold_is_computed_anew(database: Database) -> None:
    """An installation that hides more from now on does not show what it hid less of."""
    with database.write() as session:
        survey = closed(session)
        found = publish(session, survey, threshold=40)
        assert found is not None and found.threshold == 40
        assert any(one.withheld for one in found.breakdowns) or any(
            table.overall is not None and table.overall.suppressed
            for one in found.breakdowns
            for table in one.tables.values()
        )


def test_a_round_stays_under_the_form_that_it_was_asked_with(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later release ships the form with another first item: neither the page nor the replay mixes the two."""
    with database.write() as session:
        number = closed(session).id
    text = questionnaire_text(FORM.id)
    changed = text.replace(f" {FORM.criteria[0]}:", " p1_99:", 1)
    assert changed != text
    later = parse_text(changed)
    monkeypatch.setattr(rows, "load", lambda _id: later)
    monkeypatch.setattr(publication, "load", lambda _id: later)
    monkeypatch.setattr(publication, "questionnaire_text", lambda _id: changed)
    with database.read() as session:
        survey = session.get_one(SurveyRound, number)
        kept = repository.index_result_of_round(session, number)
        found = publish(session, survey, threshold=5)
        assert kept is not None and found is not None and found.form.criteria == FORM.criteria
        assert as_json(computed_again(session, kept)) == as_json(kept.document)


def test_a_round_that_was_closed_later_changes_no_replay(database: Database) -> None:
    with database.write() as session:
        number = closed(session, "KY-2").id
        closed(session, "KY-1", opens_on=MONDAY.date() - timedelta(60), closes_on=MONDAY.date() - timedelta(30))
    with database.read() as session:
        kept = repository.index_result_of_round(session, number)
        assert kept is not None and kept.document["earlier"] is None
        assert as_json(computed_again(session, kept)) == as_json(kept.document)


def as_json(document: object) -> str:
    return json.dumps(document, sort_keys=True, default=str)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LANGNGHE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LANGNGHE_DATABASE_URL", "")
    get_settings.cache_clear()
    url = f"sqlite:///{tmp_path / 'langnghe.sqlite'}"
    migrate(url)
    database = Database(url)
    yield database
    database.dispose()
    get_settings.cache_clear()


def test_the_command_computes_a_round_again_and_says_when_a_row_was_changed(installed: Database) -> None:
    with installed.write() as session:
        survey = closed(session)
        kept = repository.index_result_of_round(session, survey.id)
        assert kept is not None and kept.method == "pooled" and "round-weights@1" in kept.rule
        number = kept.id
    agreed = CliRunner().invoke(app, ["index", "replay", str(number), "--json"])
    assert agreed.exit_code == 0, agreed.output
    assert json.loads(agreed.stdout)["agrees"] and json.loads(agreed.stdout)["inputs_unchanged"]
    with installed.write() as session:
        content = (one for one in repository.response_rows(session, 1) if (one.answers.get("p1_1") or 0) > 3)
        row = next(content)
        changed = update(SurveyResponse).where(SurveyResponse.id == row.id)
        session.execute(changed.values(answers=row.answers | {"p1_1": 1, "p1_2": 1}))
    differs = CliRunner().invoke(app, ["index", "replay", str(number), "--json"])
    assert differs.exit_code == 1
    told = json.loads(differs.stdout)
    assert not told["inputs_unchanged"] and any(one["figure"].startswith("total.") for one in told["differences"])
    refused = CliRunner().invoke(app, ["index", "replay", str(number), "--responses", "a.csv"])
    assert refused.exit_code == 2 and "kỳ khảo sát" in refused.stderr
