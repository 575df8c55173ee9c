"""Routing, dry: where a matter would go and why, and what a new rule table would change of the last cases."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from feedback import agencies, replay, repository, routing, taxonomy
from feedback.assessment import Matter, assess
from feedback.errors import InvalidInput, NotAllowed
from langnghe.commands.routing import FaultyTable, as_dict, read_new_table
from langnghe.web.api.access import RegistryReader, api_router
from langnghe.web.api.change_models import Body
from langnghe.web.heavy import heavy_work
from nlu import places

router = api_router("/api/v1/routing", tag="Định tuyến")


class MatterIn(Body):
    """What is known of a matter; `place` in words or as codes."""

    kind: str = Field(examples=["phan_anh"])
    text: str = Field("", max_length=10_000, examples=["Rác ở đầu ngõ chợ bốn ngày không ai gom."])
    topic: str | None = Field(None, max_length=40, examples=["ve_sinh_rac"])
    problem: str | None = Field(None, max_length=24)
    place: str | None = Field(None, max_length=200, examples=["phường Hạc Thành"])
    province: str | None = Field(None, max_length=2, examples=["38"])


class RouteOut(BaseModel):
    agency: str
    unit: str | None
    desk: str | None
    name: str
    level: str
    regime: str
    mode: str
    head: str | None
    receiver: str | None
    verifier: str | None
    decider: str | None
    why: list[str]
    rules: list[str]
    matched: list[str]
    lost: list[str]
    ask: list[str] = Field(description="Còn thiếu gì để biết chắc: place, commune.")
    fallback: bool = Field(description="Không quy tắc nào quyết định được: về đầu mối của tỉnh.")
    version: str


@router.post("/route")
def route_of_matter(caller: RegistryReader, body: MatterIn) -> RouteOut:
    """Where such a matter would go now and why; nothing is kept."""
    del caller
    known = (body.kind in taxonomy.kinds(), body.topic in (None, *taxonomy.topics()))
    if not all(known) or body.problem not in (None, *taxonomy.problems()):
        raise InvalidInput("kind, topic hoặc problem không có trong danh mục.")
    found = places.resolve(body.place, body.province) if body.place else None
    matter = Matter(
        kind=body.kind,
        text=body.text,
        topic=body.topic,
        problem=body.problem,
        province_code=body.province or (found.province_code if found else None),
        commune_code=found.commune_code if found else None,
    )
    facts = assess(matter)
    route = routing.route(facts, places=places)
    return RouteOut(
        regime=facts.regime,
        rules=list(route.rule_ids),
        **{name: getattr(route, name) for name in _SAME},
        **{name: list(getattr(route, name)) for name in ("why", "matched", "lost", "ask")},
    )


_SAME = (
    "agency", "unit", "desk", "name", "level", "mode", "head", "receiver", "verifier", "decider", "fallback", "version",
)  # fmt: skip


class TableIn(Body):
    rules: str = Field(max_length=900_000, description="Bảng mới, YAML như routing.yml.")
    last: int = Field(1_000, ge=1, le=20_000, description="Bao nhiêu vụ việc gần nhất.")


class SimulationOut(BaseModel):
    """What the new table would change of the cases that are not restricted."""

    version: str
    cases: int
    changed: int
    fallbacks: dict[str, int]
    corrections: dict[str, int]
    changes: list[dict[str, Any]]


@router.post("/simulate")
def simulate(caller: RegistryReader, body: TableIn) -> SimulationOut:
    """Replay the last cases by a new rule table, before it is in force: for who oversees all offices.

    Restricted cases are left out, the counts too: a table's words must not ask what denunciations say.
    """
    if not repository.oversees(caller.staff):
        raise NotAllowed("Thử bảng định tuyến dành cho người quản lý.")
    try:
        new = read_new_table(body.rules)
    except FaultyTable as error:
        raise InvalidInput(f"Bảng định tuyến không dùng được: {error}") from None
    with heavy_work(), caller.services.database.read() as session:
        simulated = replay.simulate(session, new, old=routing.load_rules(), last=body.last, restricted=False)
    return SimulationOut(**as_dict(simulated, new.version))


class CorrectionOut(BaseModel):
    model_config = {"extra": "allow"}

    from_agency: str | None
    from_unit: str | None
    to_agency: str | None
    to_unit: str | None
    at: str | None


@router.get("/corrections")
def corrections(caller: RegistryReader) -> list[CorrectionOut]:
    """Routes that staff put right, as labelled examples without anybody's words: for who oversees all offices."""
    if not repository.oversees(caller.staff):
        raise NotAllowed("Dành cho người quản lý.")
    with caller.services.database.read() as session:
        rows = replay.corrections(session)
    return [CorrectionOut(**row) for row in rows]


class ReferralOut(BaseModel):
    agency: str
    name: str
    head: str


@router.get("/bodies")
def bodies(caller: RegistryReader) -> list[ReferralOut]:
    """The bodies to which a case may be transferred."""
    del caller
    found = [one for one in agencies.catalogue().values() if not one.is_desk]
    return [ReferralOut(agency=one.slug, name=one.name, head=one.head) for one in found]
