"""The survey in the chat: who is asked, how answers are taken, and that nothing leads from them to the person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.database import Database
from surveys import chat
from surveys.chat import SurveyMessage
from surveys.keeping import About, keep
from surveys.models import SurveyInvitation, SurveyResponse
from surveys.texts import say
from tests.factories import MONDAY, make_case, make_citizen

CRITERIA = ["c1_1", "c2_1", "c3_1", "c4_1", "c5_1"]


class Respondent:
    """Somebody who was invited after a case."""

    def __init__(self, session: Session, *, kind: str = "phan_anh") -> None:
        self.session = session
        self.id = make_citizen(session)
        self.case = make_case(session, citizen_id=self.id, kind=kind)
        self.invited = chat.invite(session, citizen_id=self.id, case_id=self.case.id, now=MONDAY)
        found = session.scalars(select(SurveyInvitation).order_by(SurveyInvitation.id.desc())).first()
        self.number = found.id if found else 0

    def press(self, payload: str, *, now: object = MONDAY) -> tuple[SurveyMessage, ...] | None:
        return self.hear(None, payload.replace("ID", str(self.number)))

    def write(self, text: str) -> tuple[SurveyMessage, ...] | None:
        return self.hear(text, None)

    def hear(self, text: str | None, payload: str | None, *, days: float = 0) -> tuple[SurveyMessage, ...] | None:
        now = MONDAY + timedelta(days=days)
        return chat.handle(self.session, self.id, text=text, payload=payload, effect_key="inbox:1", now=now)

    def invitation(self) -> SurveyInvitation:
        return self.session.get_one(SurveyInvitation, self.number)


def responses(session: Session) -> list[SurveyResponse]:
    session.flush()
    return list(session.scalars(select(SurveyResponse)))


def test_a_person_is_asked_once_about_a_case_and_may_decline(database: Database) -> None:
    with database.write() as session:
        one = Respondent(session)
        assert one.invited is not None
        payloads = [payload for _, payload in one.invited.buttons]
        assert payloads == [f"sv:{what}:{one.number}" for what in ("start", "no", "never")]
        assert chat.invite(session, citizen_id=one.id, case_id=one.case.id, now=MONDAY) is None
        assert one.press("sv:no:ID") == (SurveyMessage(say("declined")),)
        assert responses(session) == [] and not chat.running(session, one.id, now=MONDAY)


def test_nobody_is_asked_about_a_denunciation(database: Database) -> None:
    with database.write() as session:
        assert Respondent(session, kind="to_cao").invited is None


def test_words_are_no_answer_before_the_start(database: Database) -> None:
    with database.write() as session:
        one = Respondent(session)
        assert one.write("4") is None and not chat.running(session, one.id, now=MONDAY)


def test_buttons_and_words_fill_in_the_form(database: Database) -> None:
    with database.write() as session:
        one = Respondent(session)
        office = one.case.office_id
        assert "(1/5)" in one.press("sv:start:ID")[0].text
        assert chat.running(session, one.id, now=MONDAY)
        assert "(2/5)" in one.press("sv:a:ID:c1_1:4")[0].text
        assert "(3/5)" in one.write("rất hài lòng")[0].text
        assert "(4/5)" in one.write("3")[0].text
        assert "(5/5)" in one.press("sv:skip:ID:c4_1")[0].text
        assert one.write("không hài lòng") == (SurveyMessage(say("thanks")),)
        [kept] = responses(session)
        assert kept.answers == {"c1_1": 4, "c2_1": 5, "c3_1": 3, "c5_1": 2}
        assert (kept.office_id, kept.answered_on.isoformat(), kept.mode) == (office, "2026-11-23", "chat")


def test_nothing_leads_from_the_response_to_the_person(database: Database) -> None:
    with database.write() as session:
        one = Respondent(session)
        one.press("sv:start:ID")
        for code in CRITERIA:
            one.press(f"sv:a:ID:{code}:5")
        done = one.invitation()
        assert (done.state, done.answers, done.case_id, done.office_id) == ("done", {}, None, None)
        columns = set(SurveyResponse.__table__.columns.keys())
        assert not columns & {"citizen_id", "case_id", "invitation_id", "at"}


def test_the_day_of_a_response_is_vietnams(database: Database) -> None:
    late_evening_utc = MONDAY.replace(hour=18)  # 1:00 on the 24th in Vietnam
    with database.write() as session:
        one = Respondent(session)
        office = one.case.office_id
        keep(session, {}, questionnaire="x", about=About(office_id=office), now=late_evening_utc, mode="chat")
        assert responses(session)[0].answered_on.isoformat() == "2026-11-24"


def test_a_button_pressed_again_shows_where_we_are_and_changes_nothing(database: Database) -> None:
    with database.write() as session:
        one = Respondent(session)
        one.press("sv:start:ID")
        one.press("sv:a:ID:c1_1:4")
        assert "(2/5)" in one.press("sv:a:ID:c1_1:1")[0].text
        assert one.invitation().answers == {"c1_1": 4}


def test_a_form_skipped_from_end_to_end_is_no_response(database: Database) -> None:
    with database.write() as session:
        one = Respondent(session)
        one.press("sv:start:ID")
        for code in CRITERIA:
            one.press(f"sv:skip:ID:{code}")
        assert one.invitation().state == "done" and responses(session) == []


@pytest.mark.parametrize("word", ["dừng", "thôi", "Dừng khảo sát!", "huy"])
def test_a_word_ends_the_survey(database: Database, word: str) -> None:
    with database.write() as session:
        one = Respondent(session)
        one.press("sv:start:ID")
        one.press("sv:a:ID:c1_1:4")
        assert one.write(word) == (SurveyMessage(say("declined")),)
        assert one.invitation().answers == {} and responses(session) == []


def test_words_ask_never_to_be_asked_again(database: Database) -> None:
    with database.write() as session:
        one = Respondent(session)
        one.press("sv:start:ID")
        assert one.write("Đừng khảo sát nữa!") == (SurveyMessage(say("never")),)
        other = make_case(session, citizen_id=one.id)
        assert chat.invite(session, citizen_id=one.id, case_id=other.id, now=MONDAY) is None


@pytest.mark.parametrize("words", ["gặp cán bộ", "toi dau roi", "ngoài ngõ nhà tôi " * 5])
def test_what_is_meant_for_lang_nghe_is_left_to_it(database: Database, words: str) -> None:
    with database.write() as session:
        one = Respondent(session)
        one.press("sv:start:ID")
        assert one.write(words) is None
        assert one.invitation().state == "running"


def test_what_is_not_understood_is_asked_again(database: Database) -> None:
    with database.write() as session:
        one = Respondent(session)
        one.press("sv:start:ID")
        [again] = one.write("con mèo")
        assert again.text.startswith(say("not_understood", most=5)) and "(1/5)" in again.text


@pytest.mark.parametrize(
    "payload",
    [
        "sv:start:²",
        "sv:start:" + "9" * 40,
        "sv:start:",
        "sv:",
        "sv",
        "sv:x:1",
        "sv:a:1:c1_1:4:5",
        "rate:LN:5",
        "sv:start:-1",
    ],
)
def test_a_payload_that_is_not_ours_is_left_alone(database: Database, payload: str) -> None:
    with database.write() as session:
        assert Respondent(session).hear(None, payload) is None


def test_an_answer_outside_the_scale_is_asked_again(database: Database) -> None:
    with database.write() as session:
        one = Respondent(session)
        one.press("sv:start:ID")
        assert "(1/5)" in one.press("sv:a:ID:c1_1:9")[0].text
        assert one.invitation().answers == {}


def test_another_persons_form_cannot_be_filled_in(database: Database) -> None:
    with database.write() as session:
        one, stranger = Respondent(session), Respondent(session)
        assert stranger.hear(None, f"sv:start:{one.number}") == (SurveyMessage(say("over")),)
        assert one.invitation().state == "invited"


def test_after_a_week_the_form_is_over(database: Database) -> None:
    with database.write() as session:
        one = Respondent(session)
        one.press("sv:start:ID")
        assert one.hear("4", None, days=7) is None
        assert one.hear(None, f"sv:a:{one.number}:c1_1:4", days=7) == (SurveyMessage(say("over")),)
        assert not chat.running(session, one.id, now=MONDAY + timedelta(days=7))
