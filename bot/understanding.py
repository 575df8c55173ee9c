"""What the engine understood of one message, as the application reads it: `latest_message` with every gap filled."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ACTS = frozenset(
    [
        "dong_y",
        "khong_dong_y",
        "huy",
        "gap_can_bo",
        "sua_lai",
        "chao",
        "cam_on",
        "tam_biet",
        "tro_giup",
        "xoa_du_lieu",
        "bo_qua",
    ]
)
PICKS = frozenset(["chon_loai", "chon_noi", "chon_thu_tuc", "gui_vi_tri", "gui_tep"])
MENDS = {"sua_noi_dung": "details", "sua_dia_diem": "place", "sua_lien_he": "contact"}


@dataclass(frozen=True, slots=True)
class Matter:
    """Another matter that the engine saw in the same message."""

    kind: str
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """A procedure of the catalogue that the words point to."""

    code: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """One message. `text` is empty for a button or a location: only `data` then says what was picked.

    `place` is the engine's place as the contract has it (text, commune_code, province_code, candidates), or None.
    `unsure`: the two kinds between which the engine does not decide, the likelier first; empty when it does.
    `also`: further matters in the same message, each apart from the first; kind, field, topic and problem then
    are the first's (of a denunciation in the second, the whole's), place and entities the message's.
    `also_at`: the characters that stand between the first and the second, from and to.
    `procedures`: those that the words point to, best first.
    """

    text: str = ""
    intent: str | None = None
    act: str | None = None
    kind: str | None = None
    kinds: tuple[tuple[str, float], ...] = ()
    unsure: tuple[str, ...] = ()
    also: tuple[Matter, ...] = ()
    also_at: tuple[int, int] | None = None
    field: str | None = None
    topic: str | None = None
    problem: str | None = None
    urgent: bool = False
    procedures: tuple[Linked, ...] = ()
    place: Mapping[str, Any] | None = None
    entities: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def picked(self) -> bool:
        """True for a button, a location or a file: something that no classifier had to read."""
        return not self.text

    def first(self, entity: str) -> str | None:
        values = self.entities.get(entity, ())
        return values[0] if values else None

    def chance(self, kind: str) -> float:
        return dict(self.kinds).get(kind, 0.0)


def understand(message: Mapping[str, Any] | None) -> Understanding:
    """Read Rasa's `latest_message`. Text that begins with "/" is our own worker's, which neutralises the citizen's."""
    message = message or {}
    text = str(message.get("text") or "")
    intent = (message.get("intent") or {}).get("name")
    found = [entity for entity in message.get("entities") or () if isinstance(entity, dict) and "entity" in entity]
    if text.startswith("/"):
        data = {str(entity["entity"]): entity.get("value") for entity in found}
        return Understanding(intent=intent, act=intent if intent in ACTS else None, data=data)
    return Understanding(
        text=text.strip(),
        intent=intent,
        act=message.get("act") or (intent if intent in ACTS else None),
        kind=message.get("kind") or (intent if intent not in ACTS else None),
        kinds=tuple((str(slug), float(chance)) for slug, chance in message.get("kinds") or ()),
        unsure=tuple(map(str, message.get("unsure") or ())),
        also=tuple(_matter(pair) for pair in message.get("also") or ()),
        also_at=_between(text, message.get("also_at")),
        field=message.get("field"),
        topic=message.get("topic"),
        problem=message.get("problem"),
        urgent=bool(message.get("urgent")),
        procedures=tuple(Linked(str(p["code"]), float(p["score"])) for p in message.get("procedures") or ()),
        place=message.get("place"),
        entities=_grouped(found),
    )


def _matter(pair: Sequence[Any]) -> Matter:
    """[kind, topic], or [kind, chance] where the topic is not told."""
    topic = pair[1] if len(pair) > 1 and isinstance(pair[1], str) else None
    return Matter(str(pair[0]), topic)


def _between(text: str, span: Sequence[int] | None) -> tuple[int, int] | None:
    """A span of the text as it was sent, in the text without white space around it."""
    if not span:
        return None
    before = len(text) - len(text.lstrip())
    return int(span[0]) - before, int(span[1]) - before


def _grouped(found: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for entity in found:
        name = str(entity["entity"])
        groups[name] = (*groups.get(name, ()), str(entity.get("value")))
    return groups
