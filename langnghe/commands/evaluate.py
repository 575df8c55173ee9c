"""`langnghe evaluate`: the real pipeline on the labelled test messages, measured against the floors in a data file."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from langnghe import engine
from langnghe.reading import Parser, current_model, stream
from langnghe.settings import get_settings
from nlu.evaluation import figures, floors, pages
from nlu.evaluation.answers import WHOLE, Answer, spoilers
from nlu.training import LabelledMessage, read_jsonl, read_rasa

TEST_DATA = engine.ROOT / "tests" / "data" / "messages"
FAR_TEXTS = "far_out_of_scope.txt"
TRAINING_DATA = engine.ROOT / "bot" / "dialogue" / "data" / "nlu"
ABOUT = engine.ROOT / "nlu" / "data" / "model_card_about.md"


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the figures go besides the terminal; None = nowhere."""

    report: Path | None = None
    json: Path | None = None
    card: Path | None = None


def run(
    data: Path | None,
    outputs: Outputs,
    *,
    model: Path | None = None,
    no_worse: bool = False,
    out: TextIO | None = None,
) -> int:
    """0; 1 when a figure is under its floor; 2 when the test or the engine cannot be read.

    With `no_worse` a floor that was never reached gives 1 only when the figure fell further.
    """
    settings = get_settings()
    try:
        messages, far = read_test(data or TEST_DATA)
        chosen = model or current_model(settings)
        with stream(settings, chosen) as parse:
            measured = measure(messages, far, parse, cost=engine.training_cost(chosen.parent))
    except (OSError, TypeError, ValueError) as error:
        print(f"Không đọc được dữ liệu kiểm tra: {error}", file=sys.stderr)
        return 2
    except engine.EngineMissing as error:
        print(error, file=sys.stderr)
        return 2
    return report(measured, outputs, out or sys.stdout, no_worse=no_worse)


def read_test(folder: Path) -> tuple[list[LabelledMessage], list[str]]:
    """The labelled messages (*.jsonl) and the far texts of a folder. Raises ValueError when there is no message."""
    messages = [message for file in sorted(folder.glob("*.jsonl")) for message in read_jsonl(file)]
    if not messages:
        raise ValueError(f"{folder} không có tin nhắn nào (*.jsonl)")
    far = folder / FAR_TEXTS
    return messages, far.read_text(encoding="utf-8").splitlines() if far.exists() else []


def measure(
    messages: Sequence[LabelledMessage], far: Sequence[str], parse: Parser, *, cost: dict[str, float]
) -> dict[str, Any]:
    """Parse the test as written and spoilt, and count. The first messages warm the engine up and are not timed."""
    for message in messages[:20]:
        parse(message.text)
    answers = {
        name: [Answer(message, parse(spoil(message.text))) for message in messages]
        for name, spoil in spoilers().items()
    }
    seconds = [float(answer.said["seconds"]) for answer in answers[WHOLE] if "seconds" in answer.said]
    done = figures.Run(answers, [parse(text) for text in far], seconds, cost)
    labels, _ = floors.load()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "model": engine.fingerprint(),
        "training_messages": len(read_rasa(TRAINING_DATA)),
        "figures": figures.all_figures(done, labels),
        **figures.details(done, labels),
    }


def report(measured: dict[str, Any], outputs: Outputs, out: TextIO, *, no_worse: bool = False) -> int:
    """Print the figures and write what was asked for; 1 when a floor is missed."""
    _, limits = floors.load()
    print(pages.summary(measured, limits), file=out)
    for path, text in (
        (outputs.report, pages.html_page(measured, limits)),
        (outputs.json, json.dumps(measured, ensure_ascii=False, indent=1) + "\n"),
        (outputs.card, pages.model_card(measured, limits, about=ABOUT.read_text(encoding="utf-8"))),
    ):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    missed = floors.missed(limits, measured["figures"])
    fallen = floors.worse(limits, measured["figures"])
    if fallen:
        print(f"\nKém hơn mức đã đạt: {', '.join(f.name for f in fallen)}", file=out)
    print("\nĐạt mọi mức sàn." if not missed else f"\nDưới mức sàn: {', '.join(f.name for f in missed)}", file=out)
    return 1 if (fallen if no_worse else missed) else 0
