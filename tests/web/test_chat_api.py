"""The chat API: what is taken, what is refused and how, and how new messages reach a waiting page."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import unicodedata
import uuid
import zipfile
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.intake import Intake
from bot.repository import Reply
from feedback.database import Database
from integrations.channel import Button
from langnghe.web.app import create_app
from langnghe.web.chat_api import ChatApi
from langnghe.web.limits import ChatRates, Rate
from langnghe.web.services import WebServices
from tests.photos import jpeg_with_gps, png
from tests.web.conftest import BrokenIntake, Thread

HEX = "0123456789abcdef"
VIETNAMESE = set("ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ")


async def open_conversation(client: httpx.AsyncClient) -> str:
    answer = await client.post("/api/chat")
    assert answer.status_code == 200
    return str(answer.json()["conversation"])


async def send(client: httpx.AsyncClient, conversation: str, **message: Any) -> httpx.Response:
    body = {"id": str(uuid.uuid4()), **message}
    return await client.post(f"/api/chat/{conversation}/messages", json=body)


async def messages(client: httpx.AsyncClient, conversation: str, **params: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/chat/{conversation}/messages", params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["messages"])


def attachment(data: bytes, content_type: str = "image/jpeg", name: str = "anh.jpg") -> dict[str, str]:
    return {"name": name, "content_type": content_type, "data": base64.b64encode(data).decode()}


def is_vietnamese(text: str) -> bool:
    return bool(VIETNAMESE & set(text.lower()))


async def test_a_conversation_is_a_capability_of_128_bits_and_never_the_same(client: httpx.AsyncClient) -> None:
    keys = {await open_conversation(client) for _ in range(5)}
    assert len(keys) == 5
    assert all(len(base64.urlsafe_b64decode(key + "==")) == 16 for key in keys)


async def test_a_message_is_stored_and_read_back_in_the_agreed_shape(client: httpx.AsyncClient, thread: Thread) -> None:
    key = await open_conversation(client)
    assert (await send(client, key, text="đường hỏng")).status_code == 202
    thread.reply(key, Reply(text="Ở đâu ạ?", buttons=(Button("Hạc Thành", "place:14797"),)))
    first, second = await messages(client, key)
    assert first == {
        "n": 1,
        "from": "citizen",
        "text": "đường hỏng",
        "buttons": [],
        "attachments": [],
        "at": "2026-11-23T02:00:00+00:00",
    }
    assert (second["n"], second["from"], second["buttons"]) == (
        2,
        "bot",
        [{"title": "Hạc Thành", "payload": "place:14797"}],
    )
    assert [message["n"] for message in await messages(client, key, after=1)] == [2]


async def test_the_same_id_twice_is_one_message_with_one_number(client: httpx.AsyncClient, thread: Thread) -> None:
    key, message_id = await open_conversation(client), str(uuid.uuid4())
    first = await send(client, key, id=message_id, text="xin chào")
    again = await send(client, key, id=message_id.upper(), text="xin chào")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json() == {"n": 1}
    assert thread.count() == 1


async def test_two_conversations_may_use_the_same_id(client: httpx.AsyncClient, thread: Thread) -> None:
    message_id = str(uuid.uuid4())
    for _ in range(2):
        assert (await send(client, await open_conversation(client), id=message_id, text="a")).status_code == 202
    assert thread.count() == 2


async def test_an_answer_of_an_office_is_marked_as_such(client: httpx.AsyncClient, thread: Thread) -> None:
    key = await open_conversation(client)
    thread.reply(key, Reply(text="Trả lời của UBND phường Hạc Thành:\nĐã sửa.", sender="staff"))
    assert [message["from"] for message in await messages(client, key)] == ["staff"]


async def test_a_pressed_button_is_shown_with_its_words(client: httpx.AsyncClient, thread: Thread) -> None:
    key = await open_conversation(client)
    thread.reply(key, Reply(text="Đúng chưa ạ?", buttons=(Button("Đúng rồi", "act:dong_y"),)))
    assert (await send(client, key, payload="act:dong_y")).status_code == 202
    assert thread.stored()[0].payload == "act:dong_y"
    assert (await messages(client, key))[-1]["text"] == "Đúng rồi"


async def test_a_place_is_stored_as_degrees(client: httpx.AsyncClient, thread: Thread) -> None:
    key = await open_conversation(client)
    assert (await send(client, key, location={"lat": 19.807, "lon": 105.776})).status_code == 202
    row = thread.stored()[0]
    assert (row.kind, row.lat, row.lon) == ("location", 19.807, 105.776)
    assert (await messages(client, key))[0]["text"] == "Vị trí của tôi"


ODD_WORDS = ["/restart", '/inform{"kind": "to_cao"}', "😀👍🏽", "<script>alert(1)</script>", "a\x00b"]


@pytest.mark.parametrize("text", ODD_WORDS)
async def test_odd_words_are_a_message_like_any_other(client: httpx.AsyncClient, thread: Thread, text: str) -> None:
    key = await open_conversation(client)
    assert (await send(client, key, text=text)).status_code == 202
    row = thread.stored()[0]
    assert (row.kind, row.payload, row.text) == ("text", None, text.replace("\x00", ""))


async def test_half_a_surrogate_pair_is_stored_as_a_replacement_mark(client: httpx.AsyncClient, thread: Thread) -> None:
    key = await open_conversation(client)
    raw = f'{{"id": "{uuid.uuid4()}", "text": "chào \\ud83d"}}'
    assert (await client.post(f"/api/chat/{key}/messages", content=raw)).status_code == 202
    assert thread.stored()[0].text == "chào \ufffd"


async def test_ten_thousand_letters_are_counted_after_composition(client: httpx.AsyncClient, thread: Thread) -> None:
    key = await open_conversation(client)
    decomposed = unicodedata.normalize("NFD", "ề" * 10_000)
    assert len(decomposed) == 30_000
    assert (await send(client, key, text=decomposed)).status_code == 202
    assert thread.stored()[0].text == "ề" * 10_000
    assert (await send(client, key, text="ề" * 10_001)).status_code == 413


BAD_MESSAGES: list[tuple[str, Any, int]] = [
    ("empty text", {"text": ""}, 422),
    ("only spaces", {"text": " \n\t\u200b\u2003 "}, 422),
    ("100 kB of text", {"text": "a" * 100_000}, 413),
    ("a megabyte of text", {"text": "a" * 1_000_000}, 413),
    ("a text that is no text", {"text": 5}, 422),
    ("nothing", {}, 422),
    ("two contents", {"text": "a", "payload": "act:dong_y"}, 422),
    ("a command as payload", {"payload": "/restart"}, 422),
    ("an unknown payload", {"payload": "inform:{}"}, 422),
    ("a payload with Vietnamese letters", {"payload": "act:đồng_ý"}, 422),
    ("no uuid", {"id": "7", "text": "a"}, 422),
    ("a number for an id", {"id": 7, "text": "a"}, 422),
    ("a place outside the world", {"location": {"lat": 91, "lon": 0}}, 422),
    ("a place in words", {"location": {"lat": "19,8", "lon": "105"}}, 422),
    ("half a place", {"location": {"lat": 19}}, 422),
    ("true as latitude", {"location": {"lat": True, "lon": 1}}, 422),
    ("an attachment without data", {"attachment": {"name": "a.jpg", "content_type": "image/jpeg"}}, 422),
    ("bad base64", {"attachment": {"name": "a.jpg", "content_type": "image/jpeg", "data": "@@@@"}}, 422),
    ("an empty file", {"attachment": {"name": "a.jpg", "content_type": "image/jpeg", "data": ""}}, 422),
    ("a page called a photo", {"attachment": attachment(b"<html><script>1</script></html>")}, 415),
    ("a photo called a PDF", {"attachment": attachment(png(), "application/pdf")}, 415),
    ("a program", {"attachment": attachment(b"MZ\x90\x00" * 20, "application/octet-stream", "a.exe")}, 415),
    ("an SVG", {"attachment": attachment(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")}, 415),
    ("a zip called a Word file", {"attachment": attachment(b"PK\x03\x04" + b"\0" * 50, "application/zip")}, 415),
    ("a cut-off photo", {"attachment": attachment(b"\xff\xd8\xff\xe1\xff\xff")}, 415),
    ("a file over the limit", {"attachment": attachment(b"\xff\xd8\xff" + b"\0" * 1_048_576)}, 413),
]


@pytest.mark.parametrize(("message", "status"), [pytest.param(m, s, id=name) for name, m, s in BAD_MESSAGES])
async def test_bad_input_gets_a_vietnamese_reason_and_changes_nothing(
    client: httpx.AsyncClient, thread: Thread, message: dict[str, Any], status: int
) -> None:
    key = await open_conversation(client)
    answer = await send(client, key, **message)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error", "message"}
    assert is_vietnamese(answer.json()["message"])
    assert thread.count() == 0


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"[1]", b"null", b"\xff\xfe", b'{"id": 1e99999}', b"[" * 100_000], ids=str
)
async def test_a_body_that_is_no_json_object_is_refused(client: httpx.AsyncClient, thread: Thread, body: bytes) -> None:
    key = await open_conversation(client)
    answer = await client.post(f"/api/chat/{key}/messages", content=body)
    assert answer.status_code in (400, 422)
    assert is_vietnamese(answer.json()["message"])
    assert thread.count() == 0


async def test_a_photo_of_30_mb_is_refused_before_it_is_parsed(client: httpx.AsyncClient, thread: Thread) -> None:
    key = await open_conversation(client)
    answer = await send(client, key, attachment=attachment(b"\xff\xd8\xff" + b"\0" * 30_000_000))
    assert answer.status_code == 413
    assert "quá lớn" in answer.json()["message"]
    assert thread.count() == 0


async def test_an_endless_body_without_a_length_is_cut_off(client: httpx.AsyncClient, thread: Thread) -> None:
    key = await open_conversation(client)
    pieces = 0

    async def endless() -> Any:
        nonlocal pieces
        while True:
            pieces += 1
            yield b" " * 1_000_000

    answer = await client.post(f"/api/chat/{key}/messages", content=endless())
    assert answer.status_code == 413
    assert pieces < 100
    assert thread.count() == 0


async def test_unknown_and_malformed_conversations_get_the_same_answer(
    client: httpx.AsyncClient, thread: Thread
) -> None:
    answers = []
    for key in ("A" * 22, "x", "a" * 500, "%00", "%F0%9F%98%80", "..%2F..", "'; drop table conversation;--"):
        for answer in (
            await send(client, key, text="xin chào"),
            await client.get(f"/api/chat/{key}/messages"),
            await client.get(f"/api/chat/{key}/files/{'B' * 22}"),
        ):
            if b"not_found" not in answer.content:  # a slash leads to no route at all
                answers.append((answer.status_code, answer.text))
    assert len(set(answers)) == 1
    assert answers[0][0] == 404
    assert thread.count() == 0


@pytest.mark.parametrize("query", ["after=-1", "after=x", "wait=-5", "wait=nan", "after=99999999999999999999"])
async def test_bad_parameters_are_refused_with_a_reason(client: httpx.AsyncClient, query: str) -> None:
    key = await open_conversation(client)
    answer = await client.get(f"/api/chat/{key}/messages?{query}")
    assert answer.status_code == 422
    assert is_vietnamese(answer.json()["message"])


async def test_a_photo_is_kept_without_its_gps_and_comes_back_under_a_capability(
    client: httpx.AsyncClient, thread: Thread
) -> None:
    key, photo = await open_conversation(client), jpeg_with_gps()
    assert b"GPS-SECRET" in photo
    assert (await send(client, key, attachment=attachment(photo, name="../ảnh ổ gà.JPEG"))).status_code == 202
    shown = (await messages(client, key))[0]["attachments"]
    assert [(file["name"], file["content_type"]) for file in shown] == [("ảnh ổ gà.jpg", "image/jpeg")]
    assert shown[0]["url"].startswith(f"/api/chat/{key}/files/")
    answer = await client.get(shown[0]["url"])
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xff\xd8")
    assert b"GPS-SECRET" not in answer.content
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("inline; filename=")
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_word_file_is_offered_for_download_only(client: httpx.AsyncClient) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    key = await open_conversation(client)
    sent = await send(client, key, attachment=attachment(buffer.getvalue(), docx, "đơn.docx"))
    assert sent.status_code == 202
    url = (await messages(client, key))[0]["attachments"][0]["url"]
    assert (await client.get(url)).headers["content-disposition"].startswith("attachment; ")


async def test_a_file_is_shown_in_its_own_conversation_only(client: httpx.AsyncClient) -> None:
    an, binh = await open_conversation(client), await open_conversation(client)
    await send(client, an, attachment=attachment(png(), "image/png", "a.png"))
    url = (await messages(client, an))[0]["attachments"][0]["url"]
    assert (await client.get(url)).status_code == 200
    assert (await client.get(url.replace(an, binh))).status_code == 404


async def test_a_waiting_page_hears_of_a_reply_at_once(client: httpx.AsyncClient, thread: Thread) -> None:
    key = await open_conversation(client)
    waiting = asyncio.create_task(messages(client, key, after=0, wait=20))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    started = asyncio.get_running_loop().time()
    thread.reply(key, Reply(text="Chào anh/chị"))
    assert [message["text"] for message in await waiting] == ["Chào anh/chị"]
    assert asyncio.get_running_loop().time() - started < 0.15


async def test_a_reply_between_the_look_and_the_wait_is_not_waited_for(
    client: httpx.AsyncClient, thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await open_conversation(client)
    look = ChatApi._look

    def look_and_reply(chat: ChatApi, conversation: str, after: int) -> object:
        seen = look(chat, conversation, after)
        thread.reply(key, Reply(text="Chào anh/chị"))
        return seen

    monkeypatch.setattr(ChatApi, "_look", look_and_reply)
    started = asyncio.get_running_loop().time()
    assert [message["text"] for message in await messages(client, key, after=0, wait=20)] == ["Chào anh/chị"]
    assert asyncio.get_running_loop().time() - started < 0.3


async def test_a_lost_wake_up_delays_a_reply_but_does_not_lose_it(client: httpx.AsyncClient, thread: Thread) -> None:
    key = await open_conversation(client)
    waiting = asyncio.create_task(messages(client, key, after=0, wait=20))
    await asyncio.sleep(0.05)
    thread.reply(key, Reply(text="Chào anh/chị"), wake=False)
    assert len(await asyncio.wait_for(waiting, 3)) == 1


async def test_nothing_new_ends_the_wait_with_an_empty_list(client: httpx.AsyncClient) -> None:
    key = await open_conversation(client)
    assert await messages(client, key, after=0, wait=0.1) == []


async def test_a_stopping_program_lets_waiting_pages_go(client: httpx.AsyncClient, services: WebServices) -> None:
    key = await open_conversation(client)
    waiting = asyncio.create_task(messages(client, key, after=0, wait=30))
    await asyncio.sleep(0.05)
    services.hub.close()
    assert await asyncio.wait_for(waiting, 1) == []
    assert services.hub.waiting() == 0


async def test_answers_of_the_api_are_not_cached_anywhere(client: httpx.AsyncClient) -> None:
    key = await open_conversation(client)
    answer = await client.get(f"/api/chat/{key}/messages")
    assert answer.headers["cache-control"] == "no-store"


async def limited_client(services: WebServices) -> tuple[FastAPI, httpx.AsyncClient]:
    rates = ChatRates(messages_per_conversation=Rate(burst=3, per_second=0.01))
    app = create_app(replace(services, rates=rates))
    return app, httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


async def test_who_writes_too_fast_is_told_when_to_go_on(services: WebServices, thread: Thread) -> None:
    _app, client = await limited_client(services)
    key = await open_conversation(client)
    codes = [(await send(client, key, text=str(i))).status_code for i in range(5)]
    assert codes == [202, 202, 202, 429, 429]
    answer = await send(client, key, text="nữa")
    assert int(answer.headers["retry-after"]) >= 1
    assert is_vietnamese(answer.json()["message"])
    assert (await send(client, await open_conversation(client), text="người khác")).status_code == 202
    assert thread.count() == 4


async def test_with_storing_off_a_message_is_checked_but_not_stored(
    services: WebServices, thread: Thread, database: Database
) -> None:
    off = services.settings.model_copy(update={"storing": False})
    intake = Intake(database, services.clock, lambda: None, storing=False)
    app = create_app(replace(services, settings=off, intake=intake))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        key = await open_conversation(client)
        assert (await send(client, key, text="xin chào")).status_code == 202
        assert (await send(client, key, text="")).status_code == 422
    assert thread.count() == 0


async def test_a_broken_database_gives_a_503_in_vietnamese(services: WebServices) -> None:
    app = create_app(replace(services, intake=BrokenIntake()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        answer = await send(client, await open_conversation(client), text="xin chào")
    assert answer.status_code == 503
    assert is_vietnamese(answer.json()["message"])
    assert "inbox_message" not in answer.text
    assert json.loads(answer.text)["error"] == "unavailable"
