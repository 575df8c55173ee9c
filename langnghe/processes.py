"""Child processes that live and die together: started in order, watched, stopped, never left behind."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 10.0
HEALTHY_SECONDS = 60.0
"""A child that lived this long is started again after the shortest pause again."""


class ChildFailed(Exception):
    """A child ended although it should run, or did not get ready in time."""


class AlreadyRunning(Exception):
    """Another run holds the lock."""


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold a lock file for as long as the block runs; the system lets it go however this process ends."""
    with lock.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning from None
        yield


@dataclass(slots=True)
class Child:
    """One process and how it was started, so that it can be started again."""

    name: str
    command: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes]
    deaths: int = 0
    revive_at: float | None = None
    started: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Family:
    """The children of one run. Leaving the `with` block stops them all, in reverse order."""

    children: list[Child] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> Child:
        """Start a child in a process group of its own; it also ends if this process is killed (Linux)."""
        log.parent.mkdir(parents=True, exist_ok=True)
        child = Child(name, command, cwd, env, log, _spawn(command, cwd=cwd, env=env, log=log))
        self.children.append(child)
        return child

    def wait_ready(
        self, child: Child, ready: Callable[[], bool], *, seconds: float, progress: Callable[[float], None]
    ) -> None:
        """Wait until `ready`, telling the progress once a second; ChildFailed when it ends or takes too long."""
        start = time.monotonic()
        while not ready():
            self.check()
            passed = time.monotonic() - start
            if passed > seconds:
                raise ChildFailed(f"{child.name}: chưa sẵn sàng sau {seconds:.0f} giây; xem {child.log}")
            progress(passed)
            time.sleep(0.25)

    def check(self) -> None:
        """ChildFailed when a child has ended."""
        for child in self.children:
            code = child.process.poll()
            if code is not None:
                raise ChildFailed(f"{child.name} đã dừng (mã {code}); xem {child.log}")

    def tend(self, tell: Callable[[str], None]) -> None:
        """Start dead children again, after 2, 4, 8 ... at most 30 seconds; called about twice a second."""
        for child in self.children:
            code = child.process.poll()
            if code is None:
                continue
            if child.revive_at is None:
                if time.monotonic() - child.started > HEALTHY_SECONDS:
                    child.deaths = 0
                wait = min(30.0, 2.0 * 2**child.deaths)
                child.deaths += 1
                child.revive_at = time.monotonic() + wait
                tell(f"{child.name} đã dừng (mã {code}), khởi động lại sau {wait:.0f} giây; xem {child.log}")
            elif time.monotonic() >= child.revive_at:
                child.revive_at = None
                child.process = _spawn(child.command, cwd=child.cwd, env=child.env, log=child.log)
                child.started = time.monotonic()

    def __enter__(self) -> Family:
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self.children):
            _signal_group(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in reversed(self.children):
            _end(child, deadline)


def _spawn(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(
            list(command),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 (no threads yet)
        )


def _end(child: Child, deadline: float) -> None:
    try:
        child.process.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        pass
    # The group, too: a child may have started children of its own.
    _signal_group(child, signal.SIGKILL)
    child.process.wait()


def _signal_group(child: Child, number: signal.Signals) -> None:
    try:
        os.killpg(child.process.pid, number)
    except ProcessLookupError:
        pass


def die_with_parent() -> None:
    """Run in a child before its program: it is asked to end when its parent is gone (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
