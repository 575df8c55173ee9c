"""Questionnaires as dated data files: finding, reading and parsing them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from surveys.errors import InvalidQuestionnaire, UnknownQuestionnaire
from surveys.questionnaire_checks import problems, unknown_fields
from surveys.questionnaires import Block, Factor, FactorWeights, Gate, Identification, Part, Questionnaire, Scale
from surveys.yaml_files import parse_data, read_data

FOLDER = Path(__file__).parent / "data" / "questionnaires"


def questionnaire_ids() -> list[str]:
    """The shipped forms."""
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


@lru_cache(maxsize=32)
def load(questionnaire_id: str) -> Questionnaire:
    """A shipped form. Raises UnknownQuestionnaire, naming those that exist."""
    if questionnaire_id not in questionnaire_ids():
        known = ", ".join(questionnaire_ids())
        raise UnknownQuestionnaire(f"Không có mẫu phiếu “{questionnaire_id}”. Các mẫu hiện có: {known}.")
    return parse(read_data(FOLDER / f"{questionnaire_id}.yml"))


@lru_cache(maxsize=32)
def questionnaire_text(questionnaire_id: str) -> str:
    """The file of a shipped form. Raises UnknownQuestionnaire."""
    load(questionnaire_id)
    return (FOLDER / f"{questionnaire_id}.yml").read_text(encoding="utf-8")


def parse_text(text: str) -> Questionnaire:
    """The form that a file's text describes, as `parse` takes it."""
    return parse(parse_data(text))


def read(path: Path) -> Questionnaire:
    """A form of a file anywhere, which need not pass the checks. Raises InvalidQuestionnaire for one without shape."""
    try:
        return read_text(path.read_text(encoding="utf-8"), name=path.name)
    except FileNotFoundError:
        raise InvalidQuestionnaire(f"Không tìm thấy tệp {path}.") from None
    except (OSError, UnicodeDecodeError):
        raise InvalidQuestionnaire(f"Không đọc được tệp {path}.") from None


def read_text(text: str, *, name: str = "mẫu phiếu") -> Questionnaire:
    """The form of a file's text, which need not pass the checks. Raises InvalidQuestionnaire for one without shape."""
    try:
        data = parse_data(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (dòng {mark.line + 1}, cột {mark.column + 1})" if mark else ""
        raise InvalidQuestionnaire(f"Tệp {name} không phải YAML đúng{where}.") from None
    except TypeError:
        raise InvalidQuestionnaire("Mẫu phiếu phải là các mục có tên (id, code, title, ...).") from None
    return shaped(data)


def parse(data: Mapping[str, Any]) -> Questionnaire:
    """Raises InvalidQuestionnaire for a missing field or for anything that `problems` finds."""
    questionnaire = shaped(data)
    found = problems(questionnaire)
    if found:
        raise InvalidQuestionnaire(f"Mẫu phiếu {questionnaire.id}: " + "; ".join(found) + ".")
    return questionnaire


def shaped(data: Mapping[str, Any]) -> Questionnaire:
    """The form that the data describe. Raises InvalidQuestionnaire for a missing, misspelt or misshapen field."""
    unknown = list(unknown_fields(data))
    if unknown:
        raise InvalidQuestionnaire(f"Mẫu phiếu {data.get('id')}: không biết mục {', '.join(unknown)}.")
    try:
        return _questionnaire(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidQuestionnaire(f"Mẫu phiếu {data.get('id')}: thiếu hoặc sai mục {error}.") from error


def _questionnaire(data: Mapping[str, Any]) -> Questionnaire:
    weights = data.get("factor_weights")
    before = tuple(_block(block) for block in data.get("before", ()))
    return Questionnaire(
        id=data["id"],
        code=data["code"],
        title=data["title"],
        intro=data["intro"],
        valid_from=data["valid_from"],
        valid_to=data["valid_to"],
        source=data["source"],
        confidence=data["confidence"],
        scale=Scale(labels=dict(data["scale"]["levels"]), satisfied_from=data["scale"]["satisfied_from"]),
        factors=tuple(_factor(factor, before) for factor in data["factors"]),
        factor_weights=FactorWeights(**weights) if weights else None,
        note=data.get("note", ""),
        series=data.get("series", ""),
        parts=tuple(Part(part["code"], part["name"], tuple(part["factors"])) for part in data.get("parts", ())),
        before=before,
        after=tuple(_block(block) for block in data.get("after", ())),
        identification=tuple(Identification(**field) for field in data.get("identification", ())),
        missing=tuple(data.get("missing", ())),
        incomplete=bool(data.get("incomplete", False)),
    )


def _block(data: Mapping[str, Any]) -> Block:
    return Block(
        code=data["code"],
        title=data["title"],
        role=data["role"],
        options=dict(data["options"]),
        items=dict(data["items"]) if "items" in data else {data["code"]: ""},
        several=bool(data.get("several", False)),
    )


def _factor(data: Mapping[str, Any], before: tuple[Block, ...]) -> Factor:
    gate = data.get("gate")
    return Factor(
        code=data["code"],
        name=data["name"],
        criteria=dict(data["criteria"]),
        gate=_gate(gate, before) if gate else None,
    )


def _gate(data: Mapping[str, Any], before: tuple[Block, ...]) -> Gate:
    """A gate has its own question, or names one of an earlier block: `question: q8_5`."""
    if "question" not in data:
        return Gate(data["code"], data["text"], dict(data["options"]), frozenset(data["asks_when"]))
    questions = {question.code: question for block in before for question in block.questions}
    asked = questions[data["question"]]
    return Gate(asked.code, asked.text, asked.options, frozenset(data["asks_when"]), own=False)
