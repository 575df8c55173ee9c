"""Training with staff's corrections: exported and masked, tried on the frozen test set, activated if not worse."""

from __future__ import annotations

import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from feedback.database import Database
from feedback.repository_corrections import corrected_cases
from langnghe import engine
from langnghe.commands.evaluate import TEST_DATA, read_test
from langnghe.reading import stream
from langnghe.settings import Settings
from nlu.evaluation import figures, floors
from nlu.evaluation.answers import Answer
from nlu.masking import masked
from nlu.training import LabelledMessage, write_rasa

SCORED = ("kind", "field", "topic")
RECALLS = ("recall_first_recall", "urgent_recall")
"""Figures of their own, by their names in nlu/evaluation/floors.yml: neither may fall, whatever else gets better."""
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
        )
        for case in cases
    ]
    folder.mkdir(parents=True, exist_ok=True)
    write_rasa(messages, folder / "corrections.yml", about=ABOUT)
    return len(messages)


def score(settings: Settings, model: Path) -> dict[str, float]:
    """Shares of the frozen test messages: whose kind, field, topic a model reads rightly, and the two recalls."""
    messages, _ = read_test(TEST_DATA)
    with stream(settings, model) as parse:
        return shares([Answer(message, parse(message.text)) for message in messages])


def shares(answers: Sequence[Answer]) -> dict[str, float]:
    """Right answers by label, where the message has it; then the recall of the first label and of urgency."""
    first = floors.load()[0].recall_first
    found = {label: _share([true == said for true, said in figures.pairs(answers, label)]) for label in SCORED}
    found["recall_first_recall"] = _share([a.said.get("kind") == first for a in answers if a.message.kind == first])
    found["urgent_recall"] = _share([bool(a.said.get("urgent")) for a in answers if a.message.urgent])
    return found


def is_worse(candidate: Mapping[str, float], current: Mapping[str, float]) -> bool:
    """The mean of the scores is lower, or a recall that may not fall."""
    fallen = any(candidate[name] < current[name] for name in RECALLS)
    return fallen or sum(candidate[name] for name in SCORED) < sum(current[name] for name in SCORED)


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / max(1, len(hits))


def corrections_of(candidate: Path) -> Path:
    """What a candidate learns from lies beside it, and goes with it when it is not activated."""
    return candidate / "corrections"


def forget_corrections(settings: Settings) -> None:
    shutil.rmtree(engine.corrections_path(settings), ignore_errors=True)


def activate(settings: Settings, candidate: Path, models: Path) -> bool:
    """Put the candidate, with what it learnt from, in the model's place and have a running engine load it; whether
    one did.

    Rasa swaps the model between two turns: no message is lost, and a failed swap leaves the old model in use.
    """
    for name in (engine.model_path(candidate), engine.mark_path(candidate)):
        name.replace(models / name.name)
    forget_corrections(settings)
    if corrections_of(candidate).is_dir():
        shutil.move(corrections_of(candidate), engine.corrections_path(settings))
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
