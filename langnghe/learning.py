"""Training with staff's corrections: exported and masked, tried on the frozen test set, activated if not worse."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from feedback.database import Database
from feedback.repository_corrections import corrected_cases
from langnghe import engine
from langnghe.commands.evaluate import TEST_DATA, read_test
from langnghe.reading import stream
from langnghe.settings import Settings
from nlu.masking import masked
from nlu.training import LabelledMessage, write_rasa

SCORED = ("kind", "field", "topic")
ABOUT = "Corrections of staff, masked; of restricted cases none. Made anew by each `langnghe train --with-corrections`."


def export_corrections(settings: Settings, folder: Path) -> int:
    """Write the corrected cases as training examples into `folder`; how many."""
    database = Database(settings.sqlalchemy_url)
    try:
        with database.read() as session:
            cases = corrected_cases(session)
    finally:
        database.dispose()
    messages = [
        LabelledMessage(
            masked(case.text, names=case.names),
            case.kind,
            field=case.field,
            topic=case.topic,
            problem=case.problem,
            urgent=case.urgent,
            agency=case.agency,
        )
        for case in cases
    ]
    folder.mkdir(parents=True, exist_ok=True)
    write_rasa(messages, folder / "corrections.yml", about=ABOUT)
    return len(messages)


def score(settings: Settings, model: Path) -> dict[str, float]:
    """Share of the frozen test messages whose kind, field and topic a model reads rightly, by label."""
    messages, _ = read_test(TEST_DATA)
    right = dict.fromkeys(SCORED, 0)
    count = dict.fromkeys(SCORED, 0)
    with stream(settings, model) as parse:
        for message in messages:
            said = parse(message.text)
            for label in SCORED:
                true = getattr(message, label)
                count[label] += true is not None
                right[label] += true is not None and said.get(label) == true
    return {label: right[label] / max(1, count[label]) for label in SCORED}


def is_worse(candidate: Mapping[str, float], current: Mapping[str, float]) -> bool:
    """The mean of the scores is lower."""
    return sum(candidate.values()) < sum(current.values())


def activate(settings: Settings, candidate: Path, models: Path) -> bool:
    """Put the candidate in the model's place and have a running engine load it; whether one did.

    Rasa swaps the model between two turns: no message is lost, and a failed swap leaves the old model in use.
    """
    for name in (engine.model_path(candidate), engine.mark_path(candidate)):
        name.replace(models / name.name)
    if not engine.is_running(settings):
        return False
    body = json.dumps({"model_file": str(engine.model_path(models).resolve())}).encode()
    request = urllib.request.Request(
        f"{settings.engine_url}/model", data=body, method="PUT", headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return bool(answer.status == 204)
    except (urllib.error.URLError, OSError):
        return False
