"""Keeps another matter out of a denunciation that is not sent yet: nothing is added to it unasked."""

from __future__ import annotations

from dataclasses import replace

from bot.actions import kinds, reading, short_answers
from bot.actions.change import Change
from bot.actions.first_words import FirstWords
from bot.actions.report import Report
from bot.understanding import Understanding

_OTHER_MATTERS = frozenset({"phan_anh", "kien_nghi", "khieu_nai", "khen_ngoi"})
_NO = frozenset({"khong_dong_y", "bo_qua"})
_PATIENCE = 1


def perhaps_another(first_words: FirstWords, report: Report, said: Understanding) -> Change | None:
    """The report with the words in doubt, which are asked about; None where they tell nothing of another matter."""
    if report.doubt is not None or said.picked or said.act is not None or said.kind not in _OTHER_MATTERS:
        return None
    if said.chance("to_cao") >= kinds.SECRET_FROM or not reading.says_something(said.text):
        return None
    if reading.named_kind(said.text) or first_words.names_only_a_place(said):
        return None
    return Change(report.changed(doubt=said.text))


def belonging(first_words: FirstWords, report: Report, said: Understanding) -> Change:
    """ "Another matter, or more of this one?" Without a clear yes it is another one, and waits its turn."""
    doubt = report.doubt or ""
    clear = replace(report, doubt=None)
    if said.act == "dong_y" or short_answers.adds(said.text):
        return Change(clear.with_more(doubt), (first_words.texts.say("noted_secret"),))
    if said.act in _NO or short_answers.is_other(said.text) or report.tries >= _PATIENCE:
        return Change(clear.changed(), (first_words.texts.say("kept_apart"),), further=doubt)
    return Change(replace(report, tries=report.tries + 1))
