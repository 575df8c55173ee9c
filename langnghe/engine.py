"""The dialogue engine as this program runs it: its environment, whether its model is current, how to start it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from langnghe.processes import die_with_parent
from langnghe.settings import Settings
from langnghe.trackers import tracker_file
from nlu import sources

ROOT = Path(__file__).resolve().parent.parent
ENGINE_HOME = ROOT / "bot" / "dialogue"
MODEL_NAME = "langnghe"
# Everything that a trained model depends on; a change in any of it makes the model stale.
INPUTS = ("config.yml", "bot/dialogue/domain.yml", "bot/dialogue/data", "bot/dialogue/requirements.lock", "nlu")
READ_SUFFIXES = (".py", ".yml", ".yaml", ".csv", ".jsonl", ".lock")
# A proxy that the environment names is not asked for addresses on loopback.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class EngineMissing(Exception):
    """The engine's environment is not installed; the message says what to run."""


@dataclass(frozen=True, slots=True)
class EngineInstall:
    """The engine's own Python environment and the project's files that it reads."""

    python: Path = ENGINE_HOME / ".venv" / "bin" / "python"

    def check(self) -> None:
        if not self.python.exists():
            raise EngineMissing("Chưa có môi trường của bộ máy hội thoại: hãy chạy `make setup` (cần Python 3.11).")

    def train_command(self, out: Path, *more_data: Path) -> list[str]:
        return [
            *(str(self.python), "-m", "rasa", "train", "--force"),
            *("--config", "config.yml", "--domain", "bot/dialogue/domain.yml"),
            *("--data", "bot/dialogue/data", *(str(folder.resolve()) for folder in more_data)),
            *("--out", str(out), "--fixed-model-name", MODEL_NAME),
        ]

    def serve_command(self, model: Path, *, port: int) -> list[str]:
        return [
            *(str(self.python), "-m", "rasa", "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port)),
            *("--model", str(model), "--endpoints", "bot/dialogue/endpoints.yml"),
            *("--credentials", "bot/dialogue/credentials.yml", "--response-timeout", "120"),
            *("--logging-config-file", "bot/dialogue/logging.yml"),
        ]


def environment(settings: Settings, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The engine's process environment: quiet, no telemetry, its tracker in this installation's database folder."""
    made = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    made |= {
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_MAX_CACHE_SIZE": "0",  # a training is always a whole one: a copy of each part would never be read
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "OMP_NUM_THREADS": "2",
        "MALLOC_MMAP_THRESHOLD_": "1048576",  # arrays of a megabyte go back to the system when they are done with
        "PYTHONPATH": str(ROOT),
        "LANGNGHE_ACTION_URL": f"http://127.0.0.1:{settings.port}/rasa/actions",
        "LANGNGHE_ACTION_TOKEN": settings.action_token.get_secret_value(),
        "LANGNGHE_TRACKER_URL": f"sqlite:///{tracker_file(settings.data_dir).resolve()}",
    }
    return made | dict(extra or {})


def fingerprint() -> str:
    """A hash over every file that the model is made from."""
    digest = hashlib.sha256()
    for path in _input_files():
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _input_files() -> Iterator[Path]:
    for name in INPUTS:
        path = ROOT / name
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (file for file in found if file.suffix in READ_SUFFIXES and not _is_beside(file))


def _is_beside(file: Path) -> bool:
    return "__pycache__" in file.parts or sources.MEASURING in file.parents


def model_path(models: Path) -> Path:
    return models / f"{MODEL_NAME}.tar.gz"


def mark_path(models: Path) -> Path:
    """The file that tells from which state of the program's files the model was trained."""
    return models / f"{MODEL_NAME}.fingerprint"


def model_is_current(models: Path) -> bool:
    """True when the model in this folder was trained from the files as they are now."""
    mark = mark_path(models)
    return model_path(models).exists() and mark.exists() and mark.read_text() == fingerprint()


def corrections_path(settings: Settings) -> Path:
    """The corrections of staff that the model in use learnt from; a later training learns from them again."""
    return settings.data_dir / "corrections"


def train(
    install: EngineInstall, models: Path, settings: Settings, *, log: Path, more_data: Sequence[Path] | None = None
) -> int:
    """Train into `models`; the exit code of the trainer, 0 when a model is there. The old model stays until then.

    `more_data`: folders of further examples; when not given, the kept corrections where there are some.
    """
    kept = corrections_path(settings)
    further = more_data if more_data is not None else [kept] if kept.is_dir() else []
    install.check()
    models.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    before = fingerprint()
    fresh = models / "fresh"
    started = time.monotonic()
    code, memory_mb = _run(install.train_command(fresh, *further), environment(settings), log=log)
    made = model_path(fresh)
    if code != 0 or not made.exists():
        return code or 1
    made.replace(model_path(models))
    mark_path(models).write_text(before)
    cost = {"seconds": round(time.monotonic() - started, 1), "memory_mb": round(memory_mb)}
    (models / f"{MODEL_NAME}.training.json").write_text(json.dumps(cost))
    return 0


def _run(command: list[str], env: Mapping[str, str], *, log: Path) -> tuple[int, float]:
    """The exit code of a command, and the most memory in MB that it or a child of it held."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - as for every child: it must not outlive this process
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_maxrss / 1024


def training_cost(models: Path) -> dict[str, float]:
    """`seconds` and `memory_mb` of the training that made the model in this folder; empty when unknown."""
    try:
        return dict(json.loads((models / f"{MODEL_NAME}.training.json").read_text()))
    except (OSError, ValueError):
        return {}


def answers(url: str, *, seconds: float = 2.0) -> bool:
    """Whether something answers this address with 200; used of our own loopback addresses only."""
    try:
        with _DIRECT.open(url, timeout=seconds) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def is_running(settings: Settings) -> bool:
    return answers(f"{settings.engine_url}/status")
