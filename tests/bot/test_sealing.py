"""On signs of a denunciation the bot stops collecting in Zalo and Telegram: a one-time form, nothing kept or echoed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core_texts import say
from bot.engine import EngineReply
from bot.models import InboxMessage
from bot.sealing import SEALED, seal
from feedback import secret_forms
from feedback.database import Database
from feedback.models import Case, CaseFile
from feedback.offices import office_of
from feedback.secrecy_models import SecretForm
from integrations.channel import Location, RemoteFile
from tests.bot.fakes import FakeClient, Stage, zalo
from tests.bot.talk import Talk
from tests.conftest import FakeClock

SECRET = "tố cáo anh Mẫu Tuấn địa chính phường Hạc Thành, Thanh Hóa đòi 50 triệu"
BRIBE = {"field": "dat_dai", "topic": "dat_dai", "problem": "nhung_nhieu"}
KINDS = [["phan_anh", 0.5], ["to_cao", 0.4], ["hoi_dap", 0.1]]


@pytest.fixture(params=["zalo", "telegram"])
def talk(request: pytest.FixtureRequest, database: Database, clock: FakeClock) -> Talk:
    return Talk(database, clock, channel=request.param)


def forms(database: Database) -> int:
    with database.read() as session:
        return len(session.scalars(select(SecretForm)).all())


async def test_the_way_out_is_a_link_with_the_offices_address_and_nothing_is_echoed(
    talk: Talk, database: Database, clock: FakeClock
) -> None:
    with database.write() as session:
        office = office_of(session, agency="ubnd_xa", unit="14797")
        office.address, office.phone = "Số 1 đường Mẫu", "0950001022"
    told = await talk.say(SECRET, kind="to_cao", **BRIBE)
    link = re.search(r"/kin/([\w-]{22})\b", told.text)
    assert link and "Số 1 đường Mẫu" in told.text and "0950001022" in told.text
    assert not any(word in told.text for word in ("Tuấn", "50 triệu", "địa chính"))
    assert told.custom["purge"] and told.custom["session"] == "end" and SEALED in told.custom["awaiting"]
    assert not talk.active and talk.slots["report"] is None
    with database.read() as session:
        assert session.scalars(select(Case)).all() == []
        assert secret_forms.is_open(session, link[1], now=clock())
        assert not secret_forms.is_open(session, link[1], now=clock() + secret_forms.LIFETIME)


async def test_an_office_without_an_address_is_asked_for_by_telephone(talk: Talk) -> None:
    told = await talk.say(SECRET, kind="to_cao", **BRIBE)
    assert "chưa có trong dữ liệu" in told.text and "1022" in told.text


async def test_a_doubtful_one_is_asked_about_with_a_warning_and_then_stopped(talk: Talk) -> None:
    asked = await talk.say(SECRET, kind="phan_anh", kinds=KINDS, **BRIBE)
    assert "đừng viết thêm" in asked.text and "kind:to_cao" in asked.buttons and "/kin/" not in asked.text
    told = await talk.press("kind:to_cao")
    assert "/kin/" in told.text and "Tuấn" not in told.text and told.custom["purge"]


async def test_what_is_no_denunciation_goes_its_usual_way_and_opens_the_chat_again(talk: Talk) -> None:
    await talk.say(SECRET, kind="to_cao", **BRIBE)
    asked = await talk.press("kind:phan_anh")
    assert asked.custom["awaiting"] == {} and talk.active
    again = await talk.say("cán bộ hộ tịch phường Hạc Thành, Thanh Hóa quát mắng dân", kind="to_cao", **BRIBE)
    assert "/kin/" not in again.text


async def test_the_web_page_which_is_ours_takes_it_as_before(database: Database, clock: FakeClock) -> None:
    told = await Talk(database, clock).say(SECRET, kind="to_cao", **BRIBE)
    assert "/kin/" not in told.text and "act:dong_y" in told.buttons and forms(database) == 0


# --- the worker's part: nothing that is written into a sealed chat is kept ---


async def sealed_chat(stage: Stage) -> int:
    stage.engine.answer = lambda _text: [
        EngineReply(text="liên kết"),
        EngineReply(custom={"session": "end", "purge": True, "awaiting": seal(stage.clock() + secret_forms.LIFETIME)}),
    ]
    await stage.accept(zalo("u1", "1", text=SECRET))
    await stage.run()
    stage.engine.answer = lambda text: [EngineReply(text=f"nghe: {text}")]
    return stage.conversation_of("zalo", "u1").id


async def test_words_and_files_in_a_sealed_chat_are_not_kept_and_never_reach_the_engine(stage: Stage) -> None:
    chat = await sealed_chat(stage)
    stage.clients["zalo"] = FakeClient(name="zalo", files={"ref1": b"\x89PNG"})
    turns = len(stage.engine.turns)
    await stage.accept(zalo("u1", "2", text="ông ấy tên Mẫu Tuấn"))
    photo = RemoteFile("ref1", "a.png", "image/png", 4)
    await stage.accept(zalo("u1", "3", kind="attachment", files=(photo,)))
    await stage.accept(zalo("u1", "4", kind="location", location=Location(19.8, 105.7)))
    await stage.run()
    rows = stage.inbox(chat)
    assert [(row.text, row.lat, row.files) for row in rows] == [(None, None, [])] * 4
    assert len(stage.engine.turns) == turns and stage.said(chat)[-1] == say("sealed")
    with stage.database.read() as session:
        assert session.scalars(select(CaseFile)).all() == []


async def test_another_matter_opens_the_chat_again(stage: Stage) -> None:
    chat = await sealed_chat(stage)
    await stage.accept(zalo("u1", "2", payload="seal:off"))
    await stage.accept(zalo("u1", "3", text="đường hỏng"))
    await stage.run()
    assert stage.said(chat)[-2:] == [say("unsealed"), "nghe: đường hỏng"]


async def test_the_seal_ends_with_the_links_time(stage: Stage) -> None:
    chat = await sealed_chat(stage)
    stage.clock.advance((secret_forms.LIFETIME + timedelta(seconds=1)).total_seconds())
    await stage.accept(zalo("u1", "2", text="đường hỏng"))
    await stage.run()
    assert stage.said(chat)[-1] == "nghe: đường hỏng"


async def test_the_first_words_themselves_are_purged(stage: Stage) -> None:
    chat = await sealed_chat(stage)
    await stage.run()
    with stage.database.read() as session:
        assert session.scalars(select(InboxMessage).where(InboxMessage.text.is_not(None))).all() == []
    assert stage.engine.forgotten == [f"c{chat}s1"]
