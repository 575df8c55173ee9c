"""The entry point of the `langnghe` program: UTF-8 out; the one command that must start at once goes its own way."""

from __future__ import annotations

import sys


def main() -> None:
    """`langnghe deadline ...` runs without the library of the other commands; everything else is langnghe.cli."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    if sys.argv[1:2] == ["deadline"]:
        from langnghe.commands.deadline import main as deadline

        sys.exit(deadline(sys.argv[2:]))
    from langnghe.cli import app

    app()
