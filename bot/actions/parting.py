"""Two matters in one message: where the one ends and the other begins, in the citizen's own words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.actions.kinds import SECRET_FROM, candidates
from bot.understanding import Understanding
from nlu.joins import Joins
from nlu.text import fold, normalise, views

_DENUNCIATION = "to_cao"
_AT_THE_ENDS = " ,.;:-\n"
# Words that lead on, but without their marks are also others: "nhận tiền", "nhận thẻ", "tiền thế", "thiệt hại là".
_MISTAKABLE = ("nhân tiện", "nhân thể", "nhân đây", "nhân dịp", "tiện thể", "tiện đây", "tiện dịp", "hai là")
_TALK = frozenset({"giao_tiep", "ngoai_pham_vi"})


@dataclass(frozen=True, slots=True)
class Parted:
    """The matter to begin with, and the words of the other one; None where its words could not be told apart."""

    first: Understanding
    further: str | None


def parted(said: Understanding) -> Parted | None:
    """The message in two, where the engine saw a second matter; None where it is one.

    What may be a denunciation comes first, alone: its words must not go to the desk of the other matter, so a message
    in which no words say where the other one begins stays whole and secret, and that one has to be written again.
    """
    also = next((matter for matter in said.also if matter.kind not in _TALK), None)
    if said.picked or said.act is not None or also is None:
        return None
    if also.kind == _DENUNCIATION:
        cut = _cut(said, by_words=True)
        secret = replace(
            said, unsure=(_DENUNCIATION, "phan_anh"), also=(), field=None, topic=None, problem=None, procedures=()
        )
        return Parted(replace(secret, text=cut[1]), cut[0]) if cut else Parted(secret, None)
    cut = _cut(said, by_words=_may_be_secret(said))
    return Parted(replace(said, text=cut[0] if cut else said.text, also=()), cut[1] if cut else None)


def _may_be_secret(said: Understanding) -> bool:
    """Whether the rest of the conversation might treat it as a denunciation."""
    return _DENUNCIATION in (said.kind, *said.unsure, *candidates(said)) or said.chance(_DENUNCIATION) >= SECRET_FROM


def _cut(said: Understanding, *, by_words: bool) -> tuple[str, str] | None:
    """What stands before and after the place where the engine saw the second matter begin.

    Words that lead on to it there ("với lại", "ngoài ra") belong to neither; `by_words`: only where there are some.
    """
    if said.also_at is None:
        return None
    start, end = said.also_at
    spans = views(said.text).find(Joins.load().begins["goes_on"])
    there = [last for first, last in spans if start - 1 <= first <= end + 1 and _leads_on(said.text[first:last])]
    if by_words and not there:
        return None
    return said.text[:start].strip(_AT_THE_ENDS), said.text[max([end, *there]) :].strip(_AT_THE_ENDS)


def _leads_on(words: str) -> bool:
    """ "Nhân tiện" leads on, "nhận tiền" does not, and without marks nobody can tell."""
    folded = fold(words).lower()
    meant = next((one for one in _MISTAKABLE if folded.startswith(fold(one))), "")
    return normalise(words).lower().startswith(meant)
