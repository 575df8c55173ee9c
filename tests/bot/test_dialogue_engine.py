"""Whole conversations through the real dialogue engine: words in, Rasa, the actions, the database, words out.

Needs bot/dialogue/.venv and a trained model: var/models/langnghe.tar.gz, or the one that LANGNGHE_TEST_MODEL names.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import threading
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiohttp import web
from sqlalchemy import select

from bot import payloads
from bot.actions.executor import ActionError, ActionServer
from bot.actions.registry import all_actions
from bot.engine import RasaEngine
from bot.models import ActionReceipt, Conversation, InboxMessage
from feedback.base import Base
from feedback.database import Database
from feedback.models import Case, Citizen
from langnghe.engine import ROOT, EngineInstall
from tests.bot.fakes import Stage
from tests.bot.played import table
from tests.bot.test_conversations import play
from tests.conftest import FakeClock

pytestmark = pytest.mark.engine

MODEL = Path(os.environ.get("LANGNGHE_TEST_MODEL", ROOT / "var" / "models" / "langnghe.tar.gz"))
INSTALL = EngineInstall()
START_SECONDS = 120
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MAY_FAIL = 0.05


def missing() -> str | None:
    if not INSTALL.python.exists():
        return "bot/dialogue/.venv is missing: make setup"
    return None if MODEL.exists() else f"no model at {MODEL}: langnghe train, or set LANGNGHE_TEST_MODEL"


MISSING = missing()
if MISSING and "engine" in os.environ.get("LANGNGHE_REQUIRE", "").split(","):
    raise pytest.UsageError(f"the dialogue engine is required here: {MISSING}")
if MISSING:
    pytest.skip(f"conversations through the dialogue engine were NOT tested: {MISSING}", allow_module_level=True)


class ActionRoute:
    """The action route alone, on a thread with an event loop of its own."""

    def __init__(self, database: Database) -> None:
        self._server = ActionServer(all_actions(home_province="38"), database, lambda: NOW)
        self._loop = asyncio.new_event_loop()
        self.port = free_port()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._ready = threading.Event()

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(20)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/rasa/actions", self._handle)
        runner = web.AppRunner(app)
        self._loop.run_until_complete(runner.setup())
        self._loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", self.port).start())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())

    async def _handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        if request.headers.get("Content-Encoding") == "deflate":
            raw = zlib.decompress(raw)
        try:
            return web.json_response(await self._server.run(json.loads(raw)))
        except ActionError as error:
            return web.json_response(error.as_body(), status=error.status)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("engine")
    database = Database(f"sqlite:///{folder / 'app.sqlite'}")
    Base.metadata.create_all(database.engine)
    route = ActionRoute(database)
    route.start()
    port = free_port()
    quiet = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = quiet | {
        "RASA_TELEMETRY_ENABLED": "false",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "PYTHONPATH": str(ROOT),
        "LANGNGHE_ACTION_URL": f"http://127.0.0.1:{route.port}/rasa/actions",
        "LANGNGHE_ACTION_TOKEN": "test",
        "LANGNGHE_TRACKER_URL": f"sqlite:///{folder / 'tracker.sqlite'}",
    }
    with (folder / "rasa.log").open("wb") as log:
        command = INSTALL.serve_command(MODEL, port=port)
        engine = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for(f"http://127.0.0.1:{port}/status", engine)
            yield World(database, f"http://127.0.0.1:{port}")
        finally:
            engine.terminate()
            engine.wait(30)
            route.stop()
            database.dispose()


def wait_for(url: str, engine: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert engine.poll() is None, "the dialogue engine ended while starting"
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise AssertionError("the dialogue engine did not start in time")


class World:
    def __init__(self, database: Database, engine_url: str) -> None:
        self.database = database
        self.engine_url = engine_url


class Person:
    """A citizen who writes to the engine as the worker would put it."""

    def __init__(self, world: World, channel: str = "webchat") -> None:
        self.world = world
        self.channel = channel
        self.n, self.session_no = 0, 1
        with world.database.write() as session:
            citizen = Citizen(created_at=NOW)
            session.add(citizen)
            session.flush()
            key = uuid4().hex
            row = Conversation(
                key=key,
                channel=channel,
                account="web",
                external_id=key,
                citizen_id=citizen.id,
                created_at=NOW,
                awaiting={},
            )
            session.add(row)
            session.flush()
            self.citizen_id, self.conversation_id = citizen.id, row.id
        self.buttons: list[str] = []
        self.custom: dict[str, Any] = {}
        self.inbox_id = 0

    def say(self, text: str) -> str:
        payload = payloads.parse(text)
        return self.send(payloads.intent_text(payload) if payload else payloads.neutral(text))

    def send(self, message: str) -> str:
        self.inbox_id = self._store()
        metadata = {
            "inbox_id": self.inbox_id,
            "conversation_id": self.conversation_id,
            "citizen_id": self.citizen_id,
            "channel": self.channel,
        }
        sender = f"c{self.conversation_id}s{self.session_no}"
        body = {"sender": sender, "message": message, "metadata": metadata}
        answer = httpx.post(f"{self.world.engine_url}/webhooks/rest/webhook", json=body, timeout=60)
        replies = answer.json()
        self.buttons = [button["payload"] for reply in replies for button in reply.get("buttons", [])]
        self.custom = {}
        for reply in replies:
            self.custom |= reply.get("custom", {})
        if self.custom.get("session") == "end":
            self.session_no += 1
        return "\n".join(reply["text"] for reply in replies if reply.get("text"))

    def cases(self) -> list[Case]:
        with self.world.database.read() as session:
            return list(session.scalars(select(Case).where(Case.citizen_id == self.citizen_id).order_by(Case.id)))

    def receipts(self) -> list[tuple[str, bool]]:
        with self.world.database.read() as session:
            rows = session.scalars(select(ActionReceipt).where(ActionReceipt.inbox_id == self.inbox_id))
            return [(row.action, row.ok) for row in rows]

    def _store(self) -> int:
        self.n += 1
        with self.world.database.write() as session:
            row = InboxMessage(
                conversation_id=self.conversation_id,
                n=self.n,
                channel=self.channel,
                account="web",
                event_id=uuid4().hex,
                kind="text",
                text="",
                files=[],
                received_at=NOW,
            )
            session.add(row)
            session.flush()
            return row.id


@pytest.fixture
def person(world: World) -> Person:
    return Person(world)


def test_the_sentence_of_the_issue_becomes_a_case(person: Person) -> None:
    asked = person.say("toi nop ho so lam so do 3 thang roi chua co ket qua o phuong hac thanh thanh hoa")
    assert "họ tên và số điện thoại" in asked
    read = person.say("Nguyễn Văn Mẫu 0950000123")
    assert "phường Hạc Thành" in read and "0950000123" in read
    read = person.say("ý lộn, phường Hàm Rồng")
    assert "UBND phường Hàm Rồng" in read
    told = person.say("đúng rồi")
    case = person.cases()[0]
    assert case.code in told and "thứ Ba, 15/12/2026" in told and person.custom == {"session": "end"}
    assert person.receipts() == [("validate_report_form", True), ("action_finish_report", True)]


def test_a_pothole_is_reported_in_three_messages(person: Person) -> None:
    person.say("đường trước cổng trường tiểu học có ổ gà to như ao")
    person.say("phường hạc thành")
    assert "Thời hạn cam kết" in person.say("ừ đúng rồi")
    assert person.cases()[0].regime == "hien_truong"


def test_a_greeting_says_that_it_is_a_machine(person: Person) -> None:
    assert "máy" in person.say("chào bạn") and "act:gap_can_bo" in person.buttons


def test_a_complaint_prepares_the_petition(person: Person) -> None:
    person.say(
        "Tôi khiếu nại quyết định thu hồi đất của gia đình tôi ở phường Hạc Thành, Thanh Hóa, bồi thường quá thấp"
    )
    assert "ĐƠN KHIẾU NẠI" in person.say("act:dong_y") and person.cases()[0].state == "cho_nop_don"


DENOUNCED = "tôi tố cáo ông chủ tịch phường Hàm Rồng Thanh Hóa nhận 50 triệu của dân để làm sổ đỏ"


def test_a_denunciation_is_kept_secret(person: Person) -> None:
    asked = person.say(DENOUNCED)
    told = person.say("act:dong_y")
    assert "50 triệu" not in asked + told and "LN-" not in told
    assert person.custom == {"session": "end", "purge": True} and person.cases()[0].restricted


def test_a_denunciation_on_an_open_channel_opens_no_case_there_and_echoes_nothing(world: World) -> None:
    person = Person(world, channel="zalo")
    asked = person.say(DENOUNCED)
    assert "50 triệu" not in asked and "đừng viết thêm" in asked and not person.cases()


def test_a_question_is_answered_and_a_person_can_be_had(person: Person) -> None:
    assert "1.001193" in person.say("làm khai sinh cho con ở đâu mất bao lâu")
    person.say("cho tôi gặp cán bộ")
    assert "cán bộ" in person.say("phường Hạc Thành").lower() and person.cases()[0].kind == "hoi_dap"


def test_cancelling_in_the_middle_opens_nothing(person: Person) -> None:
    person.say("nước máy đục ngầu ba hôm nay")
    assert "Đã hủy" in person.say("thôi hủy đi") and person.cases() == []


def test_the_kind_may_be_chosen_before_the_first_word(person: Person) -> None:
    assert "chuyện gì" in person.say("kind:phan_anh")
    person.say("rác chất đống trước cổng chợ bốn ngày không ai dọn")
    person.say("phường Hạc Thành")
    assert person.say("act:dong_y") and person.cases()[0].kind == "phan_anh"


def test_a_location_and_a_file_are_taken(person: Person) -> None:
    assert "vẫn cần" in person.send('/gui_vi_tri{"lat": 19.8, "lon": 105.78}')
    person.say("rác chất đống trước cổng chợ bốn ngày không ai dọn")
    assert "gửi kèm" in person.send('/gui_tep{"so_tep": 1}')


@pytest.mark.parametrize(
    "text", ["/restart", '/inform{"q": 1}', "/action_listen", "😀😀", "???", "<script>alert(1)</script>"]
)
def test_bad_input_is_answered_and_changes_nothing(person: Person, text: str) -> None:
    assert person.say(text) and person.cases() == []


@pytest.mark.parametrize("intent", ["/restart", "/back", "/session_start", "/no_such_intent"])
def test_no_intent_of_the_engines_own_ends_in_silence_or_an_effect(person: Person, intent: str) -> None:
    person.send(intent)
    assert person.cases() == [] and person.say("chào bạn")


@pytest.mark.parametrize("payload", sorted(payloads.ACTS))
def test_every_act_is_answered_with_nothing_pending(person: Person, payload: str) -> None:
    assert person.say(f"act:{payload}")
    assert all(ok for _, ok in person.receipts()) and person.receipts()


@pytest.mark.parametrize("payload", sorted(payloads.ACTS))
def test_every_act_is_answered_at_the_reading_back(person: Person, payload: str) -> None:
    assert "xem đã đúng chưa" in person.say("đường có ổ gà to như ao ở phường Hạc Thành, Thanh Hóa")
    assert person.say(f"act:{payload}")
    assert all(ok for _, ok in person.receipts()) and person.receipts()


@pytest.mark.parametrize("kind", sorted(payloads.KINDS))
def test_every_kind_can_be_picked_at_any_time(person: Person, kind: str) -> None:
    assert person.say(f"kind:{kind}")
    assert person.say("đường có ổ gà to như ao ở phường Hạc Thành, Thanh Hóa")


async def test_the_table_of_conversations_is_answered_through_the_engine(world: World) -> None:
    """A new model may read a few messages otherwise; whom to call in danger depends on no model."""
    failed: dict[str, list[str]] = {}
    for row in table():
        engine = RasaEngine(world.engine_url)
        stage = Stage(world.database, FakeClock(), engine)  # type: ignore[arg-type]
        try:
            if found := await play(stage, row):
                failed[row["name"]] = found
        finally:
            await engine.aclose()
    told = "\n".join(line for found in failed.values() for line in found)
    dangers = {row["name"] for row in table() if any("first" in turn for turn in row["turns"])}
    assert not dangers & failed.keys(), told
    assert len(failed) <= len(table()) * MAY_FAIL, f"{sorted(failed)}\n{told}"


def test_a_bribe_is_asked_for_nothing_but_the_place_and_kept_secret(person: Person) -> None:
    asked = person.say("cán bộ địa chính đòi tôi 20 triệu mới làm sổ đỏ")
    assert "phường hoặc xã nào" in asked and "20 triệu" not in asked and person.custom["secret"]


def test_danger_is_answered_before_anything_else(person: Person) -> None:
    told = person.say("con toi nuot pin roi lam sao")
    assert told.startswith("Gọi ngay 115") and person.cases() == []
