"""Danger to life: the right number in the first line, before anything else, and never a form."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.actions.report import from_slot
from bot.dangers import load_dangers
from bot.engine import EngineReply
from bot.sealing import seal
from bot.turn import Turns
from feedback.database import Database
from tests.bot.fakes import Stage
from tests.bot.talk import Talk
from tests.bot.test_actions import BRIBE, POTHOLE, SECRET, cases
from tests.bot.test_turn import FakeSurveys, ask
from tests.conftest import FakeClock

NOW = [
    ("tôi không muốn sống nữa", "tu_hai", "115"),
    ("e chan song lam roi, dem nay muon chet cho xong", "tu_hai", "115"),
    ("hôm qua tôi định tự tử mà không dám", "tu_hai", "115"),
    ("vợ tôi uống cả vỉ thuốc ngủ rồi", "tu_hai", "115"),
    ("e lỡ uống hết vỉ thuốc ngủ r", "tu_hai", "115"),
    ("con tôi nuốt pin", "ngo_doc", "115"),
    ("con toi nuot pin roi lam sao", "ngo_doc", "115"),
    ("Con tôi hai tuổi vừa nuốt viên pin cúc áo, giờ phải móc họng hay cho uống gì?", "ngo_doc", "115"),
    ("má em uống thuốc trừ sâu rồi", "ngo_doc", "115"),
    ("cháy nhà rồi cứu với", "chay", "114"),
    ("nhà hàng xóm đang cháy to lắm", "chay", "114"),
    ("chay nha chay nha", "chay", "114"),
    ("CHÁY", "chay", "114"),
    ("cây đổ đè lên xe máy, người kẹt bên dưới", "chay", "114"),
    ("dây điện đứt rơi xuống đường", "dien", "114"),
    ("day dien dut roi xuong duong, tre con choi gan do", "dien", "114"),
    ("hai đứa nhỏ bị nước cuốn trôi ngoài suối", "duoi_nuoc", "114"),
    ("hàng xóm đang đánh đập đứa con nhỏ nghe khóc thét", "tre_em", "113"),
    ("bố dượng đang đánh cháu bé nhà bên", "tre_em", "111"),
    ("cháu bé 5 tuổi bị mẹ kế trói ngoài sân từ sáng", "tre_em", "111"),
    ("uống rượu ở quán đó mà hai người đang hôn mê", "cap_cuu", "115"),
    ("có tai nạn, người nằm bất động giữa đường", "cap_cuu", "115"),
    ("có người cầm dao đuổi chém ở chợ", "an_ninh", "113"),
    ("chong toi dang say cam dao doi giet ca nha", "an_ninh", "113"),
    ("có kẻ lạ đang cạy cửa nhà bên", "an_ninh", "113"),
]
NOT_NOW = [
    "cứ từ từ mà làm",
    "cu tu tu ma lam",
    "bóng đèn cháy",
    "nóng muốn chết mà cúp điện hoài",
    "quán karaoke không có cầu thang thoát hiểm, cháy thì chạy đường nào",
    "nhà em bị cháy tháng trước, xin hỗ trợ thế nào",
    "xin cấp lại sổ hồng bị cháy",
    "em nghi chay xe gan 3 thang khong luong",
    "dây cáp viễn thông đứt lòng thòng trước cổng",
    "cột điện nghiêng sắp đổ",
    "hôm qua có người ngã chảy máu đầu vì ổ gà",
    "khen mấy anh lính cứu hỏa, cháy quán em có 6 phút là tới",
    "chi tu van con gioi thieu viec lam moi",
    "bị giật điện thoại thì báo ở đâu",
    "Mơ thấy cháy nhà thì đánh con gì",
    "quyết định xử phạt vì đánh nhau là sai",
    "đường có ổ gà to như ao",
]


@pytest.fixture
def talk(database: Database, clock: FakeClock) -> Talk:
    return Talk(database, clock)


@pytest.mark.parametrize(("text", "danger", "number"), NOW)
def test_a_danger_at_this_moment_is_seen_without_the_engine(text: str, danger: str, number: str) -> None:
    found = load_dangers().find(text)
    assert found is not None and (found.id, found.now) == (danger, True)
    assert number in found.text.splitlines()[0]


@pytest.mark.parametrize("text", NOT_NOW)
def test_a_danger_that_is_past_feared_or_none_stops_nothing(text: str) -> None:
    found = load_dangers().find(text)
    assert found is None or not found.now


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("khói mù mịt cả xóm", "114"),
        ("chồng hay đánh vợ", "113"),
        ("hôm qua có người ngất xỉu", "115"),
        ("đê vỡ", "113"),
    ],
)
def test_an_urgent_message_names_whom_to_call(text: str, number: str) -> None:
    found = load_dangers().find(text, urgent=True)
    assert found is not None and number in found.text and not found.now


def test_every_number_that_is_said_has_its_source() -> None:
    dangers = load_dangers()
    said = {number for danger in dangers.dangers for number in re.findall(r"\b1\d\d\b", danger.text)}
    assert said == set(dangers.numbers) and all(number["source"] for number in dangers.numbers.values())
    assert all(danger.source for danger in dangers.dangers)


def test_the_number_to_call_is_the_first_thing_said() -> None:
    for danger in load_dangers().dangers:
        assert re.match(r"(Gọi ngay|Nếu đang nguy hiểm .* gọi ngay:) 1\d\d", danger.text), danger.id
        assert len(danger.text) <= 400 and "\n\n" not in danger.text


def test_the_last_danger_is_the_general_one_and_the_others_are_known_by_words() -> None:
    *named, general = load_dangers().dangers
    assert general.now.marked is None and all(danger.now.marked for danger in named)


def test_an_urgent_message_without_harm_to_anybody_sounds_no_alarm() -> None:
    assert load_dangers().find("sáng nay mất nước", urgent=True) is None


@pytest.mark.parametrize("kind", ["phan_anh", "hoi_dap", "tra_cuu", "giao_tiep", "ngoai_pham_vi", "khieu_nai"])
@pytest.mark.parametrize("text", ["con tôi nuốt pin rồi", "nhà hàng xóm đang cháy to lắm", "tôi không muốn sống nữa"])
async def test_whatever_the_kind_only_whom_to_call_is_said(talk: Talk, kind: str, text: str) -> None:
    told = await talk.say(text, kind=kind, field="y_te", urgent=True, unsure=["phan_anh", "hoi_dap"])
    assert told.texts[0].startswith("Gọi ngay 11") and len(told.texts) == 1
    assert not talk.active and cases(talk) == [] and "phường" not in told.text


async def test_once_safe_the_matter_goes_on_with_a_press(talk: Talk) -> None:
    told = await talk.say("dây điện đứt rơi xuống đường", **POTHOLE)
    assert told.buttons == ["kind:phan_anh", "act:gap_can_bo"]
    assert "phường hoặc xã" in (await talk.press("kind:phan_anh")).text
    await talk.say("phường Hạc Thành")
    await talk.press("act:dong_y")
    assert cases(talk)[0].text == "dây điện đứt rơi xuống đường"


async def test_despair_is_asked_nothing_and_a_person_gets_what_was_written(talk: Talk) -> None:
    told = await talk.say("tôi chán sống lắm rồi, cán bộ ép tôi", sure=0.6, urgent=True)
    assert told.buttons == ["act:gap_can_bo"]
    await talk.say("gặp cán bộ", kind="giao_tiep", act="gap_can_bo")
    assert "cán bộ ép tôi" in cases(talk)[0].text


async def test_in_the_middle_of_a_matter_only_the_number_is_said_and_the_matter_waits(talk: Talk) -> None:
    await talk.say("đường trước cổng trường có ổ gà to như ao", **POTHOLE)
    told = await talk.say("trời ơi con tôi nuốt pin rồi", kind="ngoai_pham_vi")
    assert told.texts == [load_dangers().find("nuốt pin").text] and told.buttons == []  # type: ignore[union-attr]
    read = await talk.say("phường Hạc Thành")
    assert "act:dong_y" in read.buttons
    report = from_slot(talk.slots["report"])
    assert report is not None and report.text == "đường trước cổng trường có ổ gà to như ao"


async def test_a_denunciation_in_danger_is_not_kept_and_its_words_go(talk: Talk) -> None:
    told = await talk.say("cán bộ Mẫu Tuấn đang cầm dao dọa giết tôi, tôi tố cáo", kind="to_cao", **BRIBE)
    assert "113" in told.text and told.custom == {"secret": True} and "Tuấn" not in told.text
    assert talk.slots["report"] is None


async def test_danger_comes_before_the_way_of_a_denunciation_on_an_open_app(
    database: Database, clock: FakeClock
) -> None:
    talk = Talk(database, clock, channel="zalo")
    told = await talk.say(f"{SECRET}, ông ta đang cầm dao trước cửa", kind="to_cao", **BRIBE)
    assert told.texts[0].startswith("Gọi ngay 113") and len(told.texts) == 1


# --- before the engine ---


async def test_a_survey_that_runs_does_not_swallow_a_cry_for_help(stage: Stage) -> None:
    stage.turns = Turns(surveys=FakeSurveys(open=True))
    stage.engine.answer = lambda text: [EngineReply(text=f"nghe: {text}")]
    assert await ask(stage, stage.start(), "tôi không muốn sống nữa") == ["nghe: tôi không muốn sống nữa"]


async def test_with_the_engine_away_whom_to_call_is_said_all_the_same(stage: Stage) -> None:
    stage.engine.down = True
    conversation = stage.start()
    await stage.say(conversation.key, "cháy nhà rồi cứu với", event_id="1")
    await stage.run()
    said = stage.said(conversation.id)
    assert said[0].startswith("Gọi ngay 114") and "gián đoạn" in said[1]


async def test_a_chat_closed_to_a_denunciation_still_says_whom_to_call(stage: Stage) -> None:
    conversation = stage.start()
    with stage.database.write() as session:
        row = session.get_one(type(conversation), conversation.id)
        row.awaiting = seal(stage.clock()) | {"sealed": "2099-01-01T00:00:00+00:00"}
    said: list[Any] = await ask(stage, conversation, "nó đang cầm dao đòi giết tôi")
    assert said[0].startswith("Gọi ngay 113") and "biểu mẫu kín" in said[1]
    assert stage.inbox(conversation.id)[0].text is None
