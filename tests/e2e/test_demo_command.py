"""`langnghe demo`: starts everything, prints where it is, and leaves no process behind."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

from langnghe import engine
from tests.e2e.stack import free_port, trained_model


def started(data: Path, port: int) -> subprocess.Popen[bytes]:
    """The demo, printing into a file beside its data."""
    command = [sys.executable, "-m", "langnghe", "demo", "--port", str(port), "--data", str(data)]
    with printed_by(data).open("wb") as out:
        return subprocess.Popen(command, cwd=engine.ROOT, stdout=out, stderr=subprocess.STDOUT)


def printed_by(data: Path) -> Path:
    return data.parent / "printed.txt"


def read_until(process: subprocess.Popen[bytes], data: Path, words: str, *, seconds: float) -> str:
    """What the demo printed, once the words are in it."""
    until = time.monotonic() + seconds
    while words not in (seen := printed_by(data).read_text(encoding="utf-8")):
        assert time.monotonic() < until, seen
        assert process.poll() is None, seen
        time.sleep(0.1)
    return seen


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copytree(trained_model(), tmp_path / "demo" / "models")
    return tmp_path / "demo"


def test_the_demo_starts_again_quickly_and_leaves_nothing_behind(data: Path) -> None:
    port = free_port()
    for _ in range(2):
        process = started(data, port)
        try:
            printed = read_until(process, data, "Ctrl-C", seconds=120)
            assert f"http://127.0.0.1:{port}/chat" in printed and "hacthanh" in printed
            assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
            family = psutil.Process(process.pid).children(recursive=True)
            assert len(family) >= 3
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
        assert process.returncode == 0
        _, alive = psutil.wait_procs(family, timeout=10)
        assert alive == []


def test_a_dead_engine_is_started_again(data: Path) -> None:
    process = started(data, free_port())
    try:
        read_until(process, data, "Ctrl-C", seconds=120)
        engine_process = next(
            one for one in psutil.Process(process.pid).children(recursive=True) if "rasa" in " ".join(one.cmdline())
        )
        engine_process.kill()
        assert "khởi động lại" in read_until(process, data, "khởi động lại", seconds=20)
        time.sleep(4)
        assert any("rasa" in " ".join(one.cmdline()) for one in psutil.Process(process.pid).children(recursive=True))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [
            sys.executable,
            "-m",
            "langnghe",
            "demo",
            "--port",
            str(taken.getsockname()[1]),
            "--data",
            str(tmp_path),
        ]
        result = subprocess.run(command, check=False, cwd=engine.ROOT, capture_output=True, text=True, timeout=30)
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1
