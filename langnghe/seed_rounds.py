"""The demo's survey rounds: one that was closed with its results, one in the field; invented households, all marked."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from feedback.base import VIETNAM
from nlu import places
from surveys.questionnaires import Answer, Question, Questionnaire
from surveys.rounds import collecting, repository, steps
from surveys.rounds.collecting import CollectedForm
from surveys.rounds.frames import FrameLine
from surveys.rounds.models import SurveyRound
from surveys.rounds.plans import SamplePlan, Stage
from surveys.rounds.steps import RoundDraft

SEED = 2640
VILLAGES, HOUSEHOLDS = 6, 40
PLAN = SamplePlan(kind="multistage", size=10, stages=(Stage("commune"), Stage("village", 4)), one_adult=True)
CLOSED, OPEN = "MAU-DOT-1", "MAU-DOT-2"
FORM = "qd2640"


def seed_rounds(session: Session, communes: list[str], *, now: datetime) -> None:
    """Two rounds over the sample communes."""
    rng = random.Random(SEED)
    first = _drawn(session, CLOSED, "Khảo sát hài lòng đợt 1 (dữ liệu mẫu)", communes, begun=now - timedelta(days=60))
    _collect(session, first, rng, begun=now - timedelta(days=60), answered=0.85)
    steps.close_round(session, first.id, staff=None, now=now - timedelta(days=20))
    second = _drawn(session, OPEN, "Khảo sát hài lòng đợt 2 (dữ liệu mẫu)", communes, begun=now - timedelta(days=5))
    _collect(session, second, rng, begun=now - timedelta(days=5), answered=0.3)


def _drawn(session: Session, code: str, title: str, communes: list[str], *, begun: datetime) -> SurveyRound:
    opens_on = begun.astimezone(VIETNAM).date()
    draft = RoundDraft(
        code=code,
        title=title,
        questionnaire=FORM,
        opens_on=opens_on,
        closes_on=opens_on + timedelta(days=30),
        frame_kind="households",
        plan=PLAN,
        is_sample=True,
    )
    survey = steps.plan_round(session, draft, staff=None, now=begun)
    steps.take_frame(session, survey.id, _households(sorted(set(communes))), staff=None, now=begun)
    steps.draw_sample(session, survey.id, seed=f"{code} {opens_on:%d/%m/%Y}", staff=None, now=begun)
    return steps.open_round(session, survey.id, staff=None, now=begun)


def _households(communes: list[str]) -> list[FrameLine]:
    lines = []
    for code in communes:
        commune = places.commune(code)
        assert commune is not None
        lines += [
            FrameLine(
                key=f"HM{code}-{village}-{number:03d}",
                name=f"Chủ hộ mẫu {number}",
                phone=f"095{village}{number:06d}",
                address=f"Số {number} đường mẫu",
                province=commune.province_code,
                commune=code,
                village=f"Thôn mẫu {village}",
                adults=1 + number % 4,
            )
            for village in range(1, VILLAGES + 1)
            for number in range(1, HOUSEHOLDS + 1)
        ]
    return lines


def _collect(session: Session, survey: SurveyRound, rng: random.Random, *, begun: datetime, answered: float) -> None:
    form = Questionnaire.load(FORM)
    for unit in repository.sample(session, survey.id, issued_only=True):
        if rng.random() > answered:
            continue
        mood = rng.choice((3, 4, 4, 4, 5))
        given = {question.code: _answer(question, rng, mood) for question in form.questions}
        answers, _ = collecting.form_answers(form, given)
        day = (begun + timedelta(days=rng.uniform(0, 4))).astimezone(VIETNAM).date()
        mode = rng.choice(("paper", "paper", "phone"))
        collected = CollectedForm(number=unit.number, answers=answers, mode=mode, day=day)
        collecting.enter_form(session, survey.id, collected, staff=None, now=begun + timedelta(days=5))


def _answer(question: Question, rng: random.Random, mood: int) -> Answer:
    if question.kind != "scale":
        return rng.choice(("co", "khong", "khong"))
    return None if rng.random() < 0.03 else min(5, max(1, mood + rng.choice((-2, -1, 0, 0, 0, 1))))
