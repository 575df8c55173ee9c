"""The documentation says what the program has: a setting, a command or a link that is missing fails here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from langnghe.cli import app
from langnghe.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
COMMANDS = [
    "demo", "serve", "worker", "migrate", "doctor", "train", "evaluate", "parse", "deadline", "index", "questionnaire",
    "survey", "routing", "import", "export", "ledger", "token",
]  # fmt: skip


def documented_settings() -> dict[str, str]:
    rows = re.findall(r"^\| `(LANGNGHE_[A-Z_]+)` \| [^|]+ \| (.+) \|$", (ROOT / "docs/settings.md").read_text(), re.M)
    return dict(rows)


def test_every_setting_is_documented_with_its_own_description() -> None:
    described = {f"LANGNGHE_{name.upper()}": field.description for name, field in Settings.model_fields.items()}
    assert documented_settings() == described


def test_every_setting_has_a_description() -> None:
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_the_readme_names_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme and "make test" in readme


def test_no_page_names_a_path_of_a_developers_machine() -> None:
    for page in PAGES:
        assert not re.search(r"/(home|root|work|Users)/\w", page.read_text(encoding="utf-8")), page
