"""What a citizen answers to the survey stays in no message of theirs."""

from __future__ import annotations

import pytest

from bot.repository import messages_after
from bot.secret_answers import SecretAnswers
from bot.turn import Turns
from tests.bot.fakes import Stage
from tests.bot.test_turn import FakeSurveys, ask


@pytest.fixture
def surveyed(stage: Stage) -> Stage:
    stage.turns = Turns(surveys=SecretAnswers(FakeSurveys(open=True)))
    return stage


@pytest.mark.parametrize("said", [{"text": "4"}, {"payload": "sv:a:1:c1_1:5"}, {"text": "sv:a:1:c1_1:5"}])
async def test_an_answer_is_counted_and_its_words_go(surveyed: Stage, said: dict[str, str]) -> None:
    conversation = surveyed.start()
    assert await ask(surveyed, conversation, **said) == ["Câu 2?"]
    (row,) = surveyed.inbox(conversation.id)
    assert (row.state, row.kind, row.text, row.payload) == ("done", "survey", None, None)
    with surveyed.database.read() as session:
        shown = messages_after(session, conversation.id, 0)[0]
    assert (shown.survey, shown.removed, shown.text) == (True, False, "")


async def test_words_that_the_survey_declines_are_kept(surveyed: Stage) -> None:
    conversation = surveyed.start()
    assert await ask(surveyed, conversation, "đường hỏng") == ["nghe: đường hỏng"]
    assert [(row.kind, row.text) for row in surveyed.inbox(conversation.id)] == [("text", "đường hỏng")]
