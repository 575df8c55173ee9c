"""Secrets that an installation makes for itself: kept in one file that only its user can read."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

NAMES = ("action_token", "secret_key")


def load_or_create(data_dir: Path) -> dict[str, str]:
    """The installation's own secrets; missing ones are made and saved, atomically, with mode 0600."""
    path = data_dir / "secrets.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = [name for name in NAMES if not known.get(name)]
    if not missing:
        return known
    known |= {name: _new_key() for name in missing}
    data_dir.mkdir(parents=True, exist_ok=True)
    save(path, known)
    return known


def installation_key(given: str, data_dir: Path) -> str:
    """The key that the settings give, else the one that the installation made for itself."""
    return given or load_or_create(data_dir)["secret_key"]


def save(path: Path, values: dict[str, str]) -> None:
    """Write a file of secrets, whole or not at all, readable by its user only."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(values, out)
    fresh.replace(path)


def _new_key() -> str:
    """32 random bytes in URL-safe base64, which is also the form of a Fernet key."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
