"""Reading cases over the API: the list with filters and pages, one case, and what each person may see."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedback import cases
from feedback.database import Database
from feedback.repository import LARGEST_ID
from tests.conftest import FakeClock
from tests.factories import HAM_RONG, MONDAY
from tests.web.api.conftest import Programs

LIST = "/api/v1/cases"


async def codes(client: object, query: str = "") -> list[str]:
    answer = await client.get(LIST + query)  # type: ignore[attr-defined]
    assert answer.status_code == 200, answer.text
    return [one["code"] for one in answer.json()["cases"]]


async def test_an_office_lists_its_own_cases_and_an_overseer_all(programs: Programs) -> None:
    own, other = programs.open_case(), programs.open_case(unit=HAM_RONG)
    assert await codes(programs.an) == await codes(programs.binh) == [own.code]
    assert await codes(programs.chi) == [other.code]
    assert await codes(programs.boss) == [other.code, own.code]


async def test_pages_hold_each_case_once_also_when_new_ones_come_in(programs: Programs) -> None:
    made = [programs.open_case(now=MONDAY - timedelta(hours=hour // 2)).code for hour in range(7)]
    seen, cursor = [], ""
    for _ in range(10):
        answer = (await programs.an.get(LIST, params={"limit": 3, **({"cursor": cursor} if cursor else {})})).json()
        seen += [one["code"] for one in answer["cases"]]
        programs.open_case(now=MONDAY + timedelta(minutes=len(seen)))
        cursor = answer["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(made) and len(set(seen)) == 7


@pytest.mark.parametrize(
    "query",
    [
        "?kind=khen_ngoi",
        "?stage=answered",
        "?state=cho_duyet&state=da_duyet",
        "?agency=ubnd_tinh",
        "?unit=14758",
        "?regime=khieu_nai",
        "?since=2026-11-24",
        "?until=2026-11-23T00:00:00%2B07:00",
        "?late=true",
        "?q=đèn+đường",
    ],
)
async def test_a_filter_leaves_out_what_does_not_fit(programs: Programs, query: str) -> None:
    programs.open_case("Rác ở đầu ngõ chợ.")
    assert await codes(programs.an, query) == []


@pytest.mark.parametrize(
    "query",
    [
        "?kind=phan_anh&stage=open&regime=hien_truong&agency=ubnd_xa&unit=14797",
        "?state=moi&state=da_duyet",
        "?since=2026-11-23T09:00:00&until=2026-11-23T09:00:01",
        "?late=false",
        "?q=rac+DAU+ngo",
    ],
)
async def test_a_filter_keeps_what_fits(programs: Programs, query: str) -> None:
    case = programs.open_case("Rác ở đầu ngõ chợ.")
    assert await codes(programs.an, query) == [case.code]


async def test_the_code_finds_its_case(programs: Programs) -> None:
    case = programs.open_case()
    programs.open_case()
    assert await codes(programs.an, f"?q={case.code}") == [case.code]
    assert await codes(programs.chi, f"?q={case.code}") == []


async def test_what_is_late_is_told_by_the_clock(programs: Programs, clock: FakeClock) -> None:
    case = programs.open_case()
    assert case.due_at is not None
    assert await codes(programs.an, "?late=true") == []
    clock.now = case.due_at + timedelta(minutes=1)
    assert await codes(programs.an, "?late=true") == [case.code]
    assert await codes(programs.an, "?late=false") == []


@pytest.mark.parametrize(
    "query",
    [
        "?kind=xyz",
        "?state=xyz",
        "?cursor=%20",
        "?cursor=YQ",
        "?limit=0",
        "?limit=1000",
        "?since=hom-qua",
        "?since=0001-01-01T00:00:00",
        "?until=9999-12-31T23:59:59-12:00",
        "?la=1",
        "?stage=x",
    ],
)
async def test_a_slip_in_the_query_is_told(programs: Programs, query: str) -> None:
    answer = await programs.an.get(LIST + query)
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"


async def test_one_case_with_its_proof_routing_history_and_hash(programs: Programs) -> None:
    case = programs.open_case(contact_name="Trần Văn Mẫu", contact_phone="0950000001")
    answer = await programs.an.get(f"{LIST}/{case.code}")
    said = answer.json()
    assert answer.headers["etag"] == '"1"' and said["version"] == 1
    assert said["contact"] == {"name": "Trần Văn Mẫu", "phone": "0950000001", "address": None}
    assert said["routing"]["why"] == ["Rác thuộc UBND cấp xã"] and said["routing"]["rules"] == ["rac"]
    deadline = said["deadline"]
    assert deadline["due_at"] and deadline["proof"][0]["date"] == "2026-11-23"
    assert deadline["counted_days"] == sum(day["counted"] for day in deadline["proof"]) > 0
    assert [step["move"] for step in said["history"]] == ["open"]
    assert said["ledger"] == {"rows": 1, "hash": said["history"][-1]["hash"]}
    assert said["stays"][0]["desk"] == "intake" and said["stays"][0]["until"] is None


async def test_a_case_is_found_however_its_code_is_written(programs: Programs) -> None:
    case = programs.open_case()
    for written in (case.code.lower(), case.code.replace("-", " ")):
        assert (await programs.an.get(f"{LIST}/{written}")).json()["code"] == case.code


async def test_a_case_of_another_office_is_not_there(programs: Programs) -> None:
    case = programs.open_case()
    hidden = await programs.chi.get(f"{LIST}/{case.code}")
    unknown = await programs.chi.get(f"{LIST}/LN-0000-0000")
    assert hidden.status_code == unknown.status_code == 404
    assert hidden.json() == unknown.json()
    assert (await programs.boss.get(f"{LIST}/{case.code}")).status_code == 200


async def test_the_answer_and_its_officer_are_shown(programs: Programs, database: Database) -> None:
    case = programs.open_case()
    with database.write() as session:
        from feedback import people

        an = people.by_username(session, "an")
        assert an is not None
        cases.answer(session, case.id, staff=an, text="Đã thu gom sáng 23/11.", version=1, effect_key="a:1", now=MONDAY)
    said = (await programs.an.get(f"{LIST}/{case.code}")).json()
    assert said["stage"] == "answered"
    assert (said["answers"][0]["text"], said["answers"][0]["officer"]) == ("Đã thu gom sáng 23/11.", "Cán bộ Mẫu An")


async def test_a_number_beyond_the_database_is_no_place(programs: Programs) -> None:
    from feedback.repository_lists import Place
    from langnghe.web.api.cursors import cursor_of

    answer = await programs.an.get(LIST, params={"cursor": cursor_of(Place(MONDAY, LARGEST_ID + 1))})
    assert answer.status_code == 422
