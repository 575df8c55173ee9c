"""Reads messages with the dialogue engine: the running one, or its environment started once for a whole stream."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.payloads import neutral
from langnghe import engine
from langnghe.settings import Settings

Parser = Callable[[str], dict[str, Any]]


@contextmanager
def parser(settings: Settings) -> Iterator[Parser]:
    """The running engine where there is one; otherwise a stream. Raises EngineMissing."""
    if engine.is_running(settings):
        yield lambda text: _ask(settings.engine_url, text)
        return
    with stream(settings, current_model(settings)) as parse:
        yield parse


@contextmanager
def stream(settings: Settings, model: Path) -> Iterator[Parser]:
    """The engine's environment, started once; each answer also has `seconds`."""
    install = engine.EngineInstall()
    install.check()
    process = subprocess.Popen(
        [str(install.python), "-m", "nlu.stream", str(model)],
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


def current_model(settings: Settings) -> Path:
    """The model of this installation, or one kept for the command line, trained when there is none."""
    for models in (
        settings.data_dir / "models",
        engine.ROOT / "var" / "demo" / "models",
        engine.ROOT / "var" / "models",
    ):
        if engine.model_is_current(models):
            return engine.model_path(models)
    models = settings.data_dir / "models"
    print("Chưa có mô hình hiện hành: đang huấn luyện, một đến vài phút ...", file=sys.stderr)
    if engine.train(engine.EngineInstall(), models, settings, log=settings.data_dir / "logs" / "train.log") != 0:
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
