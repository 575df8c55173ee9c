"""Which body a case goes to, who in it receives it, and why, by the dated rule table of feedback/data/routing.yml."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from feedback import agencies, signals, taxonomy
from feedback.agencies import Agency, Places
from feedback.law import load_yaml
from feedback.phrases import Words
from feedback.routing_table import RoutingTable, load_rules, read_table
from feedback.rule_table import Choice, Facts, Rule, choose
from nlu.procedures import Catalogue

__all__ = [
    "CaseFacts",
    "Roles",
    "Route",
    "RoutingTable",
    "barred",
    "load_rules",
    "procedure_level",
    "read_table",
    "roles_of",
    "route",
]

# Regimes in which the body complained of decides, whatever the topic.
_ACCUSED_DECIDES = {
    "khieu_nai": ("hanh_chinh", "su_nghiep"),
    "to_cao": ("hanh_chinh", "su_nghiep", "tu_phap"),
    "pakn_hanh_vi": ("hanh_chinh",),
}


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What routing may look at. `level` (xa, tinh, trung_uong) is the catalogue's for the `procedure` where not given.

    `accused` (an agency slug) and `signals` are read from `text` where they are not given; the text is not kept.
    """

    regime: str
    kind: str | None = None
    field: str | None = None
    topic: str | None = None
    problem: str | None = None
    province_code: str | None = None
    commune_code: str | None = None
    level: str | None = None
    procedure: str | None = None
    text: str = ""
    accused: str | None = None
    signals: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """`agency` answers in law; `desk` inside it receives; `expert` would do the work; `head` is the addressee's title.

    Three roles by name, never mixed: `receiver` takes the matter in, `verifier` checks the facts (of a khiếu nại or tố
    cáo), `decider` signs. `version` is the rule table's.

    `unit` is a commune or province code, "00" for the centre, None while the place is unknown: `ask` then holds "place"
    ("commune" when only that is missing). `mode` is online, letter or referral. `fallback`: the coordination desk got
    it because no single rule decides.
    """

    agency: str
    unit: str | None
    desk: str | None
    name: str
    level: str
    why: tuple[str, ...]
    rule_ids: tuple[str, ...]
    matched: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    expert: str | None = None
    head: str | None = None
    mode: str = "online"
    province_code: str | None = None
    ask: tuple[str, ...] = ()
    fallback: bool = False
    receiver: str | None = None
    verifier: str | None = None
    decider: str | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Roles:
    """Who takes a matter in, who checks the facts, who decides: names."""

    receiver: str
    verifier: str | None
    decider: str | None


@dataclass(frozen=True, slots=True)
class _Target:
    """A body with the desk that knows the matter, and the reasons so far."""

    agency: Agency
    expert: str | None
    why: tuple[str, ...]


def route(
    facts: CaseFacts, rules: RoutingTable | None = None, *, places: Places | None = None, direct: bool = False
) -> Route:
    """Where the case goes. What no single rule decides goes to the province's coordination desk, visibly.

    In a commune its focal desk receives and the leader assigns; `direct` (opt-in) sends to the expert desk itself.
    """
    rules, places = rules or load_rules(), places or agencies.gazetteer()
    facts = _completed(facts, places)
    rule_facts = _rule_facts(facts)
    owner, receiver = choose(rules.owners, rule_facts), choose(rules.receivers, rule_facts)
    if receiver.rule is None or (
        owner.rule is None and receiver.rule.says["take"] != "fixed" and facts.accused is None
    ):
        return _to_coordination(facts, rules, owner if owner.rule is None else receiver, places=places)
    target = _owner_target(facts, owner.rule, places=places)
    found = _received(facts, rules, receiver.rule, target, places=places, direct=direct)
    hits = [choice for choice in (owner, receiver) if choice.rule is not None]
    return replace(
        found,
        rule_ids=tuple(choice.rule.id for choice in hits if choice.rule),
        matched=tuple(dict.fromkeys(fact for choice in hits for fact in choice.matched)),
        lost=tuple(lost for choice in hits for lost in choice.lost),
    )


def procedure_level(level: str) -> str | None:
    """The level of a procedure as the catalogue writes it ("Cấp tỉnh (suy ra)"); None where it has several."""
    named = {
        name for words, name in (("Cấp xã", "xa"), ("Cấp tỉnh", "tinh"), ("Cấp bộ", "trung_uong")) if words in level
    }
    return named.pop() if len(named) == 1 else None


def _completed(facts: CaseFacts, places: Places) -> CaseFacts:
    """The facts with what follows from them: the topic's field, the province, the accused and signals of the text."""
    commune = places.commune(facts.commune_code) if facts.commune_code else None
    found = signals.signals(facts.text) if facts.signals is None else facts.signals
    field = facts.field or taxonomy.topic_fields().get(facts.topic or "")
    accused = facts.accused if facts.accused in agencies.catalogue() else agencies.accused(facts.text)
    kinds = _ACCUSED_DECIDES.get(facts.regime, ())
    if accused is None or agencies.get(accused).type not in kinds:
        accused = None
    province = facts.province_code or (commune.province_code if commune else None)
    level = facts.level or _level_of(facts.procedure)
    return replace(facts, field=field, accused=accused, signals=found, province_code=province, level=level)


def _level_of(procedure: str | None) -> str | None:
    """The level that decides on this procedure; None for a code that the shipped catalogue does not have."""
    catalogue = Catalogue.load()
    level = catalogue.get(procedure).level if procedure in catalogue.codes() else None
    return procedure_level(level) if level else None


_LABELS = ("regime", "kind", "field", "topic", "problem", "level", "procedure")


def _rule_facts(facts: CaseFacts) -> Facts:
    labels = {name: getattr(facts, name) for name in _LABELS}
    labels |= {"province": facts.province_code, "commune": facts.commune_code}
    return Facts(labels, facts.accused, Words(facts.text), facts.signals or frozenset())


def _owner_target(facts: CaseFacts, rule: Rule | None, *, places: Places) -> _Target | None:
    """The body that the matter belongs to: the one complained of where that decides, else the owner of the topic."""
    if facts.accused is not None:
        named = agencies.get(facts.accused)
        body = agencies.legal_body(facts.accused)
        return _Target(body, None, (f"Cơ quan được nói tới: {named.name}",))
    if rule is None:
        return None
    level = _above_commune(facts, rule)
    key = level or ("tinh" if facts.province_code and not facts.commune_code else "xa")
    slug, _, desk = rule.says["to"][key].partition("/")
    subject = taxonomy.topic_name(facts.topic) or taxonomy.field_name(facts.field)
    because = rule.why or f"“{subject}” thuộc {agencies.get(slug).name}"
    return _Target(agencies.get(slug), _desk(desk, facts.commune_code, places), (because,))


def _above_commune(facts: CaseFacts, rule: Rule) -> str | None:
    """The level above the commune that has the matter, None where the commune's own body has it.

    A procedure of the province that its branch on the spot handles (land registration, social insurance) stays there.
    """
    if facts.level not in ("tinh", "trung_uong"):
        return None
    on_the_spot = agencies.get(rule.says["to"]["xa"].partition("/")[0])
    by_procedure = facts.level == "tinh" == _level_of(facts.procedure)
    return None if by_procedure and on_the_spot.level == "khu_vuc" else facts.level


def _desk(desk: str, commune_code: str | None, places: Places) -> str | None:
    """The desk's slug; "dia_ban" is the economic office, which has another name and remit in a phường."""
    if desk != "dia_ban":
        return desk or None
    commune = places.commune(commune_code) if commune_code else None
    urban = (commune is not None and commune.type.lower() == "phường") or (
        commune_code in load_yaml("units.yml")["dac_khu_nhu_phuong"]["codes"]
    )
    return "phong_kthtdt" if urban else "phong_kinh_te_xa"


def _received(
    facts: CaseFacts, rules: RoutingTable, rule: Rule, target: _Target | None, *, places: Places, direct: bool
) -> Route:
    take, because = rule.says["take"], (rule.why,) if rule.why else ()
    if take == "fixed" or target is None:
        body = agencies.get(rule.says.get("to", rules.coordination))
        expert = _expert_on_rule(facts, rules) if facts.regime == "pakn_qdhc" else None
        return _route(facts, rules, _Target(body, expert, because), take=take, places=places, direct=direct)
    body = target.agency
    if take in ("head", "above") and body.type == "su_nghiep" and body.parent:
        body = agencies.legal_body(body.parent)  # a school or hospital: the body that manages it
    elif take == "above":
        body = _above(facts, rules, body)
    changed = replace(
        target, agency=body, why=(*target.why, *because), expert=None if take == "above" else target.expert
    )
    return _route(facts, rules, changed, take=take, places=places, direct=direct)


def _expert_on_rule(facts: CaseFacts, rules: RoutingTable) -> str | None:
    """The department that knows a rule of this topic, for whoever handles it at the receiving office."""
    owner = choose(rules.owners, _rule_facts(facts)).rule
    return owner.says["to"]["tinh"].partition("/")[0] if owner else None


def _above(facts: CaseFacts, rules: RoutingTable, body: Agency) -> Agency:
    """The body one level up; for a complaint against a province's decision the ministry of the matter."""
    if body.slug == "ubnd_tinh" and facts.regime == "khieu_nai":
        rule = choose(rules.owners, _rule_facts(facts)).rule
        if rule is not None:
            return agencies.get(rule.says["to"]["trung_uong"].partition("/")[0])
    return agencies.legal_body(body.parent) if body.parent else body


def _route(facts: CaseFacts, rules: RoutingTable, target: _Target, *, take: str, places: Places, direct: bool) -> Route:
    """The finished route of a body: its unit, its receiving desk and its names."""
    body, missing = target.agency, _missing(facts, rules, target.agency)
    unit = agencies.unit_of(body.slug, province_code=facts.province_code, commune_code=facts.commune_code)
    if (
        unit is None and facts.province_code and body.parent
    ):  # the commune is unknown: the body above serves the province
        body = agencies.legal_body(body.parent)
        unit = agencies.unit_of(body.slug, province_code=facts.province_code, commune_code=None)
    to_head = take in ("head", "above") or facts.regime in ("khieu_nai", "to_cao")
    expert = target.expert if body is target.agency else None
    desk = _receiving_desk(facts, rules, body, expert=expert, to_head=to_head, direct=direct)
    roles = roles_of(facts, rules, body.slug, unit=unit, desk=desk, places=places)
    return Route(
        agency=body.slug,
        unit=unit,
        desk=desk,
        name=agencies.office_name(body.slug, unit, places=places),
        level=body.level,
        why=(
            *target.why,
            *_place_reason(facts, unit, missing, places),
            *_desk_reason(body, desk, expert, unit, places),
        ),
        rule_ids=(),
        expert=expert if expert != desk and facts.regime != "to_cao" else None,
        head=agencies.head_name(body.slug, unit, places=places) if to_head else None,
        mode="referral" if take == "referral" else body.mode,
        province_code=facts.province_code,
        ask=(missing,) if missing else (),
        receiver=roles.receiver,
        verifier=roles.verifier,
        decider=None if take == "referral" else roles.decider,
        version=rules.version,
    )


def roles_of(
    facts: CaseFacts, rules: RoutingTable, agency: str, *, unit: str | None, desk: str | None, places: Places
) -> Roles:
    """The three roles at a body: its desk or itself receives, its head decides, and who verifies for that head.

    A body never verifies what is said of itself: then, as where the table names nobody, the head forms a team.
    """
    decider = agencies.head_name(agency, unit, places=places)
    receiver = agencies.office_name(desk or agency, unit, places=places)
    if facts.regime not in ("khieu_nai", "to_cao"):
        return Roles(receiver, None, decider)
    if desk is None:
        receiver = decider
    named = rules.verifiers.get(agency)
    if named is None or named in (facts.accused, agencies.accused(facts.text) if facts.text else None):
        return Roles(receiver, f"Tổ xác minh do {decider} thành lập", decider)
    return Roles(receiver, agencies.office_name(named, unit, places=places), decider)


def barred(facts: CaseFacts) -> frozenset[str]:
    """The bodies that may not have a denunciation: the accused's own, when its head or deputy is meant, and its desks.

    Luật Tố cáo art. 12-20: the head of the body that manages the accused, or above, decides.
    """
    if facts.regime != "to_cao":
        return frozenset()
    accused = facts.accused or agencies.accused(facts.text)
    found = signals.signals(facts.text) if facts.signals is None else facts.signals
    if accused is None or "nguoi_dung_dau" not in found:
        return frozenset()
    body = agencies.legal_body(accused)
    return frozenset({accused, body.slug, *_desks_of(body)})


def _missing(facts: CaseFacts, rules: RoutingTable, body: Agency) -> str | None:
    """What the citizen still has to say about the place for this body: "place", "commune" or nothing."""
    if body.serves == "nuoc" or facts.commune_code:
        return None
    if not facts.province_code:
        return "place"
    return "commune" if body.serves == "xa" or _has_commune_owner(facts, rules) else None


def _has_commune_owner(facts: CaseFacts, rules: RoutingTable) -> bool:
    """Whether a commune's body would have the matter if the commune were known."""
    if facts.accused is not None or facts.regime in ("pakn_qdhc", "to_cao"):
        return False
    rule = choose(rules.owners, _rule_facts(facts)).rule
    if rule is None or _above_commune(facts, rule):
        return False
    return agencies.get(rule.says["to"]["xa"].partition("/")[0]).serves == "xa"


def _receiving_desk(
    facts: CaseFacts, rules: RoutingTable, body: Agency, *, expert: str | None, to_head: bool, direct: bool
) -> str | None:
    if facts.regime in ("khieu_nai", "to_cao"):
        return rules.petition_desk.get(body.slug)
    if to_head:
        return None
    if body.slug in rules.focal_desk and not (direct and expert):
        return rules.focal_desk[body.slug]
    return expert if expert and agencies.get(expert).slug != body.slug and expert in _desks_of(body) else None


@cache
def _desks_of(body: Agency) -> frozenset[str]:
    """The desks and subordinate units of a body."""
    return frozenset(
        one.slug
        for one in agencies.catalogue().values()
        if body.slug in (one.legal_body, one.parent) and one.slug != body.slug
    )


def _place_reason(facts: CaseFacts, unit: str | None, missing: str | None, places: Places) -> tuple[str, ...]:
    if missing == "place":
        return ("Chưa rõ nơi xảy ra: cần hỏi tỉnh và xã, phường",)
    if missing == "commune":
        return ("Chưa rõ xã, phường: chuyển cơ quan cấp tỉnh",)
    where = agencies.unit_name(unit, places=places)
    return (f"Địa bàn: {where}",) if where else ()


def _desk_reason(
    body: Agency, desk: str | None, expert: str | None, unit: str | None, places: Places
) -> tuple[str, ...]:
    if desk is None:
        return ()
    receiving = agencies.office_name(desk, unit, places=places)
    if expert is None or expert == desk:
        return (f"Đơn vị nhận: {receiving}",)
    knowing = agencies.office_name(expert, unit, places=places)
    return (f"Đầu mối nhận: {receiving}, lãnh đạo phân công; đơn vị chuyên môn: {knowing}",)


def _to_coordination(facts: CaseFacts, rules: RoutingTable, choice: Choice, *, places: Places) -> Route:
    """The province's coordination desk, saying openly that no rule, or two equal ones, fitted."""
    reason = f"Hai quy tắc ngang nhau ({', '.join(choice.equal)})" if choice.equal else "Chưa có quy tắc nào phù hợp"
    unit = facts.province_code
    return Route(
        agency=rules.coordination,
        unit=unit,
        desk=None,
        name=agencies.office_name(rules.coordination, unit, places=places),
        level=agencies.get(rules.coordination).level,
        why=(f"{reason}: {rules.coordination_why}", *_place_reason(facts, unit, None if unit else "place", places)),
        rule_ids=("dieu_phoi",),
        lost=(*choice.equal, *choice.lost),
        mode=agencies.get(rules.coordination).mode,
        province_code=unit,
        ask=() if unit else ("place",),
        fallback=True,
        receiver=agencies.office_name(rules.coordination, unit, places=places),
        version=rules.version,
    )
