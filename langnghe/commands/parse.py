"""`langnghe parse`: messages in, one a line; what the program understands out, one JSON a line, in order."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from bot.payloads import neutral
from langnghe import engine
from langnghe.settings import Settings, get_settings

MAX_LINE = 100_000
Parser = Callable[[str], dict[str, Any]]


class BadLine(ValueError):
    """A line that holds no message."""


def run(file: Path | None, out: TextIO | None = None) -> int:
    """0; 2 when a line was bad or nothing could be read."""
    settings = get_settings()
    target = out or sys.stdout
    try:
        with _lines(file) as lines, _parser(settings) as parse:
            return _parse_all(lines, parse, target)
    except (OSError, UnicodeDecodeError) as error:
        print(f"Không đọc được dữ liệu vào: {error}", file=sys.stderr)
    except engine.EngineMissing as error:
        print(error, file=sys.stderr)
    return 2


def _parse_all(lines: Iterable[str], parse: Parser, out: TextIO) -> int:
    from bot.parsing import complete

    home = get_settings().home_province
    code = 0
    for line in lines:
        try:
            text = message_of(line)
            answer = complete(text, parse(text), home_province=home)
        except BadLine as error:
            answer, code = {"error": str(error)}, 2
        out.write(json.dumps(answer, ensure_ascii=False) + "\n")
        out.flush()
    return code


def message_of(line: str) -> str:
    """The message of a line: plain text, or the `text` of a JSON object. Raises BadLine."""
    stripped = line.strip()
    if not stripped:
        raise BadLine("dòng trống")
    if len(stripped) > MAX_LINE:
        raise BadLine(f"dòng dài hơn {MAX_LINE} ký tự")
    if not stripped.startswith("{"):
        return stripped
    try:
        value = json.loads(stripped)
    except ValueError as error:
        raise BadLine(f"JSON không hợp lệ: {error}") from None
    text = value.get("text")
    if not isinstance(text, str) or not text.strip():
        raise BadLine("JSON không có `text` là chuỗi có chữ")
    return text


@contextmanager
def _lines(file: Path | None) -> Iterator[Iterable[str]]:
    if file is None:
        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
        yield sys.stdin
        return
    with file.open(encoding="utf-8-sig") as handle:
        yield handle


@contextmanager
def _parser(settings: Settings) -> Iterator[Parser]:
    """The running engine where there is one; otherwise its environment, started once for the whole stream."""
    if engine.is_running(settings):
        yield lambda text: _ask(settings.engine_url, text)
        return
    install = engine.EngineInstall()
    install.check()
    model = _current_model(settings, install)
    command = [str(install.python), "-m", "nlu.stream", str(model)]
    process = subprocess.Popen(
        command,
        cwd=engine.ROOT,
        env=engine.environment(settings, {"PYTHONIOENCODING": "utf-8"}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    try:
        yield lambda text: _exchange(process, text)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def _current_model(settings: Settings, install: engine.EngineInstall) -> Path:
    """The model of this installation, or one kept for the command line, trained when there is none."""
    for models in (
        settings.data_dir / "models",
        engine.ROOT / "var" / "demo" / "models",
        engine.ROOT / "var" / "models",
    ):
        if engine.model_is_current(models):
            return engine.model_path(models)
    models = settings.data_dir / "models"
    print("Chưa có mô hình hiện hành: đang huấn luyện, khoảng một phút ...", file=sys.stderr)
    if engine.train(install, models, settings, log=settings.data_dir / "logs" / "train.log") != 0:
        raise engine.EngineMissing(f"Huấn luyện không thành công; xem {settings.data_dir / 'logs' / 'train.log'}")
    return engine.model_path(models)


def _exchange(process: subprocess.Popen[str], text: str) -> dict[str, Any]:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps({"text": neutral(text)}, ensure_ascii=True) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise engine.EngineMissing("Bộ máy hội thoại dừng giữa chừng; hãy chạy `langnghe doctor`.")
    return dict(json.loads(answer))


def _ask(url: str, text: str) -> dict[str, Any]:
    body = json.dumps({"text": neutral(text)}).encode()
    request = urllib.request.Request(f"{url}/model/parse", data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.load(answer))
