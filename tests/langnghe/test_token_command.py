"""`langnghe token`: made for a person, shown once, listed without its secret, revoked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feedback.database import Database
from langnghe.cli import app
from langnghe.settings import get_settings
from tests.factories import make_staff


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migrated database with one person."""
    monkeypatch.setenv("LANGNGHE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("LANGNGHE_DATABASE_URL", raising=False)
    get_settings.cache_clear()
    assert CliRunner().invoke(app, ["migrate"]).exit_code == 0
    database = Database(get_settings().sqlalchemy_url)
    with database.write() as session:
        make_staff(session, "an")
    database.dispose()
    yield
    get_settings.cache_clear()


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["token", *words])
    return result.exit_code, result.stdout


def test_a_token_is_made_listed_and_revoked(installation: None) -> None:
    code, token = run("create", "--user", "an", "--name", "Mẫu", "--days", "5", "--scope", "cases:read,cases:write")
    assert code == 0 and token.startswith("ln_") and token.count("\n") == 1
    listed = json.loads(run("list", "--json")[1])
    assert [(one["user"], one["state"], one["scopes"]) for one in listed] == [
        ("an", "active", ["cases:read", "cases:write"])
    ]
    assert token.strip() not in run("list")[1] and listed[0]["prefix"] in token
    assert run("revoke", listed[0]["prefix"])[0] == 0
    assert json.loads(run("list", "--json")[1])[0]["state"] == "revoked"


def test_without_scopes_it_only_reads(installation: None) -> None:
    assert run("create", "--user", "an", "--name", "Mẫu")[0] == 0
    scopes = json.loads(run("list", "--json")[1])[0]["scopes"]
    assert scopes and all(scope.endswith(":read") for scope in scopes)


@pytest.mark.parametrize("wrong", [["--user", "ai"], ["--user", "an", "--days", "0"], ["--user", "an", "--scope", "x"]])
def test_what_cannot_be_made_is_told_in_one_line(installation: None, wrong: list[str]) -> None:
    assert run("create", "--name", "Mẫu", *wrong)[0] == 2


def test_revoking_what_never_was_is_told(installation: None) -> None:
    assert run("revoke", "0000000000")[0] == 2
