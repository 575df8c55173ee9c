"""One message as the whole program understands it: the reading, the regime in law, the route, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.actions.gathering import FORM_KINDS
from bot.actions.questions import CONFIRMATION, MENDING
from bot.actions.registry import make_gathering
from bot.actions.report import Report
from bot.procedures import load_clearness
from bot.understanding import Understanding, understand
from feedback import routing
from feedback.assessment import Matter, assess
from feedback.routing import Route
from nlu import places
from nlu.procedures import Catalogue

PLACE_PARTS = ("text", "commune", "commune_code", "province", "province_code")
NO_MATTER = frozenset({"giao_tiep", "ngoai_pham_vi"})
NAMING_KINDS = frozenset({"phan_anh", "kien_nghi", "khieu_nai", "to_cao", "hoi_dap", "tra_cuu"})


def complete(text: str, parsed: Mapping[str, Any], *, home_province: str) -> dict[str, Any]:
    """The answer of `langnghe parse` for one message. `parsed` is the engine's result; what is absent is null."""
    said = understand({**parsed, "text": text.lstrip().lstrip("/")})
    place = said.place or {}
    matter = Matter(
        kind=said.kind or "ngoai_pham_vi",
        text=text,
        field=said.field,
        topic=said.topic,
        problem=said.problem,
        province_code=place.get("province_code"),
        commune_code=place.get("commune_code"),
        procedure=_clear(said),
    )
    facts = assess(matter)
    return {
        "kind": said.kind,
        "kinds": [list(pair) for pair in said.kinds],
        "field": said.field,
        "fields": [list(pair) for pair in parsed.get("fields") or ()],
        "topic": said.topic,
        "problem": said.problem,
        "regime": facts.regime,
        "urgent": said.urgent,
        "procedure": _procedure(said, parsed.get("procedures")),
        "place": {part: place.get(part) for part in PLACE_PARTS} if said.place else None,
        "dossier": said.first("dossier"),
        "phone": said.first("phone"),
        "national_id": said.first("national_id"),
        "route": None if said.kind in NO_MATTER else _route(routing.route(facts, places=places)),
        "ask": _missing(said, home_province=home_province),
    }


def _procedure(said: Understanding, linked: list[dict[str, Any]] | None) -> dict[str, str] | None:
    """The procedure that the engine linked; from the catalogue alone where the engine's model links none."""
    if said.kind not in NAMING_KINDS:
        return None
    catalogue = Catalogue.load()
    codes = [str(one["code"]) for one in linked] if linked is not None else [m.code for m in catalogue.find(said.text)]
    if not codes:
        return None
    found = catalogue.get(codes[0])
    return {"code": found.code, "name": found.name}


def _clear(said: Understanding) -> str | None:
    """The procedure whose level the route follows: as in the chat, only one that is clear."""
    clearness = load_clearness()
    if said.kind in ("hoi_dap", "tra_cuu"):
        return clearness.of_question(said.procedures, topic=said.topic)
    return clearness.of_matter(said.procedures, topic=said.topic, problem=said.problem)


def _route(route: Route) -> dict[str, Any]:
    return {
        "agency": route.agency,
        "unit": route.unit,
        "desk": route.desk,
        "name": route.name,
        "level": route.level,
        "why": list(route.why),
    }


def _missing(said: Understanding, *, home_province: str) -> list[str]:
    """What the bot would ask before it reads the case back; nothing for kinds that open no case."""
    if said.kind not in FORM_KINDS or said.kind == "khen_ngoi":
        return []
    gathering = make_gathering(home_province=home_province)
    asked: list[str] = []
    step = gathering.begin(said)
    for _ in range(len(Report.__dataclass_fields__)):
        if step.question in (None, CONFIRMATION, MENDING) or step.question in asked:
            break
        asked.append(step.question or "")
        step = gathering.settled(_as_answered(step.report, step.question or ""))
    return asked


def _as_answered(report: Report, question: str) -> Report:
    """The report as if this question had been answered, so that the one after it shows."""
    match question:
        case "kind":
            return report.changed(kind=report.candidates[0] if report.candidates else "phan_anh", candidates=())
        case "details":
            return report.changed(details_skipped=True, text=f"{report.text} nội dung đã kể rõ sự việc xảy ra")
        case "place":
            return report.changed(place_skipped=True, choices=())
        case _:
            return report.changed(contact_skipped=True)
