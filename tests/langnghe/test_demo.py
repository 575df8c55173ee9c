"""The demo on a machine that is not as it should be: one clear line, no process left, the next start works."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from langnghe.commands import demo
from langnghe.engine import EngineInstall
from langnghe.migrate import migrate
from langnghe.processes import AlreadyRunning, Family, only_one

PORT = 18471


def test_a_second_demo_on_the_same_data_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with only_one(tmp_path / "demo.lock"):
        assert demo.run(port=PORT, data=tmp_path) == 2
    said = capsys.readouterr().err
    assert str(tmp_path) in said and said.count("\n") == 1


def test_the_lock_is_free_again_after_the_block(tmp_path: Path) -> None:
    with only_one(tmp_path / "lock"), pytest.raises(AlreadyRunning), only_one(tmp_path / "lock"):
        pass
    with only_one(tmp_path / "lock"):
        pass


def test_a_data_folder_that_cannot_be_made_is_named_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert demo.run(port=PORT, data=tmp_path / "file" / "data") == 2
    said = capsys.readouterr().err
    assert str(tmp_path / "file" / "data") in said and said.count("\n") == 1


def test_a_broken_database_is_named_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EngineInstall, "check", lambda _self: None)
    for name in list(os.environ):
        if name.startswith("LANGNGHE_"):
            monkeypatch.delenv(name)
    (tmp_path / "langnghe.sqlite").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(os, "environ", dict(os.environ))
        assert demo.run(port=PORT, data=tmp_path) == 2
    said = capsys.readouterr().err
    assert str(tmp_path) in said and said.count("\n") == 1


def test_half_a_migration_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'half.sqlite'}"
    from alembic.operations import Operations

    made = 0
    create = Operations.create_table

    def dying(self: Operations, *args: object, **options: object) -> object:
        nonlocal made
        made += 1
        if made == 4:
            raise RuntimeError("the machine died")
        return create(self, *args, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Operations, "create_table", dying)
        with pytest.raises(RuntimeError):
            migrate(url)
    assert inspect(create_engine(url)).get_table_names() == []
    migrate(url)
    with sqlite3.connect(tmp_path / "half.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


@pytest.mark.skipif(sys.platform != "linux", reason="children follow a killed parent on Linux only")
def test_a_killed_parent_leaves_no_child(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom langnghe.processes import Family\n"
        "with Family() as family:\n"
        "    child = family.start('ngủ', [sys.executable, '-c', 'import time; time.sleep(60)'],"
        " cwd=Path.cwd(), env={}, log=Path(sys.argv[1]))\n"
        "    print(child.process.pid, flush=True)\n    time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    until = time.monotonic() + 10
    while _lives(child):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_child_that_was_well_for_long_is_revived_after_the_shortest_pause(tmp_path: Path) -> None:
    said: list[str] = []
    with Family() as family:
        child = family.start("chết", [sys.executable, "-c", ""], cwd=tmp_path, env={}, log=tmp_path / "log")
        child.process.wait()
        child.deaths, child.started = 5, child.started - 3600
        family.tend(said.append)
    assert "sau 2 giây" in said[0]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
