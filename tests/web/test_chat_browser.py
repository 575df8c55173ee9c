"""The chat page in a real browser: what a person on a phone meets when the network, the device or a text is odd."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import BrowserContext, Page, Route, async_playwright, expect

from bot.repository import Reply
from integrations.channel import Button
from langnghe.web.services import WebServices
from tests.photos import png
from tests.web.conftest import Thread

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FLAGS += ["--disable-sync", "--no-first-run", "--disable-quic"]
REQUIRED = "chromium" in os.environ.get("LANGNGHE_REQUIRE", "").split(",")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="BỎ QUA: chưa có Chromium (apt-get install chromium)"),
]


@pytest.fixture
async def address(app: FastAPI, services: WebServices) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    services.hub.close()
    await running


@pytest.fixture
async def phone() -> AsyncIterator[BrowserContext]:
    assert CHROMIUM is not None, "Chromium is required here and was not found"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield await browser.new_context(
            viewport={"width": 320, "height": 568},
            locale="vi-VN",
            geolocation={"latitude": 19.8075, "longitude": 105.7764},
            permissions=["geolocation"],
        )
        await browser.close()


@pytest.fixture
async def page(phone: BrowserContext, address: str) -> AsyncIterator[Page]:
    made = await phone.new_page()
    problems: list[str] = []
    made.on("pageerror", lambda error: problems.append(str(error)))
    made.on("console", lambda message: problems.append(message.text) if "Content Security" in message.text else None)
    await made.goto(f"{address}/chat")
    yield made
    assert problems == []


async def say(page: Page, text: str) -> None:
    await page.locator("#text").fill(text)
    await page.locator("#text").press("Enter")


async def key_of(page: Page) -> str:
    await expect(page.locator("#log")).to_contain_text("đã gửi")
    return str(await page.evaluate("JSON.parse(localStorage.getItem('langnghe.chat')).conversation"))


async def test_text_is_shown_as_text_and_the_page_never_scrolls_sideways(page: Page, thread: Thread) -> None:
    odd = "<img src=x onerror=alert(1)> " + "a" * 300
    await say(page, odd)
    thread.reply(await key_of(page), Reply(text=f"{odd} <b>đậm</b> javascript:alert(1) https://vidu.example/a."))
    await expect(page.locator(".message--bot")).to_contain_text("<b>đậm</b>")
    assert await page.locator("#log img").count() == 0
    links = await page.locator("#log a").evaluate_all("links => links.map((link) => link.href)")
    assert links == ["https://vidu.example/a"]
    assert await page.evaluate("document.documentElement.scrollWidth") == 320


async def test_a_message_that_could_not_leave_is_sent_again_and_arrives_once(page: Page, thread: Thread) -> None:
    tries: list[str] = []

    async def answer_lost(route: Route) -> None:
        tries.append(json.loads(route.request.post_data or "{}")["id"])
        if len(tries) == 1:
            await route.fetch()  # it arrives, but its answer does not come back
        if len(tries) < 3:
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/messages", answer_lost)
    await say(page, "đường hỏng")
    retry = page.get_by_role("button", name="thử lại")
    await expect(retry).to_be_visible()
    await retry.click()
    await expect(page.locator("#log")).to_contain_text("đã gửi", timeout=10_000)
    assert len(tries) >= 2
    assert len(set(tries)) == 1
    assert thread.count() == 1
    assert await page.locator(".message--citizen").count() == 1


async def test_what_was_not_sent_survives_closing_the_page(page: Page, thread: Thread) -> None:
    await page.route("**/api/chat**", lambda route: route.abort())
    await say(page, "đường hỏng")
    await expect(page.get_by_role("button", name="thử lại")).to_be_visible()
    await page.unroute("**/api/chat**")
    await page.reload()
    await expect(page.locator(".message--citizen")).to_contain_text("đã gửi")
    assert [row.text for row in thread.stored()] == ["đường hỏng"]


async def test_a_reload_shows_the_whole_conversation_once(page: Page, thread: Thread) -> None:
    await say(page, "xin chào")
    thread.reply(await key_of(page), Reply(text="Chào anh/chị"))
    await expect(page.locator(".message--bot")).to_have_count(1)
    await page.reload()
    await expect(page.locator(".message--bot")).to_have_count(1)
    await expect(page.locator(".message--citizen")).to_have_count(1)
    await expect(page.locator("#start")).to_be_hidden()


async def test_a_new_conversation_leaves_nothing_on_the_device(page: Page) -> None:
    await say(page, "chuyện riêng")
    await key_of(page)
    page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await page.get_by_label("Tùy chọn").click()
    await page.get_by_role("button", name="Cuộc trò chuyện mới").click()
    await expect(page.locator(".message")).to_have_count(0)
    assert await page.evaluate("localStorage.length") == 0
    await page.reload()
    await expect(page.locator("#start")).to_be_visible()
    await expect(page.locator(".message")).to_have_count(0)


async def test_buttons_work_once_from_the_keyboard_and_stay_readable(page: Page, thread: Thread) -> None:
    await say(page, "đường hỏng")
    thread.reply(
        await key_of(page),
        Reply(text="Đúng chưa ạ?", buttons=(Button("Đúng rồi", "act:dong_y"), Button("Hủy", "act:huy"))),
    )
    yes = page.get_by_role("button", name="Đúng rồi")
    await yes.focus()
    await page.keyboard.press("Enter")
    await expect(yes).to_be_disabled()
    await expect(yes).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_role("button", name="Hủy", exact=True)).to_be_disabled()
    await expect(page.locator(".message--citizen").last).to_contain_text("đã gửi")
    assert [row.payload for row in thread.stored()] == [None, "act:dong_y"]


async def test_an_answer_of_an_office_stands_out_with_the_offices_name(page: Page, thread: Thread) -> None:
    await say(page, "đường hỏng")
    answer = "Trả lời của UBND phường Hạc Thành về việc mã LN-7K3M-92HX:\nĐã sửa xong."
    thread.reply(await key_of(page), Reply(text=answer, sender="staff"))
    shown = page.locator(".message--staff")
    await expect(shown.locator(".message__who")).to_have_text(
        "Trả lời của UBND phường Hạc Thành về việc mã LN-7K3M-92HX"
    )
    await expect(shown.locator(".bubble")).to_have_text("Đã sửa xong.")


async def test_a_photo_is_made_smaller_and_sent_as_jpeg(page: Page, thread: Thread) -> None:
    data = png((b"tEXt", b"Comment\0SECRET"))
    await page.locator("#file").set_input_files({"name": "ổ gà.png", "mimeType": "image/png", "buffer": data})
    await key_of(page)
    row = thread.stored()[0]
    assert (row.kind, row.files[0]["name"], row.files[0]["content_type"]) == ("attachment", "ổ gà.jpg", "image/jpeg")
    await page.reload()
    await expect(page.get_by_role("img", name="Ảnh đã gửi: ổ gà.jpg")).to_be_visible()


async def test_a_place_is_sent_only_after_the_explanation(page: Page, thread: Thread) -> None:
    await page.get_by_role("button", name="Gửi vị trí", exact=True).click()
    await expect(page.get_by_text("một lần này")).to_be_visible()
    assert thread.count() == 0
    await page.get_by_role("button", name="Gửi vị trí của tôi").click()
    await key_of(page)
    assert (thread.stored()[0].lat, thread.stored()[0].lon) == (19.8075, 105.7764)
    await expect(page.locator(".message--citizen")).to_have_count(1)


async def test_what_the_server_refuses_is_explained_where_it_was_written(page: Page, thread: Thread) -> None:
    refusal = {"error": "x", "message": "Tin nhắn này chưa gửi được vì lý do thử."}
    await page.route(
        "**/messages", lambda route: route.fulfill(status=422, json=refusal, content_type="application/json")
    )
    await say(page, "xin chào")
    await expect(page.locator(".message--failed")).to_contain_text("vì lý do thử")
    assert thread.count() == 0
