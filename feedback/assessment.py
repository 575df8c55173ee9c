"""What the law makes of a matter's labels and words: its regime, and the facts that its way is chosen by."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from feedback import taxonomy, triage
from feedback.routing import CaseFacts
from feedback.signals import signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What is known of a matter before any rule has looked at it. `procedure` is a code of the catalogue."""

    kind: str
    text: str
    field: str | None = None
    topic: str | None = None
    problem: str | None = None
    province_code: str | None = None
    commune_code: str | None = None
    procedure: str | None = None


def assess(matter: Matter, *, regime: str | None = None) -> CaseFacts:
    """The facts with the regime of today's table and the signals of the text; a topic brings its field.

    `regime`: the one that somebody settled already, in place of the table's.
    """
    known = asdict(matter)
    known["field"] = matter.field or taxonomy.topic_fields().get(matter.topic or "")
    shown = signals(matter.text)
    found = triage.regime(matter.kind, matter.topic, known["field"], matter.problem, signals=shown)
    return CaseFacts(regime=regime or found.regime, signals=shown, **known)
