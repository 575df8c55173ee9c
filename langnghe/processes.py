"""Child processes that live and die together: started in order, watched, stopped, never left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 10.0


class ChildFailed(Exception):
    """A child ended although it should run, or did not get ready in time."""


@dataclass(slots=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


@dataclass(slots=True)
class Family:
    """The children of one run. Leaving the `with` block stops them all, in reverse order."""

    children: list[Child] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> Child:
        """Start a child in a process group of its own; it also ends if this process is killed (Linux)."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            process = subprocess.Popen(
                list(command),
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        child = Child(name, process, log)
        self.children.append(child)
        return child

    def wait_ready(self, child: Child, ready: Callable[[], bool], *, seconds: float, progress: Callable[[float], None]) -> None:
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

    def __enter__(self) -> Family:
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self.children):
            _signal_group(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in reversed(self.children):
            _end(child, deadline)


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


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
