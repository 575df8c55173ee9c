"""The labelled messages: reading them, writing them as Rasa's YAML, and finding near copies."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from nlu.text import fold

# The lines of a file of messages as this module writes it. What stands after TEXT and METADATA is JSON, so YAML too.
HEAD = ['version: "3.1"', "nlu:"]
EXAMPLES = "  examples:"
TEXT = "  - text: "
METADATA = "    metadata: "
_INTENT = re.compile(r"- intent: ([a-z_]+)")


@dataclass(frozen=True, slots=True)
class LabelledMessage:
    """A message and what a reader made of it.

    `procedure`, `place`, `agency`, `dossier`, `phone`, `national_id` are spans as written; `commune`, `province` and
    `procedure_codes` are codes that the text determines; `also` is a second, separate matter, as "kind/topic".
    """

    text: str
    kind: str
    field: str | None = None
    topic: str | None = None
    problem: str | None = None
    urgent: bool = False
    procedure: str | None = None
    place: str | None = None
    agency: str | None = None
    dossier: str | None = None
    style: str | None = None
    commune: str | None = None
    province: str | None = None
    procedure_codes: tuple[str, ...] = ()
    phone: str | None = None
    national_id: str | None = None
    also: str | None = None

    @classmethod
    def of(cls, labels: Mapping[str, Any]) -> LabelledMessage:
        """From a JSON object or an example's metadata; an unknown key is an error (TypeError)."""
        return cls(**{**labels, "procedure_codes": tuple(labels.get("procedure_codes") or ())})


@dataclass(frozen=True, slots=True)
class Term:
    """A word or name that belongs to a field and a topic."""

    text: str
    field: str
    topic: str


def read_jsonl(path: Path) -> list[LabelledMessage]:
    """Messages, one JSON object a line; unknown keys are an error."""
    with path.open(encoding="utf-8") as lines:
        return [LabelledMessage.of(json.loads(line)) for line in lines if line.strip()]


def read_rasa(path: Path) -> list[LabelledMessage]:
    """Messages of one Rasa NLU file or of a directory; the intent is the kind unless the metadata names another."""
    files = sorted(path.rglob("*.yml")) if path.is_dir() else [path]
    return [message for file in files for _, message in read_blocks(file)]


def read_blocks(file: Path) -> Iterator[tuple[str, LabelledMessage]]:
    """Each example of a Rasa NLU file with its intent."""
    written = file.read_text(encoding="utf-8")
    try:
        examples = _plain_examples(written)
    except json.JSONDecodeError:
        examples = None
    for intent, example in examples or _yaml_examples(written):
        labels = {"text": example["text"], "kind": intent, **(example.get("metadata") or {})}
        yield intent, LabelledMessage.of(labels)


def _yaml_examples(written: str) -> list[tuple[str, dict[str, Any]]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    blocks = yaml.load(written, Loader=loader)["nlu"]  # noqa: S506 - a safe loader
    return [(str(block["intent"]), example) for block in blocks for example in block["examples"]]


def _plain_examples(written: str) -> list[tuple[str, dict[str, Any]]] | None:
    """The examples of a file as `write_rasa` writes it, None of any other: line by line, ten times as fast as YAML."""
    found: list[tuple[str, dict[str, Any]]] = []
    lines = [line for line in written.split("\n") if line and not line.startswith("#")]
    if lines[:2] != HEAD:
        return None
    intent = None
    for line in lines[2:]:
        if (start := _INTENT.fullmatch(line)) is not None:
            intent = start[1]
        elif line.startswith(TEXT) and intent:
            found.append((intent, {"text": json.loads(line[len(TEXT) :])}))
        elif line.startswith(METADATA) and found:
            found[-1][1]["metadata"] = json.loads(line[len(METADATA) :])
        elif line != EXAMPLES:
            return None
    return found


def write_rasa(messages: Iterable[LabelledMessage], path: Path, *, about: str) -> None:
    """Write a Rasa NLU file: one block for each kind, each message on one line, its other labels as metadata."""
    by_kind: dict[str, list[LabelledMessage]] = defaultdict(list)
    for message in messages:
        by_kind[message.kind].append(message)
    lines = [f"# {about}", *HEAD]
    for kind, group in by_kind.items():
        lines += [f"- intent: {kind}", EXAMPLES]
        for message in group:
            lines.append(f"{TEXT}{_quoted(message.text)}")
            labels = {k: v for k, v in asdict(message).items() if v and k not in ("text", "kind")}
            if labels:
                lines.append(f"{METADATA}{_quoted(labels)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def read_terms(path: Path) -> list[Term]:
    """Terms from YAML (field: {topic: [terms]}) or from a CSV catalogue (name, aliases parted by ";", field, topic)."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as rows:
            return [
                Term(name.strip(), row["field"], row["topic"])
                for row in csv.DictReader(rows)
                if row["field"] and row["topic"]
                for name in [row["name"], *row["aliases"].split(";")]
                if name.strip()
            ]
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        Term(str(term), matter, topic)
        for matter, topics in data.items()
        for topic, terms in topics.items()
        for term in terms
    ]


def near_copies(texts: Sequence[str], of: Iterable[str], *, alike: float = 0.4) -> list[str]:
    """Those of the texts whose folded word pairs overlap with those of another text by more than `alike` (Jaccard)."""
    pairs = [_word_pairs(text) for text in texts]
    holders: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, own in enumerate(pairs):
        for pair in own:
            holders[pair].append(at)
    found: set[int] = set()
    for other in map(_word_pairs, of):
        shared = Counter(at for pair in other for at in holders.get(pair, ()))
        found.update(at for at, n in shared.items() if n / len(other | pairs[at]) > alike)
    return [texts[at] for at in sorted(found)]


def _word_pairs(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(["", *fold(text).split()]))
