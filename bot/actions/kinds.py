"""When the kind of a message is too unclear to act on, and what is then offered."""

from __future__ import annotations

from bot.understanding import Understanding

SURE = 0.55
APART = 0.15
PERHAPS = 0.12
# A possible denunciation is asked about sooner than all else (taxonomy: unsure = ask, and keep it secret meanwhile).
SECRET_FROM = 0.25
# Kinds that lead the same way: taking one for the other costs the citizen nothing.
_SAME_WAY = {"phan_anh": "report", "kien_nghi": "report", "giao_tiep": "talk", "ngoai_pham_vi": "talk"}
ASKABLE = ("phan_anh", "kien_nghi", "khieu_nai", "to_cao", "hoi_dap", "tra_cuu", "khen_ngoi")


def candidates(said: Understanding) -> tuple[str, ...]:
    """The kinds to offer when it is unclear which is meant; empty when the first one is clear enough."""
    ranked = [(kind, chance) for kind, chance in said.kinds if kind in ASKABLE and chance >= PERHAPS]
    if len(said.kinds) < 2 or not ranked or _is_clear(said):
        return ()
    offered = [kind for kind, _ in ranked[:3]]
    if said.chance("to_cao") >= SECRET_FROM and "to_cao" not in offered:
        offered.append("to_cao")
    if len(offered) == 1:
        offered.append("hoi_dap" if offered[0] != "hoi_dap" else "phan_anh")
    return tuple(offered)


def _is_clear(said: Understanding) -> bool:
    (first, p1), (second, p2) = said.kinds[0], said.kinds[1]
    if first != "to_cao" and said.chance("to_cao") >= SECRET_FROM:
        return False
    if p1 >= SURE and p1 - p2 >= APART:
        return True
    return _SAME_WAY.get(first, first) == _SAME_WAY.get(second, second)
