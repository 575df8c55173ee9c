"""`langnghe demo`: everything on one machine, from nothing to a running sample province."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from sqlalchemy.exc import OperationalError

from langnghe import engine
from langnghe.migrate import migrate
from langnghe.processes import AlreadyRunning, ChildFailed, Family, only_one
from langnghe.secrets_file import load_or_create
from langnghe.settings import Settings, get_settings

ENGINE_SECONDS = 180.0
APP_SECONDS = 120.0


class Interrupted(Exception):
    """Ctrl-C or a request to end."""


def run(*, port: int, data: Path) -> int:
    """Prepare, start, wait; 0 after Ctrl-C, 1 when something fails, 2 when something is missing."""
    if not _is_free(port):
        print(f"Cổng {port} đang có chương trình khác dùng. Hãy chọn cổng khác: make demo PORT=8080", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    try:
        data.mkdir(parents=True, exist_ok=True)
        with only_one(data / "demo.lock"):
            _run(_configure(port=port, data=data))
    except Interrupted:
        print("\nĐã dừng tất cả.")
        return 0
    except AlreadyRunning:
        return _fail(f"Một bản chạy thử khác đang dùng {data}. Hãy dừng bản đó, hoặc chọn thư mục khác với --data.", 2)
    except engine.EngineMissing as error:
        return _fail(str(error), 2)
    except ChildFailed as error:
        return _fail(str(error), 1)
    except (OSError, OperationalError) as error:
        return _fail(f"Không dùng được dữ liệu trong {data}: {_reason(error)}", 2)


def _run(settings: Settings) -> NoReturn:
    """Until something is raised: Interrupted by Ctrl-C."""
    logins = _prepare(settings)
    with Family() as family:
        _start(family, settings)
        _announce(settings, logins)
        while True:
            family.tend(lambda line: print(line, file=sys.stderr, flush=True))
            time.sleep(0.5)


def _fail(line: str, code: int) -> int:
    print(line, file=sys.stderr)
    return code


def _reason(error: OSError | OperationalError) -> str:
    """One line: no space left, no right to write, no such server."""
    said = str(error.orig) if isinstance(error, OperationalError) else error.strerror or type(error).__name__
    return said.strip().splitlines()[0]


def _interrupt(_number: int, _frame: object) -> None:
    # A second signal must not cut the stopping short.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Interrupted


def _configure(*, port: int, data: Path) -> Settings:
    """The demo's settings, put into the environment so that the children read the same."""
    own = load_or_create(data)
    ports = iter(_free_ports(3))
    chosen = {
        "DATA_DIR": str(data.resolve()),
        "PORT": str(port),
        "ENGINE_URL": f"http://127.0.0.1:{next(ports)}",
        "WAKE_WORKER_PORT": str(next(ports)),
        "WAKE_APP_PORT": str(next(ports)),
        "ACTION_TOKEN": own["action_token"],
        "SECRET_KEY": own["secret_key"],
    }
    os.environ.update({f"LANGNGHE_{name}": value for name, value in chosen.items()})
    get_settings.cache_clear()
    return get_settings()


def _prepare(settings: Settings) -> list[tuple[str, str, str]]:
    """Database, model and sample province; gives the logins (name, password, who)."""
    install = engine.EngineInstall()
    install.check()
    with _step("Cập nhật cơ sở dữ liệu"):
        migrate(settings.sqlalchemy_url)
    models = settings.data_dir / "models"
    if not engine.model_is_current(models):
        with _step("Huấn luyện bộ máy hội thoại (lần đầu mất vài phút)"):
            if engine.train(install, models, settings, log=settings.data_dir / "logs" / "train.log") != 0:
                raise ChildFailed(f"Huấn luyện không thành công; xem {settings.data_dir / 'logs' / 'train.log'}")
    with _step("Chuẩn bị dữ liệu mẫu"):
        from langnghe.seed import seed

        return seed(settings)


def _start(family: Family, settings: Settings) -> None:
    install = engine.EngineInstall()
    logs = settings.data_dir / "logs"
    here = dict(os.environ)
    program = [sys.executable, "-m", "langnghe"]
    engine_port = int(settings.engine_url.rsplit(":", 1)[1])
    model = engine.model_path(settings.data_dir / "models")
    talker = family.start(
        "bộ máy hội thoại",
        install.serve_command(model, port=engine_port),
        cwd=engine.ROOT,
        env=engine.environment(settings),
        log=logs / "engine.log",
    )
    application = family.start("ứng dụng", [*program, "serve"], cwd=Path.cwd(), env=here, log=logs / "app.log")
    with _step("Khởi động ứng dụng") as progress:
        family.wait_ready(
            application,
            lambda: engine.answers(f"http://127.0.0.1:{settings.port}/healthz"),
            seconds=APP_SECONDS,
            progress=progress,
        )
    family.start("bộ xử lý", [*program, "worker"], cwd=Path.cwd(), env=here, log=logs / "worker.log")
    with _step("Khởi động bộ máy hội thoại") as progress:
        family.wait_ready(talker, lambda: engine.is_running(settings), seconds=ENGINE_SECONDS, progress=progress)


def _announce(settings: Settings, logins: list[tuple[str, str, str]]) -> None:
    base = settings.base_url
    print("\nLắng Nghe đang chạy (dữ liệu mẫu, tỉnh Thanh Hóa):")
    for who, path in (("Công dân", "/chat"), ("Cán bộ", "/console"), ("Lãnh đạo", "/dashboard")):
        print(f"  {who:<10} {base}{path}")
    print()
    width = max(len(name) for name, _, _ in logins)
    for name, password, who in logins:
        print(f"  {name:<{width}}  {password}   {who}")
    if not settings.telegram_token.get_secret_value():
        print("\nTelegram, Zalo chưa bật: chạy `.venv/bin/langnghe doctor` để biết cách lấy mã.")
    print("\nNhấn Ctrl-C để dừng tất cả.", flush=True)


@contextmanager
def _step(title: str) -> Iterator[Callable[[float], None]]:
    """Show one step: its seconds while it runs where there is a terminal, and how long it took."""
    start = time.monotonic()
    live = sys.stdout.isatty()
    print(f"{title} ...", end="" if live else "\n", flush=True)

    def progress(seconds: float) -> None:
        if live:
            print(f"\r{title} ... {seconds:.0f} giây", end="", flush=True)

    yield progress
    print(f"{chr(13) if live else '  '}{title}: xong sau {time.monotonic() - start:.1f} giây", flush=True)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_ports(count: int) -> list[int]:
    """Free ports on loopback; all are held until the last is found, so that they differ."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
