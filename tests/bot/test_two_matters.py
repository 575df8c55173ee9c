"""Two matters in one message become two cases, one after the other, and neither is lost."""

from __future__ import annotations

from dataclasses import replace
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

HOLE = "đường có ổ gà to như ao ở phường Hạc Thành, Thanh Hóa"
RUBBISH = "rác ở chợ cả tuần không ai dọn"
BOTH = f"{HOLE}, với lại {RUBBISH}"
QUESTION = "cho tôi hỏi làm lại căn cước công dân bị mất thì làm ở đâu"


@pytest.fixture
def talk(database: Database, clock: FakeClock) -> Talk:
    return Talk(database, clock)


def also(text: str, second: str, kind: str = "phan_anh") -> dict[str, Any]:
    """What the engine tells of a message whose second matter begins with these words."""
    at = text.index(second)
    return {"also": [[kind, "ve_sinh_rac"]], "also_at": [len(text[:at].rstrip()), at]}


def said(text: str, kind: str = "phan_anh", *, second: str = "", also_kind: str = "phan_anh") -> Understanding:
    """`second`: what the second matter begins with; none where it is empty."""
    parse = {"text": text, "intent": {"name": kind}, "kind": kind}
    return understand(parse | (also(text, second, also_kind) if second else {}))


# --- where it is cut ---


@pytest.mark.parametrize(
    ("text", "second", "first", "further"),
    [
        (BOTH, "với lại", HOLE, RUBBISH),
        ("Đường hỏng nặng lắm. Ngoài ra đèn tắt cả tháng", "Ngoài", "Đường hỏng nặng lắm", "đèn tắt cả tháng"),
        (f"{HOLE}. Tiện thể {QUESTION}?", "Tiện", HOLE, f"{QUESTION}?"),
        (f"{HOLE}. {QUESTION}", "cho tôi", HOLE, QUESTION),
        ("duong hong nang lam cho hoi khai sinh o dau", "cho hoi", "duong hong nang lam", "cho hoi khai sinh o dau"),
        ("duong hong nang lam den tat ca thang", "den", "duong hong nang lam", "den tat ca thang"),
        ("  rác đầy chợ,\nkaraoke ồn suốt đêm ", "karaoke", "rác đầy chợ", "karaoke ồn suốt đêm"),
    ],
)
def test_the_message_is_cut_where_the_engine_saw_the_second_begin(
    text: str, second: str, first: str, further: str
) -> None:
    two = parted(said(text, second=second))
    assert two is not None and (two.first.text, two.further) == (first, further)
    assert two.first.also == ()


@pytest.mark.parametrize("kind", ["", "giao_tiep", "ngoai_pham_vi"])
def test_one_matter_is_one(kind: str) -> None:
    assert parted(said(BOTH, second="với lại" if kind else "", also_kind=kind)) is None


def test_a_second_matter_whose_place_is_not_told_waits_to_be_written_again() -> None:
    two = parted(replace(said(BOTH, second="với lại"), also_at=None))
    assert two is not None and (two.first.text, two.further) == (BOTH, None)


def test_a_denunciation_comes_first_and_takes_no_other_words_along() -> None:
    two = parted(said(f"{RUBBISH}, ngoài ra {SECRET}", second="ngoài ra", also_kind="to_cao"))
    assert two is not None and two.first.text == SECRET and two.further == RUBBISH
    assert two.first.unsure == ("to_cao", "phan_anh")


@pytest.mark.parametrize(("kind", "kinds"), [("to_cao", ()), ("phan_anh", (("phan_anh", 0.6), ("to_cao", 0.3)))])
def test_what_may_be_a_denunciation_is_cut_only_where_words_say_so(
    kind: str, kinds: tuple[tuple[str, float], ...]
) -> None:
    plain = replace(said(f"{SECRET}. {RUBBISH}", kind, second=RUBBISH), kinds=kinds)
    two = parted(plain)
    assert two is not None and two.further is None and two.first.text == plain.text
    led_on = replace(said(f"{SECRET}. Ngoài ra {RUBBISH}", kind, second="Ngoài"), kinds=kinds)
    two = parted(led_on)
    assert two is not None and (two.first.text, two.further) == (SECRET, RUBBISH)


def test_what_is_only_perhaps_a_denunciation_is_not_cut_at_a_full_stop_either() -> None:
    told = said(f"{SECRET}. {RUBBISH}", second=RUBBISH)
    for doubt in (
        replace(told, unsure=("phan_anh", "to_cao")),
        replace(told, kinds=(("phan_anh", 0.5), ("to_cao", 0.2), ("khieu_nai", 0.2))),
    ):
        two = parted(doubt)
        assert two is not None and two.further is None


@pytest.mark.parametrize(
    "second",
    [
        "Nhận tiền trợ cấp thất nghiệp ở đâu",
        "nhan tien tro cap that nghiep o dau",
        "Nhận thẻ bảo hiểm ở đâu vậy",
        "cho tôi hỏi làm lại sổ đỏ ông ấy giữ",
    ],
)
def test_words_that_only_look_like_leading_on_are_kept_and_cut_no_denunciation(second: str) -> None:
    text = f"{RUBBISH}. {second}"
    two = parted(said(text, second=second))
    assert two is not None and two.further == second
    secret = parted(said(f"{SECRET}. {second}", "to_cao", second=second))
    assert secret is not None and secret.further is None


def test_the_taker_of_money_stays_in_the_denunciation() -> None:
    text = f"{HOLE} mà ông Tuấn trưởng ấp nhận tiền của từng nhà"
    two = parted(said(text, second="nhận tiền", also_kind="to_cao"))
    assert two is not None and two.further is None and two.first.text == text


def test_words_that_lead_on_elsewhere_do_not_cut_a_denunciation() -> None:
    text = f"{SECRET}, ngoài ra ông còn nhận quà. {RUBBISH}"
    two = parted(said(text, "to_cao", second=RUBBISH))
    assert two is not None and (two.first.text, two.further) == (text, None)


def test_a_denunciation_at_the_end_that_cannot_be_cut_out_keeps_all_words_to_itself() -> None:
    two = parted(said(f"{RUBBISH}. {SECRET}", second=SECRET, also_kind="to_cao"))
    assert two is not None and two.further is None and SECRET in two.first.text
    assert two.first.unsure == ("to_cao", "phan_anh")


@pytest.mark.parametrize("pair", [["phan_anh", "ve_sinh_rac"], ["phan_anh", 0.4], ["phan_anh"]])
def test_the_parse_may_tell_a_topic_or_a_chance(pair: list[Any]) -> None:
    (second,) = understand({"text": "x", "intent": {"name": "phan_anh"}, "also": [pair]}).also
    assert second == Matter("phan_anh", "ve_sinh_rac" if pair[1:] == ["ve_sinh_rac"] else None)


# --- what is said and ordered ---


async def test_the_bot_says_that_it_sees_two_and_begins_with_the_first(talk: Talk) -> None:
    told = await talk.say(BOTH, **POTHOLE, **also(BOTH, "với lại"))
    assert "hai việc" in told.texts[0] and HOLE in told.texts[0]
    assert told.custom["further"] == [RUBBISH] and "act:dong_y" in told.buttons
    await talk.press("act:dong_y")
    assert [case.text for case in cases(talk)] == [HOLE]


async def test_a_question_first_is_answered_and_the_other_matter_offered(talk: Talk) -> None:
    text = f"làm khai sinh cho con ở đâu, với lại {RUBBISH}"
    told = await talk.say(text, kind="hoi_dap", **also(text, "với lại"))
    assert "1.001193" in told.text and told.custom == {"further": [RUBBISH], "matter": "done"}


async def test_the_other_matter_of_a_denunciation_waits_and_nothing_is_repeated(talk: Talk) -> None:
    text = f"{SECRET}. Ngoài ra {RUBBISH}"
    told = await talk.say(text, kind="to_cao", **BRIBE, **also(text, "Ngoài ra"))
    assert told.custom == {"secret": True, "further": [RUBBISH]}
    assert "Tuấn" not in told.text and "hai việc" in told.text
    done = await talk.press("act:dong_y")
    assert done.custom == {"session": "end", "purge": True} and cases(talk)[0].text == SECRET


async def test_a_secret_that_cannot_be_cut_out_asks_for_the_other_matter_afterwards(talk: Talk) -> None:
    text = f"{SECRET}. {RUBBISH}"
    told = await talk.say(text, kind="to_cao", **BRIBE, **also(text, RUBBISH))
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
