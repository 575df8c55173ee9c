"""The page behind the link that goes out on Telegram: the citizen's own answers, for who holds the key."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.models import Conversation
from feedback.base import new_capability
from feedback.database import Database
from langnghe.web import answer_page
from langnghe.web.app import create_app
from langnghe.web.services import WebServices
from tests.factories import MONDAY, make_case, make_citizen


@pytest.fixture
async def pages(services: WebServices) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(services, routers=(answer_page.router,))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


def thread_with(database: Database, *, kind: str, channel: str = "telegram") -> tuple[str, str]:
    """(the thread's key, the code of its citizen's case)"""
    key = new_capability()
    with database.write() as session:
        citizen_id = make_citizen(session)
        code = make_case(session, citizen_id=citizen_id, kind=kind).code
        session.add(
            Conversation(
                key=key,
                channel=channel,
                account="1",
                external_id="42",
                citizen_id=citizen_id,
                created_at=MONDAY,
            )
        )
    return key, code


async def test_the_key_shows_the_owners_cases_and_is_kept_by_no_cache(
    pages: httpx.AsyncClient, database: Database
) -> None:
    key, code = thread_with(database, kind="phan_anh")
    page = await pages.get(f"/answers/{key}")
    assert code in page.text and page.headers["cache-control"] == "no-store"


async def test_the_citizen_sees_how_the_deadline_was_counted_day_by_day(
    pages: httpx.AsyncClient, database: Database
) -> None:
    key, _ = thread_with(database, kind="phan_anh")
    page = await pages.get(f"/answers/{key}")
    assert "Cách tính thời hạn: 5 ngày được tính từ thứ Hai 23/11/2026, 3 ngày không tính" in page.text
    assert "thứ Ba 24/11/2026: nghỉ lễ: Ngày Văn hóa Việt Nam (Nghị quyết 28/2026/QH16)" in page.text


async def test_a_restricted_case_is_not_behind_the_key(pages: httpx.AsyncClient, database: Database) -> None:
    key, code = thread_with(database, kind="to_cao")
    page = await pages.get(f"/answers/{key}")
    assert page.status_code == 200 and code not in page.text


@pytest.mark.parametrize("key", ["x", "a" * 22, "%00" * 22, "..%2f", "A" * 4000])
async def test_any_other_key_is_unknown(pages: httpx.AsyncClient, key: str) -> None:
    assert (await pages.get(f"/answers/{key}")).status_code == 404


async def test_a_web_thread_has_no_such_page(pages: httpx.AsyncClient, database: Database) -> None:
    key, _code = thread_with(database, kind="phan_anh", channel="webchat")
    assert (await pages.get(f"/answers/{key}")).status_code == 404
