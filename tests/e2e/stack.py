"""A whole Lắng Nghe on loopback for one test session: engine, application and worker as the program starts them."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from langnghe import engine
from langnghe.migrate import migrate
from langnghe.processes import Child, Family
from langnghe.secrets_file import load_or_create
from langnghe.seed import seed
from langnghe.settings import Settings

PASSWORD = "mat-khau-thu-nghiem"
MODEL_CACHE = engine.ROOT / "var" / "test-model"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def trained_model() -> Path:
    """The folder of a current model, trained once and kept between runs."""
    for folder in (MODEL_CACHE, engine.ROOT / "var" / "demo" / "models"):
        if engine.model_is_current(folder):
            return folder
    code = engine.train(engine.EngineInstall(), MODEL_CACHE, Settings(), log=MODEL_CACHE / "train.log")
    assert code == 0, f"training failed, see {MODEL_CACHE / 'train.log'}"
    return MODEL_CACHE


@dataclass
class Stack:
    """`start_*` and `stop` work part by part, so that a test can take one away."""

    data: Path
    database_url: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    family: Family = field(default_factory=Family)

    def __post_init__(self) -> None:
        own = load_or_create(self.data)
        values = {
            "LANGNGHE_DATA_DIR": str(self.data),
            "LANGNGHE_DATABASE_URL": self.database_url,
            "LANGNGHE_PORT": str(free_port()),
            "LANGNGHE_ENGINE_URL": f"http://127.0.0.1:{free_port()}",
            "LANGNGHE_WAKE_WORKER_PORT": str(free_port()),
            "LANGNGHE_WAKE_APP_PORT": str(free_port()),
            "LANGNGHE_ACTION_TOKEN": own["action_token"],
            "LANGNGHE_SECRET_KEY": own["secret_key"],
            "LANGNGHE_DEMO_PASSWORD": PASSWORD,
            **self.extra,
        }
        self.env = {**os.environ, **values}
        saved = dict(os.environ)
        os.environ.update(values)
        try:
            self.settings = Settings()
        finally:
            os.environ.clear()
            os.environ.update(saved)
        self.base = f"http://127.0.0.1:{self.settings.port}"

    def prepare(self, *, sample: bool = True) -> None:
        self.prepare_database()
        models = self.data / "models"
        shutil.copytree(trained_model(), models, dirs_exist_ok=True)
        if sample:
            seed(self.settings)

    def prepare_database(self) -> None:
        migrate(self.settings.sqlalchemy_url)

    def start_app(self) -> Child:
        child = self._program("serve")
        self._wait(child, f"{self.base}/healthz", seconds=30)
        return child

    def start_worker(self) -> Child:
        return self._program("worker")

    def start_engine(self) -> Child:
        port = int(self.settings.engine_url.rsplit(":", 1)[1])
        child = self.family.start(
            "engine",
            engine.EngineInstall().serve_command(engine.model_path(self.data / "models"), port=port),
            cwd=engine.ROOT,
            env=engine.environment(self.settings),
            log=self.data / "logs" / "engine.log",
        )
        self._wait(child, f"{self.settings.engine_url}/status", seconds=180)
        return child

    def stop(self, child: Child) -> None:
        child.process.terminate()
        child.process.wait(20)
        self.family.children.remove(child)

    def _program(self, command: str) -> Child:
        return self.family.start(
            command,
            [sys.executable, "-m", "langnghe", command],
            cwd=engine.ROOT,
            env=self.env,
            log=self.data / "logs" / f"{command}.log",
        )

    def _wait(self, child: Child, url: str, *, seconds: float) -> None:
        def answers() -> bool:
            try:
                return httpx.get(url, timeout=2).status_code == 200
            except httpx.HTTPError:
                return False

        self.family.wait_ready(child, answers, seconds=seconds, progress=lambda _: None)


class Citizen:
    """Somebody who uses the chat API as the page does."""

    def __init__(self, base: str) -> None:
        self.http = httpx.Client(base_url=base, timeout=40)
        self.conversation = self.http.post("/api/chat").json()["conversation"]
        self.seen = 0

    def post(self, **body: object) -> httpx.Response:
        import uuid

        message = {"id": str(uuid.uuid4()), **body}
        return self.http.post(f"/api/chat/{self.conversation}/messages", json=message)

    def say(self, text: str, *, wait: float = 30) -> list[dict]:
        """Send and wait for what answers it."""
        answer = self.post(text=text)
        assert answer.status_code == 202, answer.text
        return self.hear(wait=wait)

    def press(self, payload: str, *, wait: float = 30) -> list[dict]:
        assert self.post(payload=payload).status_code == 202
        return self.hear(wait=wait)

    def hear(self, *, wait: float = 30) -> list[dict]:
        """The new messages that are not the citizen's own; an empty list when none came in time."""
        until = time.monotonic() + wait
        while time.monotonic() < until:
            left = round(max(0.0, min(10.0, until - time.monotonic())), 2)
            answer = self.http.get(f"/api/chat/{self.conversation}/messages", params={"after": self.seen, "wait": left})
            messages = answer.json()["messages"]
            if messages:
                self.seen = messages[-1]["n"]
            others = [one for one in messages if one["from"] != "citizen"]
            if others:
                return others
        return []
