"""All actions of the dialogue with the parts that they need, under the names of bot/dialogue/domain.yml."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bot.actions.answering import Answering
from bot.actions.answers import Answers
from bot.actions.asking import Asking
from bot.actions.first_words import FirstWords
from bot.actions.form import CancelOutside, FinishReport, ValidateReport
from bot.actions.gathering import Gathering
from bot.actions.opening import Opening
from bot.actions.questions import PLACE
from bot.actions.recent import Recent
from bot.actions.secret_way import SecretWay
from bot.actions.standing import standing
from bot.actions.talk import (
    AnswerQuestion,
    Listening,
    LookUp,
    NothingPending,
    NothingToMend,
    SmallTalk,
    Stray,
    plain_sayings,
)
from bot.actions.turn import Action
from bot.texts import Texts, load_texts
from bot.understanding import Understanding
from nlu.procedures import Catalogue


def make_gathering(
    *, home_province: str, served: frozenset[str] | None = None, texts: Texts | None = None
) -> Gathering:
    """The form's rules for an installation; `home_province` and `served` as in all_actions."""
    only = home_province if served == frozenset({home_province}) else None
    first_words = FirstWords(texts or load_texts(), only)
    return Gathering(first_words, Answering(first_words), partial(standing, home_province=home_province, served=served))


def all_actions(
    *,
    home_province: str,
    served: frozenset[str] | None = None,
    texts: Texts | None = None,
    catalogue: Catalogue | None = None,
    secret_link: Callable[[str], str] = "/kin/{}".format,
) -> tuple[Action, ...]:
    """`home_province`: whose coordination desk takes what has no place.

    `served`: codes of the provinces that this installation serves, None for all; a single one settles names of communes
    that exist in several provinces. `secret_link`: the address of the one-time form that a capability opens.
    """
    words = texts or load_texts()
    gathering = make_gathering(home_province=home_province, served=served, texts=words)
    answers = Answers(words, catalogue or Catalogue.load())
    recent = Recent(words)
    listening = Listening(words, gathering.first_words, recent)
    return (
        ValidateReport(gathering, Asking(words, gathering.standing_of), answers, recent),
        FinishReport(words, gathering.standing_of, Opening(words), answers, SecretWay(words, secret_link)),
        CancelOutside(words, recent),
        AnswerQuestion(listening, answers),
        LookUp(listening, answers),
        SmallTalk(listening),
        Stray(listening, "action_out_of_scope", "out_of_scope"),
        Stray(listening, "action_default_fallback", "not_understood"),
        NothingPending(words),
        NothingToMend(words, recent),
        *plain_sayings(words),
    )


def warm_up(*, home_province: str) -> None:
    """Load the gazetteer and the rules of routing and deadlines before the first citizen waits for them; blocking."""
    gathering = make_gathering(home_province=home_province)
    said = Understanding(text="ổ gà ở phường Hạc Thành", intent="phan_anh", kind="phan_anh", topic="ha_tang")
    gathering.advance(gathering.begin(said).report, PLACE, said)
