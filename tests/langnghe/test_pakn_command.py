"""The exchange with the national feedback system by file: what goes out, what is marked, what differs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from feedback import cases, handling, ledger
from feedback.base import Base
from feedback.database import Database
from feedback.models import Case
from langnghe.commands import pakn
from langnghe.settings import get_settings
from tests.factories import MONDAY, make_case, make_staff


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """An installation with an answered case, an open one, one of no concern to the national system, a denunciation."""
    url = f"sqlite:///{tmp_path / 'langnghe.sqlite'}"
    monkeypatch.setenv("LANGNGHE_DATABASE_URL", url)
    get_settings.cache_clear()
    made = Database(url)
    Base.metadata.create_all(made.engine)
    with made.write() as session:
        an = make_staff(session, "an")
        answered = make_case(session, "Hồ sơ quá hẹn.", regime="pakn_hanh_vi")
        make_case(session, "Hồ sơ thứ hai.", regime="pakn_hanh_vi")
        make_case(session, "Rác ở chợ.")
        make_case(session, "Tố cáo cán bộ.", kind="to_cao")
        handling.accept(session, answered.id, staff=an, version=answered.version, now=MONDAY)
        cases.answer(
            session, answered.id, staff=an, text="Đã trả.", version=answered.version, effect_key="a", now=MONDAY
        )
    yield made
    made.dispose()
    get_settings.cache_clear()


def codes(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Case.code).order_by(Case.id)))


def exported(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    assert pakn.export(since="2026-11-01", until="2026-11-30", out=None) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def file(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "national.csv"
    path.write_text("\n".join(("code,national_code,national_state,answered_at,answer", *lines)), encoding="utf-8")
    return path


def test_only_cases_of_the_national_system_go_out_and_nothing_of_the_sender(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = exported(capsys)
    assert [row["code"] for row in rows] == codes(database)[:2]
    assert (rows[0]["state"], rows[0]["national_state"], rows[0]["answer"]) == (
        "da_tra_loi",
        "PAKN chờ công khai",
        "Đã trả.",
    )
    assert rows[0]["answered_at"] == "2026-11-23T09:00+07:00" and rows[1]["answered_at"] == ""
    assert "Hồ sơ quá hẹn" not in str(rows)


def test_the_period_is_by_vietnams_days_and_bad_days_exit_2(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pakn.export(since="2026-11-24", until="2026-11-30", out=None) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert pakn.export(since="hôm qua", until="2026-11-30", out=None) == 2
    assert pakn.export(since="2026-11-30", until="2026-11-01", out=None) == 2


def test_a_spreadsheet_goes_out_and_a_formula_is_written_as_text(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        session.scalars(select(Case)).first().answers[0].text = "=1+1"  # type: ignore[union-attr]
    out = tmp_path / "out.xlsx"
    assert pakn.export(since="2026-11-01", until="2026-11-30", out=out) == 0
    sheet = load_workbook(out).worksheets[0]
    values = list(sheet.iter_rows(values_only=True))
    assert values[0][0] == "code" and len(values) == 3 and values[1][-1] == "'=1+1"


def test_what_comes_back_marks_the_case_and_says_what_differs(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, *_ = codes(database)
    path = file(
        tmp_path,
        f"{first},PAKN-1,PAKN chờ công khai,2026-11-23,Đã trả.",
        f"{second},PAKN-2,Đã công khai,24/11/2026,Trả lời khác",
        ",PAKN-3,Mới tiếp nhận,,",
    )
    assert pakn.take_in(path, dry_run=False, as_json=True) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"], found["marked"], found["problems"]) == (3, 2, [])
    assert [(one["code"], one["what"], one["theirs"]) for one in found["differences"]] == [
        (second, "national_state", "Đã công khai"),
        (second, "answered_at", "2026-11-24"),
        (second, "answer", "Trả lời khác"),
        ("", "only_there", "Mới tiếp nhận"),
    ]
    with database.read() as session:
        case = session.scalars(select(Case).where(Case.code == second)).one()
        assert (case.national_code, case.national_state, case.state) == ("PAKN-2", "Đã công khai", "moi")
        assert case.answered_at is None and ledger.first_broken(session, case.id) is None
        last = ledger.last_event(session, case.id)
        assert last is not None and (last.move, last.data["national_code"]) == ("record_national", "PAKN-2")
    # the same file again marks nothing anew; a shorter one says what it does not mention
    assert pakn.take_in(path, dry_run=False, as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["marked"] == 0
    assert pakn.take_in(file(tmp_path, ",PAKN-1,PAKN chờ công khai,,"), dry_run=False, as_json=False) == 1
    assert "chỉ có ở Lắng Nghe" in capsys.readouterr().out


def test_a_file_that_agrees_exits_0_and_a_dry_run_writes_nothing(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(tmp_path, f"{codes(database)[0]},PAKN-1,PAKN chờ công khai,2026-11-23,Đã trả.")
    assert pakn.take_in(path, dry_run=True, as_json=False) == 0
    with database.read() as session:
        assert session.scalars(select(Case.national_code).where(Case.national_code.is_not(None))).all() == []
    assert pakn.take_in(path, dry_run=False, as_json=False) == 0
    assert "cập nhật 1 vụ việc" in capsys.readouterr().out.splitlines()[-2]


def test_a_bad_row_is_listed_and_nothing_is_marked(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, _, rubbish, secret = codes(database)
    path = file(
        tmp_path,
        f"{first},PAKN-1,PAKN chờ công khai,,",
        f"{rubbish},PAKN-2,Đã công khai,,",
        f"{secret},PAKN-3,Đã công khai,,",
        "LN-0000-0000,PAKN-4,Đã công khai,,",
        f"{first},PAKN-1,PAKN chờ công khai,,",
        ",PAKN-5,,,",
        ",PAKN-6,Đã công khai,hôm qua,",
    )
    assert pakn.take_in(path, dry_run=False, as_json=True) == 1
    found = json.loads(capsys.readouterr().out)
    assert [problem["row"] for problem in found["problems"]] == [3, 5, 6, 7, 8] and found["marked"] == 0
    with database.read() as session:
        assert session.scalars(select(Case.national_code).where(Case.national_code.is_not(None))).all() == []


def test_a_file_that_is_no_table_exits_2(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pakn.take_in(tmp_path / "missing.csv", dry_run=False, as_json=False) == 2
    assert capsys.readouterr().err.startswith("langnghe import pakn: ")
