"""Reads a YAML file of data, by the fast loader where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def read_data(path: Path) -> dict[str, Any]:
    """The mapping that the file holds. Raises OSError, UnicodeDecodeError and yaml.YAMLError."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one starts ten times faster
    data: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    return data
