"""`langnghe import`: exit codes, the dry run, and that a file with a bad row leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from feedback import people
from feedback.base import Base
from feedback.database import Database
from feedback.models import Case, Office, Staff
from langnghe.commands import importing
from langnghe.settings import get_settings

GOOD = "agency,unit,address\nubnd_xa,14797,12 Lê Lợi\nso_nnmt,38,5 Hạc Thành\n"
BAD = GOOD + "nobody,38,\nubnd_xa,00,\n"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'langnghe.sqlite'}"
    monkeypatch.setenv("LANGNGHE_DATABASE_URL", url)
    get_settings.cache_clear()
    made = Database(url)
    Base.metadata.create_all(made.engine)
    yield made
    made.dispose()
    get_settings.cache_clear()


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def file(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "file.csv"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_good_file_is_imported(database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert importing.agencies(file(tmp_path, GOOD), dry_run=False) == 0
    assert "thêm 2" in capsys.readouterr().out and count(database, Office) == 2


def test_a_dry_run_writes_nothing(database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert importing.agencies(file(tmp_path, GOOD), dry_run=True) == 0
    assert "Chạy thử" in capsys.readouterr().out and count(database, Office) == 0


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_bad_row_is_listed_and_nothing_is_imported(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str], dry_run: bool
) -> None:
    assert importing.agencies(file(tmp_path, BAD), dry_run=dry_run) == 1
    out = capsys.readouterr().out
    assert "dòng 4, cột agency" in out and "dòng 5, cột unit" in out and "chưa nhập dòng nào" in out
    assert count(database, Office) == 0


def test_a_file_that_is_no_table_exits_2(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert importing.agencies(tmp_path / "missing.csv", dry_run=False) == 2
    assert importing.users(file(tmp_path, "colour\nred\n"), dry_run=False) == 2
    assert capsys.readouterr().err.count("\n") == 2 and count(database, Office) == 0


def test_passwords_are_shown_once_and_not_in_a_dry_run(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(tmp_path, "username,name,role,agency,unit\nan,Lê Mẫu An,officer,ubnd_xa,14797\n")
    assert importing.users(path, dry_run=True) == 0
    assert "Mật khẩu" not in capsys.readouterr().out and count(database, Staff) == 0
    assert importing.users(path, dry_run=False) == 0
    assert "\nan," in capsys.readouterr().out and count(database, Staff) == 1


def test_passwords_are_hashed_while_no_transaction_holds_up_the_writers(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def hash_while_somebody_writes(password: str) -> str:
        with database.write_at_once() as session:  # fails at once while another transaction writes
            session.add(Office(agency="so_y_te", unit=str(len(hashed)), name="x", level="tinh", province_code="38"))
        hashed.append(password)
        return f"hash-{len(hashed)}"

    monkeypatch.setattr(people, "hash_password", hash_while_somebody_writes)
    rows = "username,name,role,agency,unit,password\nan,An,officer,ubnd_xa,14797,\n"
    rows += "binh,Bình,officer,ubnd_xa,14797,mat-khau-dai\n"
    assert importing.users(file(tmp_path, rows.replace("officer", "king")), dry_run=False) == 1 and hashed == []
    assert importing.users(file(tmp_path, rows), dry_run=False) == 0
    assert len(hashed) == 2 and count(database, Staff) == 2


def test_cases_and_procedures_have_their_own_columns(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "external_id,kind,text,received_at,commune\n1,phan_anh,Rác ở chợ,2025-11-03,14797\n"
    assert importing.cases(file(tmp_path, rows), dry_run=False) == 0
    assert importing.procedures(file(tmp_path, "code,name\n1.001193,Đăng ký khai sinh\n"), dry_run=False) == 0
    assert count(database, Case) == 1 and "Đã nhập" in capsys.readouterr().out
