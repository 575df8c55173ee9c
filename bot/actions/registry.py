"""All actions of the dialogue with the parts that they need, under the names of bot/dialogue/domain.yml."""

from __future__ import annotations

from functools import partial

from bot.actions.answers import Answers
from bot.actions.asking import Asking
from bot.actions.form import CancelOutside, FinishReport, ValidateReport
from bot.actions.gathering import Gathering
from bot.actions.opening import Opening
from bot.actions.standing import standing
from bot.actions.talk import AnswerQuestion, Listening, LookUp, SmallTalk, Stray, plain_sayings
from bot.actions.turn import Action
from bot.texts import Texts, load_texts
from nlu.procedures import Catalogue


def all_actions(
    *, home_province: str, texts: Texts | None = None, catalogue: Catalogue | None = None
) -> tuple[Action, ...]:
    """`home_province`: its coordination desk takes what has no place, and it settles names that exist in several."""
    words = texts or load_texts()
    standing_of = partial(standing, home_province=home_province)
    gathering = Gathering(words, standing_of, home_province)
    answers = Answers(words, catalogue or Catalogue.load())
    listening = Listening(words, gathering)
    return (
        ValidateReport(gathering, Asking(words, standing_of), answers),
        FinishReport(words, standing_of, Opening(words), answers),
        CancelOutside(words),
        AnswerQuestion(listening, answers),
        LookUp(listening, answers),
        SmallTalk(listening),
        Stray(listening, "action_out_of_scope", "out_of_scope"),
        Stray(listening, "action_default_fallback", "not_understood"),
        *plain_sayings(words),
    )
