"""Every form that may be used in the field goes through the chat from end to end, in numbers, words or buttons."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.database import Database
from surveys import chat
from surveys.filling import outcome_of
from surveys.models import SurveyInvitation, SurveyResponse
from surveys.questionnaire_files import load, questionnaire_ids
from surveys.questionnaires import Answer, Question, Questionnaire
from surveys.texts import say
from tests.factories import MONDAY, make_citizen, make_office

FORMS = [name for name in questionnaire_ids() if not load(name).incomplete]


def invited(session: Session, name: str) -> SurveyInvitation:
    invitation = SurveyInvitation(
        citizen_id=make_citizen(session),
        office_id=make_office(session).id,
        questionnaire=name,
        state="running",
        answers={},
        invited_at=MONDAY,
        expires_at=MONDAY + timedelta(days=7),
    )
    session.add(invitation)
    session.flush()
    return invitation


def an_answer(question: Question, rng: random.Random) -> tuple[Answer, str]:
    """An answer, and how somebody writes it: a number, a label or several numbers."""
    codes = list(question.options)
    if question.kind == "choices":
        chosen = sorted(rng.sample(range(len(codes)), 2))
        return [codes[at] for at in chosen], rng.choice([", ", " và "]).join(str(at + 1) for at in chosen)
    at = rng.randrange(len(codes))
    written = str(at + 1) if rng.random() < 0.5 else question.options[codes[at]]
    return (int(codes[at]) if question.kind == "scale" else codes[at]), written


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_filled_in_by_words_alone(database: Database, name: str, seed: int) -> None:
    rng, form = random.Random(seed), load(name)
    expected: dict[str, Answer] = {}
    with database.write() as session:
        invitation = invited(session, name)
        assert invitation.citizen_id is not None
        replies = None
        while (question := form.next_question(expected)) is not None:
            expected[question.code], words = an_answer(question, rng)
            replies = chat.handle(
                session, invitation.citizen_id, text=words, payload=None, effect_key="inbox:1", now=MONDAY
            )
            assert replies is not None, (question.code, words)
        assert replies is not None and replies[-1].text == say("thanks")
        session.flush()
        assert session.scalars(select(SurveyResponse)).one().answers == expected


def test_progress_counts_the_criteria_that_will_be_asked(database: Database) -> None:
    with database.write() as session:
        invitation = invited(session, "qd2640")
        assert invitation.citizen_id is not None
        for number in range(2, 4):
            [asked] = chat.handle(
                session, invitation.citizen_id, text="4", payload=None, effect_key="inbox:1", now=MONDAY
            )  # type: ignore[misc]
            assert asked.text.startswith(f"({number}/22)")


def test_options_are_picked_put_back_and_ended_by_a_button(database: Database) -> None:
    with database.write() as session:
        invitation = invited(session, "sipas2023")
        question = load("sipas2023").question("q2")
        before = load("sipas2023").questions
        invitation.answers = {one.code: None for one in before[: before.index(question)]}
        assert invitation.citizen_id is not None

        def press(payload: str) -> str:
            replies = chat.handle(
                session, invitation.citizen_id or 0, text=None, payload=payload, effect_key="inbox:1", now=MONDAY
            )
            assert replies
            return replies[0].text

        press(f"sv:a:{invitation.id}:q2:loa")
        assert "Loa phát thanh của xã, Internet" in press(f"sv:a:{invitation.id}:q2:internet")
        assert "Đã chọn: Internet" in press(f"sv:a:{invitation.id}:q2:loa")
        press(f"sv:ok:{invitation.id}:q2")
        assert invitation.answers["q2"] == ["internet"] and not any(code.startswith("~") for code in invitation.answers)


@pytest.mark.parametrize(
    ("answered", "outcome"), [(22, "complete"), (18, "complete"), (17, "partial"), (11, "partial"), (10, "break_off")]
)
def test_a_form_is_complete_partial_or_broken_off(answered: int, outcome: str) -> None:
    form = Questionnaire.load("qd2640")
    answers: dict[str, Answer] = {code: 4 if at < answered else None for at, code in enumerate(form.criteria)}
    assert outcome_of(form, answers) == outcome
