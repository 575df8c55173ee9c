"""Which body a case goes to, by a readable dated rule table, and why."""

from __future__ import annotations

from dataclasses import dataclass

from feedback.agencies import Places


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What routing may look at. `level` is the procedure's (xa, tinh, trung_uong); `text` is read for keywords only."""

    regime: str
    kind: str | None = None
    field: str | None = None
    topic: str | None = None
    problem: str | None = None
    province_code: str | None = None
    commune_code: str | None = None
    level: str | None = None
    text: str = ""
    accused: str | None = None
    signals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Route:
    """`agency` answers in law, `desk` inside it receives, `expert` would do the work, `head` is the addressee's title.

    `unit` is a commune or province code, "00" for the centre, None while the place is unknown (`ask` then holds "place").
    `mode` is online, letter or referral; `fallback` when the coordination desk got it for want of one clear rule.
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


class RoutingTable:
    """The dated rules of feedback/data/routing.yml."""


def load_rules() -> RoutingTable:
    raise NotImplementedError


def route(facts: CaseFacts, rules: RoutingTable | None = None, *, places: Places | None = None) -> Route:
    """Never raises for a case: what no single rule decides goes to the province's coordination desk, visibly."""
    raise NotImplementedError
