"""The one-time form: opened once, straight into a restricted case, tied to no chat, and nothing comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select

from feedback import secret_forms
from feedback.database import Database
from feedback.errors import LinkSpent
from feedback.models import Case, Notice
from feedback.secrecy_models import SecretForm
from langnghe.web import secret_page
from langnghe.web.app import create_app
from langnghe.web.services import WebServices
from tests.conftest import FakeClock
from tests.factories import a_draft

WORDS = "Ông trưởng phòng vòi 20 triệu mới ký hồ sơ tách thửa."
FILLED = {
    "text": WORDS,
    "province": "38",
    "place": "UBND phường Hạc Thành",
    "name": "Lê Văn Mẫu",
    "phone": "0950000001",
}


@pytest.fixture
async def page(staff_services: WebServices) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(staff_services, routers=(secret_page.router(),))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test", headers={"Accept": "text/html"}
    ) as client:
        yield client


@pytest.fixture
def token(database: Database, clock: FakeClock) -> str:
    with database.write() as session:
        return secret_forms.issue(session, now=clock())


async def test_the_words_go_straight_into_a_restricted_case_and_come_back_nowhere(
    page: httpx.AsyncClient, database: Database, token: str
) -> None:
    form = await page.get(f"/kin/{token}")
    assert form.status_code == 200 and form.headers["cache-control"] == "no-store"
    sent = await page.post(f"/kin/{token}", data=FILLED)
    assert sent.status_code == 200 and "Đã gửi kín" in sent.text
    with database.read() as session:
        case = session.scalars(select(Case)).one()
        assert (case.text, case.restricted, case.state, case.due_at) == (WORDS, True, "cho_nop_don", None)
        assert (case.contact_name, case.contact_phone, case.office.unit) == ("Lê Văn Mẫu", "0950000001", "14797")
        assert session.scalars(select(Notice)).all() == []
    for secret in ("20 triệu", "Lê Văn Mẫu", "0950000001", case.code):
        assert secret not in sent.text


async def test_the_case_leads_back_to_no_chat_and_no_link(
    page: httpx.AsyncClient, database: Database, token: str
) -> None:
    await page.post(f"/kin/{token}", data=FILLED)
    with database.read() as session:
        case = session.scalars(select(Case)).one()
        assert case.citizen_id is None and token not in case.effect_key
        assert session.scalars(select(SecretForm)).all() == []


async def test_the_link_works_once(page: httpx.AsyncClient, database: Database, token: str) -> None:
    await page.post(f"/kin/{token}", data=FILLED)
    for answer in (await page.get(f"/kin/{token}"), await page.post(f"/kin/{token}", data=FILLED)):
        assert answer.status_code == 410 and "không còn dùng được" in answer.text
    with database.read() as session:
        assert len(session.scalars(select(Case)).all()) == 1


async def test_the_link_runs_out(page: httpx.AsyncClient, database: Database, clock: FakeClock, token: str) -> None:
    clock.advance(secret_forms.LIFETIME.total_seconds())
    assert (await page.get(f"/kin/{token}")).status_code == 410
    assert (await page.post(f"/kin/{token}", data=FILLED)).status_code == 410
    with database.write() as session:
        assert session.scalars(select(Case)).all() == []
        secret_forms.issue(session, now=clock())
        assert len(session.scalars(select(SecretForm)).all()) == 1, "what has run out is cleared away"


@pytest.mark.parametrize("key", ["x", "a" * 22, "%00" * 22, "..%2f", "A" * 4000])
async def test_any_other_key_is_told_the_same(page: httpx.AsyncClient, key: str) -> None:
    assert (await page.get(f"/kin/{key}")).status_code in (404, 410)


@pytest.mark.parametrize("text", ["", "   ", "a" * 10_001])
async def test_a_mistake_spends_no_link_and_echoes_nothing(
    page: httpx.AsyncClient, database: Database, token: str, text: str
) -> None:
    answer = await page.post(f"/kin/{token}", data={**FILLED, "text": text})
    assert answer.status_code == 422 and "Lê Văn Mẫu" not in answer.text and "aaaa" not in answer.text
    assert (await page.get(f"/kin/{token}")).status_code == 200


async def test_it_is_taken_without_name_and_place(page: httpx.AsyncClient, database: Database, token: str) -> None:
    assert (await page.post(f"/kin/{token}", data={"text": WORDS})).status_code == 200
    with database.read() as session:
        case = session.scalars(select(Case)).one()
        assert case.contact_name is None and case.office.province_code == "38"


def test_only_a_denunciation_is_taken(database: Database, clock: FakeClock) -> None:
    with database.write() as session:
        link = secret_forms.issue(session, now=clock())
        with pytest.raises(Exception, match="chỉ nhận tố cáo"):
            secret_forms.use(session, link, a_draft(), now=clock())
        with pytest.raises(LinkSpent):
            secret_forms.use(session, "khac", a_draft(kind="to_cao"), now=clock())
