"""The pages before any script runs: what they say, what protects them, and what an error looks like."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from langnghe.web.app import create_app
from langnghe.web.assets import STATIC
from langnghe.web.pages import TEMPLATES
from langnghe.web.services import OtherWay, ReadyCheck, WebServices

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.fixture
async def page(client: httpx.AsyncClient) -> str:
    answer = await client.get("/chat", headers=BROWSER)
    assert answer.status_code == 200
    return answer.text


def test_the_page_says_before_any_script_that_it_is_a_machine(page: str) -> None:
    assert "Lắng Nghe là máy trả lời tự động" in words(page)


def test_the_page_says_what_is_kept_how_to_delete_it_and_how_to_reach_a_person(page: str) -> None:
    text = words(page)
    for needed in ("Điều gì được lưu, xóa thế nào?", "«xóa dữ liệu của tôi»", "«gặp cán bộ»", "xóa khỏi máy này"):
        assert needed in text
    for number in ("1022", "113", "114", "115", "111"):
        assert f'href="tel:{number}"' in page


def test_the_page_serves_keyboards_and_screen_readers(page: str) -> None:
    assert '<html lang="vi">' in page
    assert 'role="log"' in page
    assert 'aria-live="polite"' in page
    assert '<label class="visually-hidden" for="text">' in page
    assert 'class="skip-link" href="#text"' in page
    buttons = re.findall(r"<button[^>]*>(.*?)</button>", page, re.S)
    unnamed = [b for b in re.findall(r"<button[^>]*button--icon[^>]*>", page) if "aria-label" not in b]
    assert buttons
    assert unnamed == []


def test_without_javascript_other_ways_are_named(page: str) -> None:
    noscript = re.search(r"<noscript>(.*?)</noscript>", page, re.S)
    assert noscript
    assert "Bộ phận Một cửa" in noscript[1]


async def test_other_channels_and_the_hotline_come_from_the_services(services: WebServices) -> None:
    ways = (OtherWay("Zalo", "https://zalo.me/1"),)
    app = create_app(replace(services, hotline="02373999999", other_ways=ways))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        page = (await client.get("/chat")).text
    assert 'href="tel:02373999999"' in page
    assert 'href="https://zalo.me/1"' in page


async def test_no_page_needs_inline_code_or_another_host(client: httpx.AsyncClient) -> None:
    for path in ("/", "/chat", "/nowhere"):
        answer = await client.get(path, headers=BROWSER)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|(src|href)=\"(https?:)?//", answer.text)


async def test_every_file_that_a_page_names_is_served_compressed_and_for_ever(client: httpx.AsyncClient) -> None:
    page = (await client.get("/chat")).text
    for url in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page)):
        answer = await client.get(url, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] == "gzip"
        again = await client.get(url, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    assert (await client.get("/static/nothing.js")).status_code == 404
    assert (await client.get("/static/..%2Fapp.py")).status_code == 404


def test_the_script_is_small_and_writes_no_html() -> None:
    script = (STATIC / "chat.js").read_text(encoding="utf-8")
    assert len(script.encode()) < 20_000
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in script


def test_every_id_that_the_script_uses_is_in_the_page(page: str) -> None:
    used = set(re.findall(r'\$\("([a-z-]+)"\)', (STATIC / "chat.js").read_text(encoding="utf-8")))
    there = set(re.findall(r'\bid="([a-z-]+)"', page))
    assert used
    assert used <= there


async def test_the_landing_page_leads_to_all_three_doors(client: httpx.AsyncClient) -> None:
    page = (await client.get("/", headers=BROWSER)).text
    assert all(f'href="{path}"' in page for path in ("/chat", "/console", "/dashboard"))


async def test_an_error_is_a_page_for_browsers_and_json_for_programs(client: httpx.AsyncClient) -> None:
    page = await client.get("/khong-co", headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Không tìm thấy trang này" in page.text
    for answer in (await client.get("/api/khong-co", headers=BROWSER), await client.get("/khong-co")):
        assert answer.status_code == 404
        assert set(answer.json()) == {"error", "message"}
    wrong_method = await client.put("/api/chat")
    assert (wrong_method.status_code, wrong_method.json()["error"]) == (405, "method_not_allowed")


async def test_a_crash_is_a_plain_page_without_a_trace(services: WebServices) -> None:
    app = create_app(services)

    @app.get("/crash")
    async def crash() -> None:
        raise RuntimeError("secret detail")

    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/crash", headers=BROWSER)
    assert answer.status_code == 500
    assert "Mời anh/chị thử lại" in answer.text
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
    assert "content-security-policy" in answer.headers


def test_every_template_escapes_by_default() -> None:
    for template in Path(TEMPLATES).glob("*.html"):
        assert "|safe" not in template.read_text(encoding="utf-8").replace(" ", "")


@pytest.fixture
async def degraded(services: WebServices) -> AsyncIterator[httpx.AsyncClient]:
    async def down() -> bool:
        return False

    app = create_app(replace(services, ready_checks=(ReadyCheck("engine", down),)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        yield client


async def test_without_the_engine_the_program_is_degraded_but_ready(degraded: httpx.AsyncClient) -> None:
    answer = await degraded.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "parts": {"database": "ok", "engine": "down"}}


async def test_health_and_metrics_are_there(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json()["status"] == "ok"
    key = (await client.post("/api/chat")).json()["conversation"]
    await client.post(
        f"/api/chat/{key}/messages", json={"id": "6f1f4c1e-6a35-4a7e-9b8e-0d5b1f0a0001", "text": "xin chào"}
    )
    metrics = (await client.get("/metrics")).text
    assert 'langnghe_requests_total{method="POST",route="/api/chat",status="2xx"} 1' in metrics
    assert 'langnghe_queue{queue="inbox",state="new"} 1' in metrics
    assert key not in metrics


async def test_an_invented_method_makes_no_counter_of_its_own(client: httpx.AsyncClient) -> None:
    await client.request("INVENTED", "/chat")
    assert "INVENTED" not in (await client.get("/metrics")).text
