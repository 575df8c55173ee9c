"""`langnghe survey`: both sizes, the console's sample from files alone, the files of a closed round."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import langnghe.schema  # noqa: F401 - registers every table
from feedback.base import Base
from feedback.database import Database
from langnghe.commands import index_database, survey
from langnghe.commands.survey import DrawRequest, draw_sample, size
from langnghe.settings import Settings, get_settings
from surveys.keeping import About, keep
from surveys.rounds import repository, steps
from surveys.rounds.models import SurveyRound
from tests.factories import HAC_THANH, MONDAY
from tests.surveys.rounds_stage import MULTI, a_round, households, open_round

PLAN = "kind: multistage\nsize: 3\nreserve: 0.4\nstages:\n  - {column: commune}\n  - {column: village, take: 2}\n"


def frame_file(folder: Path) -> Path:
    lines = ["key;commune;village;adults", *(f"{u.key};{u.commune};{u.village};{u.adults}" for u in households())]
    path = folder / "frame.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_both_sizes_are_printed() -> None:
    out = io.StringIO()
    assert size(10_000, {"design_effect": 1.0}, out=out) == 0
    shown = json.loads(out.getvalue())
    assert (shown["by_rule"], shown["by_precision"]) == (385, 370)
    assert size(10, {"margin": 2.0}, err=io.StringIO()) == 2


def test_the_command_draws_the_sample_of_the_console(database: Database, tmp_path: Path) -> None:
    (tmp_path / "plan.yml").write_text(PLAN, encoding="utf-8")
    out, err = io.StringIO(), io.StringIO()
    assert (
        draw_sample(DrawRequest(frame_file(tmp_path), "households", tmp_path / "plan.yml", "x1"), out=out, err=err) == 0
    )
    drawn = list(csv.DictReader(io.StringIO(out.getvalue())))
    with database.write() as session:
        round_ = a_round(session, plan=MULTI)
        steps.take_frame(session, round_.id, households(), staff=None, now=MONDAY)
        steps.draw_sample(session, round_.id, seed="x1", staff=None, now=MONDAY)
        kept = {unit.frame_unit.key: unit for unit in repository.sample(session, round_.id)}
        assert round_.frame_sha256 in err.getvalue()
    assert {one["key"] for one in drawn} == set(kept)
    for one in drawn:
        unit = kept[one["key"]]
        assert (one["role"], one["cluster"], float(one["weight"])) == (unit.role, unit.cluster, unit.weight)


def test_bad_files_are_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "plan.yml").write_text("kind: multistage\nsize: 3\n", encoding="utf-8")
    bad = tmp_path / "bad.csv"
    bad.write_text("mã hộ,mã xã\n1,99999\n", encoding="utf-8")
    for frame, plan in (
        (frame_file(tmp_path), "plan.yml"),
        (bad, "plan.yml"),
        (tmp_path / "no.csv", "plan.yml"),
        (bad, "no"),
    ):
        err = io.StringIO()
        assert draw_sample(DrawRequest(frame, "households", tmp_path / plan, "1"), out=io.StringIO(), err=err) == 2
        assert err.getvalue().strip()


def test_the_files_of_a_closed_round_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    monkeypatch.setattr("langnghe.settings.get_settings", lambda: settings)
    monkeypatch.setattr(index_database, "get_settings", lambda: settings)
    database = Database(settings.sqlalchemy_url)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        round_ = open_round(session, "KY-1")
        about = About(round_id=round_.id, commune=HAC_THANH, stratum=HAC_THANH, cluster="a", fpc=4)
        for _ in range(6):
            keep(session, {"c1_1": 4}, questionnaire="qd2640", about=about, mode="web", now=MONDAY)
        session.flush()
        open_files = survey.files("KY-1", tmp_path / "out", err=io.StringIO())
    assert open_files in (1, 2)
    with database.write() as session:
        number = session.scalars(select(SurveyRound.id)).one()
        steps.close_round(session, number, staff=None, now=MONDAY + timedelta(days=1))
    assert survey.files("KY-1", tmp_path / "out") == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "KY-1-bao-cao.docx", "KY-1-bao-cao.pdf", "KY-1-ddi.xml", "KY-1-du-lieu-mo.csv", "KY-1-du-lieu-mo.json",
    ]  # fmt: skip
    database.dispose()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "nope"}, "Không có loại khung mẫu “nope”"),
        ({"seed": " "}, "--seed"),
        ({"out": Path("/nowhere/sample.csv")}, "Không ghi được"),
        ({"frame": Path("/nowhere/frame.csv")}, "Không đọc được tệp"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(tmp_path: Path, change: dict[str, object], words: str) -> None:
    (tmp_path / "plan.yml").write_text(PLAN, encoding="utf-8")
    given: dict[str, object] = {
        "frame": frame_file(tmp_path), "kind": "households", "plan": tmp_path / "plan.yml", "seed": "x1"
    }  # fmt: skip
    err = io.StringIO()
    assert draw_sample(DrawRequest(**{**given, **change}), out=io.StringIO(), err=err) == 2  # type: ignore[arg-type]
    assert words in err.getvalue() and len(err.getvalue().splitlines()) == 1


def test_without_a_database_the_files_of_a_round_are_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGNGHE_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("LANGNGHE_DATABASE_URL", "")
    get_settings.cache_clear()
    err = io.StringIO()
    assert survey.files("KY-1", tmp_path / "out", err=err) == 2
    assert "langnghe migrate" in err.getvalue() and not (tmp_path / "out").exists()
    get_settings.cache_clear()
