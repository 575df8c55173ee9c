"""When the kind of a message is too unclear to act on, and what is then offered."""

from __future__ import annotations

from bot.actions import reading
from bot.understanding import Understanding

SURE = 0.55
APART = 0.15
PERHAPS = 0.12
PRAISE_FROM = 0.3
# A question that is not put as one is answered only when the engine is this sure that it is one.
SURE_QUESTION = 0.8
# A possible denunciation is asked about sooner than all else (taxonomy: unsure = ask, and keep it secret meanwhile).
SECRET_FROM = 0.25
# Kinds that lead the same way: taking one for the other costs the citizen nothing.
_SAME_WAY = {"phan_anh": "report", "kien_nghi": "report", "giao_tiep": "talk", "ngoai_pham_vi": "talk"}
ASKABLE = ("phan_anh", "kien_nghi", "khieu_nai", "to_cao", "hoi_dap", "tra_cuu", "khen_ngoi")
_MATTERS = ("phan_anh", "kien_nghi", "khieu_nai", "to_cao")
_PERHAPS_A_MATTER = 0.3
_OFFERED = 3
MOST = 4  # with the button for a person as many as Zalo shows


def candidates(said: Understanding) -> tuple[str, ...]:
    """The kinds to offer when it is unclear which is meant; empty when the first one is clear enough."""
    ranked = [(kind, chance) for kind, chance in said.kinds if kind in ASKABLE]
    if len(said.kinds) < 2 or not ranked or _is_clear(said):
        return ()
    offered = [
        kind for kind, chance in ranked[:_OFFERED] if chance >= (PRAISE_FROM if kind == "khen_ngoi" else PERHAPS)
    ]
    if said.chance("to_cao") >= SECRET_FROM or "to_cao" in offered:
        others = [kind for kind in offered if kind not in ("to_cao", "phan_anh")]
        return ("to_cao", "phan_anh", *others[: MOST - 2])
    for likely in ("phan_anh", "hoi_dap", ranked[0][0]):
        if len(offered) < 2 and likely not in offered:
            offered.append(likely)
    return tuple(offered)


def _is_clear(said: Understanding) -> bool:
    (first, p1), (second, p2) = said.kinds[0], said.kinds[1]
    if first != "to_cao" and said.chance("to_cao") >= SECRET_FROM:
        return False
    if _SAME_WAY.get(first) == "talk":
        return not _names_a_matter(said)
    if first == "hoi_dap" and p1 < SURE_QUESTION and (said.urgent or not reading.asks(said.text)):
        return False
    if p1 >= SURE and p1 - p2 >= APART:
        return True
    return _SAME_WAY.get(first, first) == _SAME_WAY.get(second, second)


def _names_a_matter(said: Understanding) -> bool:
    """Small talk has no field; what has one ("điện yếu quá không nấu được cơm") must not be waved away as talk."""
    matter = said.field or said.topic or sum(map(said.chance, _MATTERS)) >= _PERHAPS_A_MATTER
    return said.act is None and bool(matter) and reading.says_something(said.text)
