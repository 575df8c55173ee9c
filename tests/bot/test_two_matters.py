"""Two matters in one message become two cases, one after the other, and neither is lost."""

from __future__ import annotations

from typing import Any

import pytest

from bot import matters
from bot.actions.parting import parted
from bot.core_texts import say
from bot.engine import EngineReply
from bot.texts import load_texts
from bot.understanding import Matter, Understanding, understand
from feedback.database import Database
from integrations.channel import Button
from tests.bot.fakes import Stage
from tests.bot.talk import Talk
from tests.bot.test_actions import BRIBE, POTHOLE, SECRET, cases
from tests.bot.test_turn import ask
from tests.conftest import FakeClock

ALSO: dict[str, Any] = {"also": [["phan_anh", "ve_sinh_rac"]]}
HOLE = "đường có ổ gà to như ao ở phường Hạc Thành, Thanh Hóa"
RUBBISH = "rác ở chợ cả tuần không ai dọn"
BOTH = f"{HOLE}, với lại {RUBBISH}"


@pytest.fixture
def talk(database: Database, clock: FakeClock) -> Talk:
    return Talk(database, clock)


def said(text: str, kind: str = "phan_anh", *also: str) -> Understanding:
    return Understanding(text=text, kind=kind, intent=kind, also=tuple(Matter(kind) for kind in also))


# --- a question hangs on a report, which the engine did not see ---

QUESTION = "cho tôi hỏi làm lại căn cước công dân bị mất thì làm ở đâu"


@pytest.mark.parametrize(
    ("text", "kind", "first", "further"),
    [
        (f"{HOLE}. Tiện thể {QUESTION}?", "hoi_dap", f"{QUESTION}?", HOLE),
        (f"{HOLE}. Tiện thể {QUESTION}?", "phan_anh", HOLE, f"{QUESTION}?"),
        (f"{HOLE}. {QUESTION.capitalize()}", "phan_anh", HOLE, QUESTION.capitalize()),
        (
            "chào em, cho chị hỏi thủ tục đăng ký kết hôn cần gì, với lại chỗ chị cái đèn đường hư cả tháng rồi",
            "hoi_dap",
            "chào em, cho chị hỏi thủ tục đăng ký kết hôn cần gì",
            "chỗ chị cái đèn đường hư cả tháng rồi",
        ),
    ],
)
def test_a_question_and_a_report_are_two_matters(text: str, kind: str, first: str, further: str) -> None:
    two = parted(said(text, kind), load_texts().joins)
    assert two is not None and (two.first.text, two.further) == (first, further)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("đường hỏng nặng lắm, với lại đèn đường tắt cả tháng", "phan_anh"),
        ("đường hỏng nặng lắm, với lại sao không ai sửa vậy", "phan_anh"),
        ("cho tôi hỏi thủ tục khai sinh, với lại lệ phí bao nhiêu", "hoi_dap"),
        ("đường hỏng, cho tôi hỏi bao giờ sửa", "phan_anh"),
        (f"ông địa chính nhận tiền của nhà tôi. Tiện thể {QUESTION}", "to_cao"),
    ],
)
def test_one_matter_stays_whole(text: str, kind: str) -> None:
    assert parted(said(text, kind), load_texts().joins) is None


async def test_the_report_beside_a_question_is_not_lost(talk: Talk) -> None:
    told = await talk.say(f"{HOLE}. Tiện thể {QUESTION}?", kind="hoi_dap")
    assert "hai việc" in told.text and told.custom["further"] == [HOLE]


# --- where it is cut ---


@pytest.mark.parametrize(
    ("text", "first", "further"),
    [
        (BOTH, HOLE, RUBBISH),
        ("đường hỏng nặng lắm. Ngoài ra đèn đường tắt cả tháng", "đường hỏng nặng lắm", "đèn đường tắt cả tháng"),
        (
            "duong hong nang lam tien the cho hoi lam khai sinh o dau",
            "duong hong nang lam",
            "cho hoi lam khai sinh o dau",
        ),
        (
            "rác đầy chợ không ai dọn, còn một việc nữa là karaoke ồn suốt đêm",
            "rác đầy chợ không ai dọn",
            "karaoke ồn suốt đêm",
        ),
    ],
)
def test_the_words_that_lead_on_cut_the_message(text: str, first: str, further: str) -> None:
    two = parted(said(text, "phan_anh", "phan_anh"), load_texts().joins)
    assert two is not None and (two.first.text, two.further) == (first, further)


def test_without_such_words_the_first_matter_keeps_the_whole_text() -> None:
    text = "Đường hỏng nặng trước cổng chợ. Đèn đường cũng tắt cả tháng nay."
    two = parted(said(text, "phan_anh", "phan_anh"), load_texts().joins)
    assert two is not None
    assert (two.first.text, two.further) == (text, "Đèn đường cũng tắt cả tháng nay.")


def test_a_message_that_cannot_be_cut_stays_whole() -> None:
    two = parted(said("duong hong den tat rac day", "phan_anh", "phan_anh"), load_texts().joins)
    assert two is not None and two.further is None


@pytest.mark.parametrize("also", [(), ("giao_tiep",), ("ngoai_pham_vi",)])
def test_one_matter_is_one(also: tuple[str, ...]) -> None:
    assert parted(said(BOTH, "phan_anh", *also), load_texts().joins) is None


def test_a_denunciation_comes_first_and_takes_no_other_words_along() -> None:
    two = parted(said(f"{RUBBISH}, ngoài ra {SECRET}", "phan_anh", "to_cao"), load_texts().joins)
    assert two is not None and two.first.text == SECRET and two.further == RUBBISH
    assert two.first.unsure == ("to_cao", "phan_anh")


def test_a_denunciation_that_cannot_be_cut_out_keeps_all_words_to_itself() -> None:
    two = parted(said(f"{RUBBISH}. {SECRET}", "to_cao", "phan_anh"), load_texts().joins)
    assert two is not None and two.further is None and SECRET in two.first.text


@pytest.mark.parametrize("pair", [["phan_anh", "ve_sinh_rac"], ["phan_anh", 0.4], ["phan_anh"]])
def test_the_parse_may_tell_a_topic_or_a_chance(pair: list[Any]) -> None:
    (also,) = understand({"text": "x", "intent": {"name": "phan_anh"}, "also": [pair]}).also
    assert also == Matter("phan_anh", "ve_sinh_rac" if pair[1:] == ["ve_sinh_rac"] else None)


# --- what is said and ordered ---


async def test_the_bot_says_that_it_sees_two_and_begins_with_the_first(talk: Talk) -> None:
    told = await talk.say(BOTH, **POTHOLE, **ALSO)
    assert "hai việc" in told.texts[0] and HOLE in told.texts[0]
    assert told.custom["further"] == [RUBBISH] and "act:dong_y" in told.buttons
    await talk.press("act:dong_y")
    assert [case.text for case in cases(talk)] == [HOLE]


async def test_a_question_first_is_answered_and_the_other_matter_offered(talk: Talk) -> None:
    told = await talk.say(f"làm khai sinh cho con ở đâu, với lại {RUBBISH}", kind="hoi_dap", **ALSO)
    assert "1.001193" in told.text and told.custom == {"further": [RUBBISH], "matter": "done"}


async def test_the_other_matter_of_a_denunciation_waits_and_nothing_is_repeated(talk: Talk) -> None:
    told = await talk.say(f"{SECRET}. Ngoài ra {RUBBISH}", kind="to_cao", **BRIBE, **ALSO)
    assert told.custom == {"secret": True, "further": [RUBBISH]}
    assert "Tuấn" not in told.text and "hai việc" in told.text
    done = await talk.press("act:dong_y")
    assert done.custom == {"session": "end", "purge": True} and cases(talk)[0].text == SECRET


async def test_a_message_that_holds_two_but_cannot_be_cut_asks_for_the_other_one_afterwards(talk: Talk) -> None:
    told = await talk.say("duong phuong Hac Thanh Thanh Hoa hong den tat rac day", **POTHOLE, **ALSO)
    assert load_texts().say("two_matters_apart") in told.texts and "further" not in told.custom


# --- what waits, between two sessions ---


def ends(*, further: list[str] | None = None) -> Any:
    """An engine whose turn leaves `further` over, or ends the session."""
    custom = {"further": further} if further else {"session": "end"}
    return lambda text: [EngineReply(text=f"nghe: {text}"), EngineReply(custom=custom)]


async def test_when_the_first_is_done_the_second_is_offered_and_put_as_a_message_of_its_own(stage: Stage) -> None:
    conversation = stage.start()
    stage.engine.answer = ends(further=[RUBBISH])
    assert await ask(stage, conversation, BOTH) == [f"nghe: {BOTH}"]
    stage.engine.answer = ends()
    told = await ask(stage, conversation, "đúng rồi")
    assert told[-1] == say("further", text=RUBBISH)
    stage.engine.answer = lambda text: [EngineReply(text=f"nghe: {text}")]
    assert await ask(stage, conversation, payload=matters.GO_ON) == [f"nghe: {RUBBISH}"]
    assert stage.engine.turns[-1][:2] == (f"c{conversation.id}s2", RUBBISH)
    assert stage.conversation(conversation.id).awaiting == {}


@pytest.mark.parametrize(("answer", "goes_on"), [("ừ", True), ("ok", True), ("1", True), ("thôi khỏi", False)])
async def test_the_offer_is_answered_in_words(stage: Stage, answer: str, goes_on: bool) -> None:
    conversation = stage.start()
    stage.engine.answer = ends(further=[RUBBISH])
    await ask(stage, conversation, BOTH)
    stage.engine.answer = ends()
    await ask(stage, conversation, "đúng rồi")
    stage.engine.answer = lambda text: [EngineReply(text=f"nghe: {text}")]
    told = await ask(stage, conversation, answer)
    assert told == ([f"nghe: {RUBBISH}"] if goes_on else [say("further_dropped")])
    assert stage.conversation(conversation.id).awaiting == {}


async def test_who_talks_of_something_else_is_offered_it_again_when_that_is_done(stage: Stage) -> None:
    conversation = stage.start()
    stage.engine.answer = ends(further=[RUBBISH])
    await ask(stage, conversation, BOTH)
    stage.engine.answer = ends()
    await ask(stage, conversation, "đúng rồi")
    stage.engine.answer = lambda text: [EngineReply(text=f"nghe: {text}")]
    assert await ask(stage, conversation, "đèn đường tắt") == ["nghe: đèn đường tắt"]
    stage.engine.answer = ends()
    assert (await ask(stage, conversation, "đúng rồi"))[-1] == say("further", text=RUBBISH)
    assert [button["payload"] for button in stage.outbox(conversation.id)[-1].buttons] == ["next:on", "next:off"]


async def test_a_purge_leaves_the_other_matter(stage: Stage) -> None:
    conversation = stage.start()
    stage.engine.answer = ends(further=[RUBBISH])
    await ask(stage, conversation, BOTH)
    stage.engine.answer = lambda text: [
        EngineReply(text="Đã gửi kín."),
        EngineReply(custom={"session": "end", "purge": True, "awaiting": {"sealed": "2099-01-01T00:00:00+00:00"}}),
    ]
    assert (await ask(stage, conversation, payload="act:dong_y"))[-1] == say("further", text=RUBBISH)
    assert stage.inbox(conversation.id)[0].text is None
    stage.engine.answer = lambda text: [EngineReply(text=f"nghe: {text}")]
    assert await ask(stage, conversation, payload=matters.GO_ON) == [f"nghe: {RUBBISH}"]


async def test_the_button_pressed_twice_begins_it_once(stage: Stage) -> None:
    conversation = stage.start()
    assert await ask(stage, conversation, payload=matters.GO_ON) == [say("button_gone")]


def test_the_offers_buttons_fit_the_grammar() -> None:
    assert matters.offered("x" * 300).buttons == (Button("Ghi tiếp", "next:on"), Button("Thôi, không cần", "next:off"))
