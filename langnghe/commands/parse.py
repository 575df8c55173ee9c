"""`langnghe parse`: messages in, one a line; what the program understands out, one JSON a line, in order."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from langnghe import engine
from langnghe.reading import Parser, parser
from langnghe.settings import get_settings

MAX_LINE = 100_000


class BadLine(ValueError):
    """A line that holds no message."""


def run(file: Path | None, out: TextIO | None = None) -> int:
    """0; 2 when a line was bad or nothing could be read."""
    settings = get_settings()
    target = out or sys.stdout
    try:
        with _lines(file) as lines, parser(settings) as parse:
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
