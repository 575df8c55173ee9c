"""All actions of the dialogue with the parts that they need, under the names of bot/dialogue/domain.yml."""

from __future__ import annotations

from functools import partial

from bot.actions.answering import Answering
from bot.actions.answers import Answers
from bot.actions.asking import Asking
from bot.actions.first_words import FirstWords
from bot.actions.form import CancelOutside, FinishReport, ValidateReport
from bot.actions.gathering import Gathering
from bot.actions.opening import Opening
from bot.actions.standing import standing
from bot.actions.talk import AnswerQuestion, Listening, LookUp, SmallTalk, Stray, plain_sayings
from bot.actions.turn import Action
from bot.texts import Texts, load_texts
from nlu.procedures import Catalogue


def all_actions(
    *,
    home_province: str,
    served: frozenset[str] | None = None,
    texts: Texts | None = None,
    catalogue: Catalogue | None = None,
) -> tuple[Action, ...]:
    """`home_province`: its coordination desk takes what has no place, and it settles names that exist in several.

    `served`: codes of the provinces that this installation serves, None for all.
    """
    words = texts or load_texts()
    standing_of = partial(standing, home_province=home_province, served=served)
    first_words = FirstWords(words, home_province)
    gathering = Gathering(first_words, Answering(first_words), standing_of)
    answers = Answers(words, catalogue or Catalogue.load())
    listening = Listening(words, first_words)
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
