"""Opens what we draw with the programs that people open it with."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def needs(program: str) -> None:
    """Skip in words where an office program is missing, or fail where the run demands it."""
    if shutil.which(program) is None:
        demanded = "libreoffice" in os.environ.get("LANGNGHE_REQUIRE", "").split(",")
        (pytest.fail if demanded else pytest.skip)(f"{program} is not installed: drawn papers were NOT opened with it")


def converted(file: Path, to: str) -> Path:
    """The file as LibreOffice reads it, in another format beside it; `to` may name a filter ("csv:...")."""
    needs("soffice")
    folder = file.parent
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", to]
    subprocess.run([*command, "--outdir", folder, file], capture_output=True, check=True, timeout=120)
    return file.with_suffix("." + to.split(":", maxsplit=1)[0])
