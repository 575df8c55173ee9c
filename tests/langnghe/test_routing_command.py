"""`langnghe routing`: what a new rule table would change, and the corrected routes as examples."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy.orm import Session

from feedback import cases, handling, routing
from feedback.base import Base
from feedback.database import Database
from feedback.law import parse_yaml, read_text
from feedback.models import Case
from langnghe.commands.routing import corrections, simulate
from langnghe.settings import get_settings
from tests.factories import HAC_THANH, MONDAY, make_citizen, make_staff

TO_SO = "{xa: so_nnmt, tinh: so_nnmt, trung_uong: bo_nnmt}"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """An installation with a SQLite file of its own."""
    url = f"sqlite:///{tmp_path / 'langnghe.sqlite'}"
    monkeypatch.setenv("LANGNGHE_DATABASE_URL", url)
    get_settings.cache_clear()
    made = Database(url)
    Base.metadata.create_all(made.engine)
    yield made
    made.dispose()
    get_settings.cache_clear()


def opened(
    session: Session, *, topic: str, kind: str = "phan_anh", regime: str = "hien_truong", text: str = "x"
) -> Case:
    """A case that was routed by the shipped table, as the bot does it."""
    facts = routing.CaseFacts(
        regime=regime, kind=kind, topic=topic, text=text, province_code="38", commune_code=HAC_THANH
    )
    draft = cases.CaseDraft(
        kind=kind,
        regime=regime,
        text=text,
        route=routing.route(facts),
        topic=topic,
        province_code="38",
        commune_code=HAC_THANH,
    )
    return cases.open_case(
        session,
        draft,
        citizen_id=make_citizen(session),
        effect_key=f"{topic}:{kind}:{text}",
        received_at=MONDAY,
        now=MONDAY,
    )


def new_table(tmp_path: Path, change: str, to: str) -> Path:
    path = tmp_path / "new.yml"
    text = read_text("routing.yml")
    assert change in text
    path.write_text(text.replace(change, to, 1), encoding="utf-8")
    return path


def test_a_case_keeps_why_it_went_there(database: Database) -> None:
    with database.write() as session:
        case = opened(session, topic="ve_sinh_rac")
        assert case.route_rules == ["moi_truong.chu_de", "nhan.dau_moi"]
        assert "topic=ve_sinh_rac" in case.route_facts and case.route_lost == ["moi_truong"]
        assert case.route_version == routing.load_rules().version
        assert (case.desk, case.decider) == ("vp_hdnd_ubnd_xa", "Chủ tịch UBND phường Hạc Thành")


def test_the_shipped_table_changes_nothing(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.write() as session:
        opened(session, topic="ve_sinh_rac")
        opened(session, topic="ha_tang")
    path = new_table(tmp_path, "version:", "version:")
    assert simulate(rules=path, last=100, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["cases"], found["changed"], found["changes"]) == (2, 0, [])


def test_a_new_rule_shows_which_cases_would_go_elsewhere_and_how_many_corrections_it_gets_right(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.write() as session:
        an = make_staff(session, "an")
        rubbish, _ = opened(session, topic="ve_sinh_rac"), opened(session, topic="ha_tang")
        code = rubbish.code
        handling.transfer(
            session, rubbish.id, staff=an, agency="so_nnmt", unit="38", reason="Bãi rác.", version=1, now=MONDAY
        )
    path = new_table(
        tmp_path,
        "topic: [moi_truong, ve_sinh_rac]}, to: {xa: ubnd_xa/dia_ban, tinh: so_nnmt, trung_uong: bo_nnmt}",
        f"topic: [moi_truong, ve_sinh_rac]}}, to: {TO_SO}",
    )
    assert simulate(rules=path, last=100, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["changed"] == 1 and found["changes"][0]["code"] == code
    assert found["changes"][0]["before"]["agency"] == "ubnd_xa" and found["changes"][0]["after"]["agency"] == "so_nnmt"
    assert found["corrections"] == {"cases": 1, "right_before": 0, "right_after": 1}
    assert simulate(rules=path, last=100, as_json=False) == 0
    text = capsys.readouterr().out
    assert "1 vụ việc đổi nơi đến" in text and "bảng cũ đúng 0, bảng mới đúng 1" in text


def test_a_table_that_leaves_cases_without_a_rule_is_a_problem(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.write() as session:
        opened(session, topic="ha_tang")
    table = parse_yaml(read_text("routing.yml"))
    table["owners"] = [row for row in table["owners"] if row["id"].startswith("thue")]
    path = tmp_path / "new.yml"
    path.write_text(yaml.safe_dump(table, allow_unicode=True), encoding="utf-8")
    assert simulate(rules=path, last=100, as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["fallbacks"] == {"before": 0, "after": 1}


def test_a_restricted_case_is_counted_without_its_code(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.write() as session:
        code = opened(session, topic="dat_dai", kind="to_cao", regime="to_cao", text="tố cáo địa chính").code
    path = new_table(tmp_path, 'take: head, why: "Tố cáo do', 'take: above, why: "Tố cáo do')
    assert simulate(rules=path, last=100, as_json=True) == 0
    out = capsys.readouterr().out
    assert json.loads(out)["changed"] == 1 and code not in out and json.loads(out)["changes"][0]["code"] is None


@pytest.mark.parametrize(
    "content",
    ["", "- 1", "owners: [", "version: 1\nowners: []", "version: 1\nowners: nothing\nreceivers: []"],
)
def test_a_faulty_table_exits_2_with_one_clear_line(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    path = tmp_path / "bad.yml"
    path.write_text(content, encoding="utf-8")
    assert simulate(rules=path, last=10, as_json=False) == 2
    err = capsys.readouterr().err
    assert err.startswith("langnghe routing: ") and err.count("\n") == 1
    assert simulate(rules=tmp_path / "missing.yml", last=10, as_json=False) == 2
    assert simulate(rules=path, last=0, as_json=False) == 2


def test_corrected_routes_come_out_as_labelled_examples_without_words_or_restricted_cases(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.write() as session:
        an = make_staff(session, "an", sees_restricted=True)
        open_one = opened(session, topic="ve_sinh_rac", text="rác nhiều quá")
        secret = opened(session, topic="dat_dai", kind="to_cao", regime="to_cao", text="tố cáo cán bộ địa chính")
        for case in (open_one, secret):
            handling.transfer(
                session,
                case.id,
                staff=an,
                agency="so_nnmt",
                unit="38",
                reason="Bãi rác.",
                version=case.version,
                now=MONDAY,
            )
    assert corrections() == 0
    out = capsys.readouterr().out
    [row] = csv.DictReader(out.splitlines())
    assert (row["topic"], row["from_agency"], row["to_agency"], row["to_unit"]) == (
        "ve_sinh_rac",
        "ubnd_xa",
        "so_nnmt",
        "38",
    )
    assert "rác nhiều" not in out
