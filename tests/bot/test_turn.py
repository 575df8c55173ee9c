"""What never reaches the engine, and what does, and in which words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import repository
from bot.core_texts import core_texts, moment_words, rating_buttons, say
from bot.models import Conversation
from bot.repository import Reply
from bot.turn import Turns
from feedback.models import Case, CaseFile, Rating
from feedback.states import STATES
from integrations.channel import Button, Location, RemoteFile, TransportError
from tests.bot.fakes import Stage, answer_case, open_case, telegram, web


@dataclass(frozen=True)
class Words:
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    survey_id: int | None = None
    ended: tuple[int, ...] = ()


@dataclass
class FakeSurveys:
    """A survey that is running for everybody while `open`, and takes numbers and its own payloads."""

    open: bool = False
    invited: list[int] = field(default_factory=list)
    heard: list[tuple[str | None, str | None]] = field(default_factory=list)

    def invite(self, session: Session, *, citizen_id: int, case_id: int, now: datetime) -> Words:
        self.invited.append(case_id)
        return Words("Mời anh/chị trả lời 5 câu.", (("Bắt đầu", "sv:start:1"),))

    def running(self, session: Session, citizen_id: int, *, now: datetime) -> bool:
        return self.open

    def handle(
        self,
        session: Session,
        citizen_id: int,
        *,
        text: str | None,
        payload: str | None,
        effect_key: str,
        now: datetime,
    ) -> tuple[Words, ...] | None:
        self.heard.append((text, payload))
        return (Words("Câu 2?"),) if payload or (text or "").isdigit() else None


async def ask(stage: Stage, conversation: Conversation, text: str | None = None, **parts: Any) -> list[str]:
    """What the citizen is answered, and the engine's work left aside."""
    before = len(stage.outbox(conversation.id))
    event_id = f"e{len(stage.inbox(conversation.id))}"
    await stage.accept(web(conversation.key, event_id, text=text, **parts))
    await stage.run()
    return stage.said(conversation.id)[before:]


def engine_heard(stage: Stage) -> list[str]:
    return [text for _sender, text, _metadata in stage.engine.turns]


def rated(stage: Stage) -> list[int]:
    with stage.database.read() as session:
        return list(session.scalars(select(Rating.score)))


async def answered_case(stage: Stage, conversation: Conversation) -> Case:
    """A case of this citizen whose answer has been told."""
    case = open_case(stage.database, conversation.citizen_id, now=stage.clock(), key=f"k{conversation.id}")
    answer_case(stage.database, case.id, "Đã dọn rác.", now=stage.clock(), key=f"a{case.id}")
    await stage.run()
    return case


# ---------------------------------------------------------------- status


async def test_a_case_code_alone_gives_its_state_to_its_owner_without_the_engine(stage: Stage) -> None:
    conversation = stage.start()
    case = open_case(stage.database, conversation.citizen_id, now=stage.clock())
    for text in (case.code, case.code.lower().replace("-", " "), f"Mã số của tôi là {case.code}"):
        (words,) = await ask(stage, conversation, text)
        assert f"Việc mã {case.code}: đã chuyển đến cơ quan" in words
        assert "UBND phường Hạc Thành" in words
    assert engine_heard(stage) == []


@pytest.mark.parametrize("committed", [True, False])
async def test_the_status_says_who_set_the_deadline_and_its_weekday(stage: Stage, committed: bool) -> None:
    conversation = stage.start()
    case = open_case(stage.database, conversation.citizen_id, now=stage.clock())
    with stage.database.write() as session:
        stored = session.get_one(Case, case.id)
        stored.due_at = datetime.fromisoformat("2026-11-25T23:59:59+07:00")
        stored.due_committed = committed
    (words,) = await ask(stage, conversation, case.code)
    setter = "Thời hạn cam kết theo quy chế" if committed else "Hạn theo quy định của pháp luật"
    assert f"{setter}: thứ Tư, 25/11/2026." in words
    stage.clock.advance(86400 * 4)
    (late,) = await ask(stage, conversation, case.code)
    assert f"{setter} là thứ Tư, 25/11/2026, nay đã quá hạn." in late


async def test_others_and_restricted_and_unknown_codes_get_the_same_words(stage: Stage) -> None:
    mine, theirs = stage.start(), stage.start()
    foreign = open_case(stage.database, theirs.citizen_id, now=stage.clock(), key="k1")
    secret = open_case(stage.database, mine.citizen_id, kind="to_cao", now=stage.clock(), key="k2")
    for code in (foreign.code, secret.code, "LN-40K7-2M19"):
        for press in (None, f"status:{code}", f"rate:{code}:1", f"reopen:{code}"):
            said = await ask(stage, mine, payload=press) if press else await ask(stage, mine, code)
            if press is None and code == "LN-40K7-2M19":  # no valid code
                assert said == [say("mistyped")]
                continue
            assert said == [say("not_found", code=code)]
    assert rated(stage) == []


async def test_a_code_inside_a_sentence_goes_to_the_engine(stage: Stage) -> None:
    conversation = stage.start()
    case = open_case(stage.database, conversation.citizen_id, now=stage.clock())
    text = f"sao việc {case.code} lâu thế, cán bộ làm ăn kiểu gì"
    assert await ask(stage, conversation, text) == [f"nghe: {text}"]


def test_every_state_has_words_for_the_citizen() -> None:
    assert set(core_texts()["states"]) == set(STATES)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-24T23:59:59+07:00", "thứ Ba, 24/11/2026"),
        ("2026-11-25T00:00:00+07:00", "thứ Ba, 24/11/2026"),
        ("2026-11-22T07:05:00+00:00", "14 giờ 05, Chủ nhật, 22/11/2026"),
    ],
)
def test_a_moment_is_told_with_its_weekday(moment: str, words: str) -> None:
    assert moment_words(datetime.fromisoformat(moment)) == words


# ---------------------------------------------------------------- ratings


async def test_a_pressed_rating_is_stored_once_and_thanked_for(stage: Stage) -> None:
    conversation = stage.start()
    case = await answered_case(stage, conversation)
    (first,) = await ask(stage, conversation, payload=f"rate:{case.code}:5")
    assert first == say("rating_thanks", code=case.code, score=5, title="Rất hài lòng")
    (again,) = await ask(stage, conversation, payload=f"rate:{case.code}:1")
    assert again == say("rated_before", code=case.code, score=5, title="Rất hài lòng")
    assert rated(stage) == [5]


async def test_a_low_rating_offers_a_second_look_and_says_what_happens(stage: Stage) -> None:
    conversation = stage.start()
    case = await answered_case(stage, conversation)
    (words,) = await ask(stage, conversation, payload=f"rate:{case.code}:2")
    assert "thời hạn mới" in words
    assert stage.outbox(conversation.id)[-1].buttons == [{"title": "Đề nghị xem lại", "payload": f"reopen:{case.code}"}]
    (reopened,) = await ask(stage, conversation, payload=f"reopen:{case.code}")
    assert f"xem lại việc mã {case.code} đến UBND phường Hạc Thành" in reopened
    with stage.database.read() as session:
        assert session.get_one(Case, case.id).state == "mo_lai"


async def test_a_rating_in_words_counts_while_one_is_awaited_and_only_then(stage: Stage) -> None:
    stage.turns = Turns(understand_rating=lambda text, scale: 4 if text == "hài lòng" else None)
    conversation = stage.start()
    assert await ask(stage, conversation, "hài lòng") == ["nghe: hài lòng"]
    case = await answered_case(stage, conversation)
    assert stage.conversation(conversation.id).awaiting == {"rating": case.code}
    assert await ask(stage, conversation, "cho hỏi đường") == ["nghe: cho hỏi đường"]
    (words,) = await ask(stage, conversation, "hài lòng")
    assert "4/5" in words
    assert rated(stage) == [4]
    assert stage.conversation(conversation.id).awaiting == {}


async def test_a_case_without_an_answer_cannot_be_rated(stage: Stage) -> None:
    conversation = stage.start()
    case = open_case(stage.database, conversation.citizen_id, now=stage.clock())
    (words,) = await ask(stage, conversation, payload=f"rate:{case.code}:5")
    assert words == say("rate_later", code=case.code, state=core_texts()["states"]["moi"])
    assert rated(stage) == []


async def test_after_thirty_days_a_case_is_not_reopened(stage: Stage) -> None:
    conversation = stage.start()
    case = await answered_case(stage, conversation)
    stage.clock.advance(timedelta(days=30, seconds=1).total_seconds())
    assert await ask(stage, conversation, payload=f"reopen:{case.code}") == [
        say("reopen_too_late", code=case.code, days=30)
    ]


async def test_the_survey_invites_after_a_rating_once(stage: Stage) -> None:
    surveys = FakeSurveys()
    stage.turns = Turns(surveys=surveys)
    conversation = stage.start()
    case = await answered_case(stage, conversation)
    said = await ask(stage, conversation, payload=f"rate:{case.code}:4")
    assert said[1:] == ["Mời anh/chị trả lời 5 câu."]
    await ask(stage, conversation, payload=f"rate:{case.code}:4")
    assert surveys.invited == [case.id]


# ---------------------------------------------------------------- surveys


async def test_a_running_survey_hears_words_first_and_may_decline_them(stage: Stage) -> None:
    surveys = FakeSurveys(open=True)
    stage.turns = Turns(surveys=surveys)
    conversation = stage.start()
    assert await ask(stage, conversation, "4") == ["Câu 2?"]
    assert await ask(stage, conversation, "đường hỏng") == ["nghe: đường hỏng"]
    assert await ask(stage, conversation, payload="sv:a:1:c1_1:5") == ["Câu 2?"]
    assert surveys.heard == [("4", None), ("đường hỏng", None), (None, "sv:a:1:c1_1:5")]


# ---------------------------------------------------------------- presses, numbers, commands


@pytest.mark.parametrize("way", ["payload", "text"])
async def test_a_choice_enters_as_an_intent_pressed_or_sent_as_text(stage: Stage, way: str) -> None:
    conversation = stage.start()
    await ask(stage, conversation, **{way: "kind:khieu_nai"})
    assert engine_heard(stage) == ['/chon_loai{"loai": "khieu_nai"}']


async def test_an_unknown_press_is_answered_in_plain_words(stage: Stage) -> None:
    conversation = stage.start()
    assert await ask(stage, conversation, payload="act:restart") == [say("button_gone")]
    assert engine_heard(stage) == []


def _offer(stage: Stage, conversation: Conversation, *buttons: Button) -> None:
    with stage.database.write() as session:
        mine = session.get_one(Conversation, conversation.id)
        repository.add_replies(
            session, mine, [Reply(text="Chọn:", buttons=buttons)], effect_key=f"o{mine.last_n}", now=stage.clock()
        )


@pytest.mark.parametrize(("text", "heard"), [("2", "/khong_dong_y"), (" 1. ", "/dong_y"), ("3", "3"), ("2 xã", "2 xã")])
async def test_a_bare_number_after_buttons_is_that_button(stage: Stage, text: str, heard: str) -> None:
    conversation = stage.start()
    _offer(stage, conversation, Button("Đúng", "act:dong_y"), Button("Sai", "act:khong_dong_y"))
    await ask(stage, conversation, text)
    assert engine_heard(stage) == [heard.strip()]


async def test_a_bare_number_after_rating_buttons_is_the_score_and_not_the_position(stage: Stage) -> None:
    conversation = stage.start()
    case = await answered_case(stage, conversation)
    _offer(stage, conversation, *reversed(rating_buttons(case.code)))
    await ask(stage, conversation, "5")
    assert rated(stage) == [5]


async def test_a_button_shown_after_the_number_was_written_is_not_meant(stage: Stage) -> None:
    conversation = stage.start()
    await stage.accept(web(conversation.key, "1", text="2"))
    _offer(stage, conversation, Button("Đúng", "act:dong_y"), Button("Sai", "act:khong_dong_y"))
    await stage.run()
    assert engine_heard(stage) == ["2"]


@pytest.mark.parametrize("text", ["/restart", ' /inform{"a": 1}', "\u200b/session_start"])
async def test_a_command_reaches_the_engine_as_harmless_words(stage: Stage, text: str) -> None:
    conversation = stage.start()
    await ask(stage, conversation, text)
    assert not engine_heard(stage)[0].startswith("/")


async def test_nothing_but_slashes_is_asked_for_words(stage: Stage) -> None:
    assert await ask(stage, stage.start(), "///") == [say("nothing_said")]


async def test_a_location_a_start_and_a_phone_number_reach_the_engine(stage: Stage) -> None:
    await stage.accept(telegram("42", "1", kind="started"))
    await stage.accept(telegram("42", "2", kind="location", location=Location(19.8, 105.78)))
    await stage.accept(telegram("42", "3", kind="contact", phone="0951234567"))
    await stage.accept(telegram("42", "4", kind="unsupported"))
    await stage.run()
    assert engine_heard(stage) == ["/chao", '/gui_vi_tri{"lat": 19.8, "lon": 105.78}', "0951234567"]
    assert stage.said(stage.conversation_of("telegram", "42").id)[-1] == say("unsupported")


# ---------------------------------------------------------------- attachments


def photo(ref: str, size: int | None = None) -> RemoteFile:
    return RemoteFile(ref=ref, name="photo.jpg", content_type="image/jpeg", size=size)


def kept_files(stage: Stage) -> int:
    with stage.database.read() as session:
        return session.scalar(select(func.count()).select_from(CaseFile)) or 0


async def test_a_photo_is_fetched_before_the_turn_kept_once_and_told_to_the_engine(stage: Stage) -> None:
    stage.clients["telegram"].files = {"f1": b"jpeg"}
    await stage.accept(telegram("42", "1", kind="attachment", files=(photo("f1"),)))
    await stage.run()
    conversation = stage.conversation_of("telegram", "42")
    assert engine_heard(stage) == ['/gui_tep{"so_tep": 1}']
    with stage.database.read() as session:
        file = session.scalars(select(CaseFile)).one()
        assert (file.data, file.citizen_id) == (b"jpeg", conversation.citizen_id)
    assert stage.inbox(conversation.id)[0].files[0]["key"] == file.key


async def test_a_photo_is_not_fetched_again_when_its_turn_is_repeated(stage: Stage) -> None:
    stage.clients["telegram"].files = {"f1": b"jpeg"}
    stage.engine.down = True
    await stage.accept(telegram("42", "1", kind="attachment", files=(photo("f1"),)))
    await stage.run()
    stage.engine.down = False
    stage.clock.advance(16)
    await stage.run()
    assert stage.clients["telegram"].fetched == ["f1"]
    assert kept_files(stage) == 1


@pytest.mark.parametrize(
    ("found", "size"),
    [(TransportError("gone", permanent=True), None), (b"", 11 << 20), (b"x" * ((10 << 20) + 1), None)],
)
async def test_a_file_that_cannot_be_had_is_told_in_plain_words(stage: Stage, found: Any, size: int | None) -> None:
    stage.clients["telegram"].files = {"f1": found}
    await stage.accept(telegram("42", "1", kind="attachment", files=(photo("f1", size),)))
    await stage.run()
    conversation = stage.conversation_of("telegram", "42")
    assert stage.said(conversation.id) == [say("file_failed", megabytes=10)]
    assert (engine_heard(stage), kept_files(stage)) == ([], 0)


async def test_a_passing_failure_of_a_fetch_is_tried_again(stage: Stage) -> None:
    client, tries = stage.clients["telegram"], []

    async def fetch(file: RemoteFile, *, limit: int) -> bytes:
        tries.append(file.ref)
        if len(tries) == 1:
            raise TransportError("timeout")
        return b"jpeg"

    client.fetch = fetch  # type: ignore[method-assign]
    await stage.accept(telegram("42", "1", kind="attachment", files=(photo("f1"),)))
    await stage.run()
    assert (len(tries), kept_files(stage)) == (2, 1)


async def test_a_photo_with_words_is_understood_by_its_words_and_acknowledged(stage: Stage) -> None:
    stage.clients["telegram"].files = {"f1": b"jpeg"}
    await stage.accept(telegram("42", "1", kind="attachment", files=(photo("f1"),), text="/rác ở đây"))
    await stage.run()
    assert engine_heard(stage) == ["rác ở đây"]
    conversation = stage.conversation_of("telegram", "42")
    assert stage.said(conversation.id) == [say("file_kept", count=1), "nghe: rác ở đây"]


# ---------------------------------------------------------------- what the page reads


async def test_the_page_reads_both_directions_in_order_and_a_press_by_its_title(stage: Stage) -> None:
    conversation = stage.start()
    _offer(stage, conversation, Button("Đúng rồi", "act:dong_y"))
    await ask(stage, conversation, payload="act:dong_y")
    with stage.database.read() as session:
        messages = repository.messages_after(session, conversation.id, 0)
        assert [(item.n, item.sender, item.text) for item in messages] == [
            (1, "bot", "Chọn:"),
            (2, "citizen", "Đúng rồi"),
            (3, "bot", "nghe: /dong_y"),
        ]
        assert [item.n for item in repository.messages_after(session, conversation.id, 2)] == [3]


# ---------------------------------------------------------------- a second answer


async def test_a_case_answered_again_is_rated_again_and_the_last_rating_counts(stage: Stage) -> None:
    surveys = FakeSurveys()
    stage.turns = Turns(surveys=surveys)
    conversation = stage.start()
    case = await answered_case(stage, conversation)
    await ask(stage, conversation, payload=f"rate:{case.code}:1")
    await ask(stage, conversation, payload=f"reopen:{case.code}")
    (early,) = await ask(stage, conversation, payload=f"rate:{case.code}:5")
    assert early == say("rate_later", code=case.code, state=core_texts()["states"]["mo_lai"])
    answer_case(stage.database, case.id, "Đã dọn lại.", now=stage.clock(), key="second")
    await stage.run()
    told = stage.outbox(conversation.id)[-1]
    assert "Trả lời mới" in told.text and "thay cho lần trước" in told.text
    assert [button["payload"] for button in told.buttons] == [f"rate:{case.code}:{score}" for score in range(1, 6)]
    assert await ask(stage, conversation, payload=f"rate:{case.code}:4") == [
        say("rating_thanks", code=case.code, score=4, title="Hài lòng")
    ]
    assert rated(stage) == [4] and surveys.invited == [case.id]
    with stage.database.read() as session:
        moves = [(event.move, event.data) for event in session.get_one(Case, case.id).events]
    assert [data["score"] for move, data in moves if move == "rate"] == [1, 4]


async def test_a_code_with_a_slip_in_it_is_told_so_without_the_engine(stage: Stage) -> None:
    conversation = stage.start()
    assert await ask(stage, conversation, "ln 40k7 2m18") == [say("mistyped")]
    assert engine_heard(stage) == []


@pytest.mark.parametrize("text", ["xem lại giúp tôi", "de nghi xem lai", "mở lại vụ này đi"])
async def test_a_second_look_may_be_asked_for_in_words(stage: Stage, text: str) -> None:
    conversation = stage.start()
    assert await ask(stage, conversation, text) == [f"nghe: {text}"]
    case = await answered_case(stage, conversation)
    await ask(stage, conversation, payload=f"rate:{case.code}:1")
    for _ in range(2):  # said again, it is said to be on its way
        (words,) = await ask(stage, conversation, text)
        assert f"xem lại việc mã {case.code}" in words


async def test_looking_again_at_a_reading_back_reopens_nothing(stage: Stage) -> None:
    conversation = stage.start()
    await answered_case(stage, conversation)
    _offer(stage, conversation, Button("Đúng rồi", "act:dong_y"), Button("Sửa lại", "act:sua_lai"))
    assert await ask(stage, conversation, "xem lại") == ["nghe: xem lại"]


async def test_a_buttons_title_typed_is_that_button(stage: Stage) -> None:
    conversation = stage.start()
    _offer(stage, conversation, Button("Báo một việc", "kind:phan_anh"))
    await ask(stage, conversation, "bao mot viec")
    assert engine_heard(stage) == ['/chon_loai{"loai": "phan_anh"}']


async def test_a_case_without_an_answer_is_not_reopened_and_is_told_so_kindly(stage: Stage) -> None:
    conversation = stage.start()
    case = open_case(stage.database, conversation.citizen_id, now=stage.clock())
    (words,) = await ask(stage, conversation, payload=f"reopen:{case.code}")
    assert words == say("reopen_not_now", code=case.code, state=core_texts()["states"]["moi"])
