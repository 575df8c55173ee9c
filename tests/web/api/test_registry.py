"""Registry, routing, imports, the national exchange and the ledger over the API."""

from __future__ import annotations

import csv
import io

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from feedback import anchors
from feedback.database import Database
from feedback.law import load_yaml, read_text
from feedback.models import Case, CaseEvent, Office, Staff
from feedback.states import MOVES
from langnghe.secrets_file import installation_key
from langnghe.settings import Settings
from langnghe.web.heavy import heavy_work
from tests.factories import MONDAY, make_case
from tests.web.api.conftest import Programs


async def send(client: httpx.AsyncClient, path: str, *lines: str, **query: object) -> httpx.Response:
    file = ("tep.csv", "\n".join(lines).encode(), "text/csv")
    return await client.post(f"/api/v1/{path}", files={"file": file}, params=query)


# ---- registry


async def test_vocabulary_bodies_offices_and_moves_are_readable(programs: Programs) -> None:
    words = (await programs.an.get("/api/v1/registry/taxonomy")).json()
    assert "phan_anh" in words["kinds"] and words["fields"] and words["problems"]
    types = (await programs.an.get("/api/v1/registry/agencies?level=xa")).json()
    assert types and {one["level"] for one in types} == {"xa"}
    page = (await programs.an.get("/api/v1/registry/offices?limit=1")).json()
    assert len(page["offices"]) == 1 and page["next"]
    rest = (await programs.an.get(f"/api/v1/registry/offices?after={page['next']}")).json()
    assert rest["offices"] and rest["offices"][0] != page["offices"][0]
    table = (await programs.an.get("/api/v1/registry/states")).json()
    assert {one["move"] for one in table["moves"]} == set(MOVES)


async def test_procedures_are_found_by_words_and_by_code(programs: Programs) -> None:
    found = (await programs.an.get("/api/v1/registry/procedures", params={"q": "đăng ký khai sinh"})).json()
    code = found["procedures"][0]["code"]
    assert "khai sinh" in found["procedures"][0]["name"].lower()
    assert (await programs.an.get(f"/api/v1/registry/procedures/{code}")).json()["imported"] is False
    assert (await programs.an.get("/api/v1/registry/procedures/9.999999")).status_code == 404


# ---- routing


async def test_where_a_matter_would_go_is_told_with_its_reasons(programs: Programs) -> None:
    matter = {"kind": "phan_anh", "topic": "ve_sinh_rac", "text": "Rác không ai gom.", "place": "phường Hạc Thành"}
    said = await programs.an.post("/api/v1/routing/route", json=matter)
    assert said.status_code == 200 and said.json()["why"] and said.json()["unit"] == "14797", said.text
    assert (await programs.an.post("/api/v1/routing/route", json={"kind": "x"})).status_code == 422


async def test_a_new_table_is_tried_on_the_last_cases(programs: Programs) -> None:
    import yaml

    programs.open_case()
    programs.open_case("Ông Mẫu vòi tiền.", kind="to_cao")
    rules = yaml.safe_dump(load_yaml("routing.yml"), allow_unicode=True)
    said = await programs.boss.post("/api/v1/routing/simulate", json={"rules": rules})
    assert said.status_code == 200 and said.json()["cases"] == 1 and said.json()["changes"] == [], said.text
    assert (await programs.an.post("/api/v1/routing/simulate", json={"rules": rules})).status_code == 403
    for faulty in ("owners: []", ":", "- a"):
        assert (await programs.boss.post("/api/v1/routing/simulate", json={"rules": faulty})).status_code == 422


async def test_a_table_that_asks_for_words_learns_nothing_of_denunciations(programs: Programs) -> None:
    import yaml

    programs.open_case("Ông Mẫu vòi phong bì.", kind="to_cao")
    table = load_yaml("routing.yml")
    rules = yaml.safe_dump({**table, "rules": []}, allow_unicode=True)
    answers = [
        (await programs.boss.post("/api/v1/routing/simulate", json={"rules": text})).json()
        for text in (rules, yaml.safe_dump(table, allow_unicode=True))
    ]
    for said in answers:
        assert (said["cases"], said["changed"], said["fallbacks"]) == (0, 0, {"before": 0, "after": 0}), said


# ---- imports


AGENCIES = ("agency,unit,phone", "ubnd_xa,14797,0237 300 0000")


async def test_a_registry_file_is_tried_then_taken(programs: Programs, database: Database) -> None:
    tried = await send(programs.admin, "registry/agencies/import", *AGENCIES, dry_run=True)
    assert tried.json()["kept"] is False and tried.json()["changed"] == 1, tried.text
    with database.read() as session:
        assert session.scalars(select(Office.phone).where(Office.unit == "14797")).one() is None
    assert (await send(programs.admin, "registry/agencies/import", *AGENCIES)).json()["kept"] is True
    with database.read() as session:
        assert session.scalars(select(Office.phone).where(Office.unit == "14797")).one() == "0237 300 0000"


async def test_bad_rows_are_named_and_nothing_is_kept(programs: Programs, database: Database) -> None:
    refused = await send(programs.admin, "registry/agencies/import", *AGENCIES, "ubnd_xa,99999,1", "la,14797,1")
    assert refused.status_code == 422 and refused.json()["code"] == "bad_rows"
    assert [(one["row"], one["column"]) for one in refused.json()["errors"]] == [(3, "unit"), (4, "agency")]
    assert (await send(programs.admin, "registry/agencies/import", "a,b", "1,2")).status_code == 422
    with database.read() as session:
        assert session.scalars(select(Office.phone).where(Office.unit == "14797")).one() is None


@pytest.mark.parametrize("what", ["registry/agencies", "registry/procedures", "registry/users", "cases"])
async def test_only_administrators_import(programs: Programs, what: str) -> None:
    for person in (programs.an, programs.leader, programs.boss, programs.reader):
        assert (await send(person, f"{what}/import", *AGENCIES)).status_code == 403


async def test_users_come_in_without_passwords_and_rights_to_secrets(programs: Programs, database: Database) -> None:
    made = await send(
        programs.admin, "registry/users/import", "username,name,role,agency,unit", "moi,Lê Mẫu,officer,ubnd_xa,14797"
    )
    assert made.status_code == 200 and len(made.json()["notes"]) == 1, made.text
    for column in ("sees_restricted", "sees_identity", "password"):
        value = "mat-khau-rat-dai" if column == "password" else "x"
        refused = await send(
            programs.admin, "registry/users/import", f"username,name,role,{column}", f"reader,A,officer,{value}"
        )
        assert refused.status_code == 422 and refused.json()["errors"][0]["column"] == column
    with database.read() as session:
        assert session.scalars(select(Staff.sees_restricted).where(Staff.username == "moi")).one() is False


@pytest.mark.parametrize("username", ["reader", "READER", "sealed"])
async def test_no_file_moves_a_reader_of_denunciations_elsewhere(
    programs: Programs, database: Database, username: str
) -> None:
    lines = ("username,name,role,agency,unit,email", f"{username},Kẻ Lạ,officer,ubnd_xa,14758,la@example.org")
    for dry_run in (True, False):
        refused = await send(programs.admin, "registry/users/import", *lines, dry_run=dry_run)
        assert refused.status_code == 422, refused.text
        assert [(one["row"], one["column"]) for one in refused.json()["errors"]] == [(2, "username")]
    with database.read() as session:
        kept = session.scalars(select(Staff).where(Staff.username == username.lower())).one()
        assert (kept.office.unit if kept.office else None, kept.email) == ("14797", None)


# ---- the national system


def pakn(database: Database, **parts: object) -> str:
    with database.write() as session:
        return make_case(session, "Hồ sơ quá hẹn.", regime="pakn_hanh_vi", **parts).code


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_cases_go_to_the_national_system_by_file(programs: Programs, database: Database, kind: str) -> None:
    code = pakn(database)
    days = {"since": "2026-11-01", "until": "2026-11-30"}
    got = await programs.boss.get(f"/api/v1/pakn.{kind}", params=days)
    if kind == "csv":
        codes = [row["code"] for row in csv.DictReader(io.StringIO(got.content.decode("utf-8-sig")))]
    else:
        codes = [row[0].value for row in load_workbook(io.BytesIO(got.content)).active.iter_rows(min_row=2)]
    assert codes == [code]
    assert (await programs.an.get(f"/api/v1/pakn.{kind}", params=days)).status_code == 403


async def test_what_the_national_system_says_is_marked_and_compared(programs: Programs, database: Database) -> None:
    code = pakn(database)
    lines = ("code,national_code,national_state", f"{code},QG-1,Mới tiếp nhận", ",QG-2,Đã công khai")
    tried = (await send(programs.boss, "pakn/import", *lines, dry_run=True)).json()
    assert (tried["kept"], tried["marked"]) == (False, 1)
    done = (await send(programs.boss, "pakn/import", *lines)).json()
    assert done["kept"] is True and [one["what"] for one in done["differences"]] == ["only_there"]
    assert (await programs.an.get(f"/api/v1/cases/{code}")).json()["national"]["code"] == "QG-1"
    assert (await send(programs.an, "pakn/import", *lines)).status_code == 403


async def test_the_national_exchange_knows_no_restricted_case(programs: Programs, database: Database) -> None:
    secret, known = pakn(database), pakn(database)
    with database.write() as session:
        for one in session.scalars(select(Case)):
            one.national_code = f"QG-{one.code}"
            one.restricted = one.code == secret
    said = await send(programs.boss, "pakn/import", "code,national_code,national_state", f"{secret},QG-x,Mới tiếp nhận")
    assert [one["what"] for one in said.json()["differences"]] == ["only_there", "only_here"]
    assert [one["code"] for one in said.json()["differences"]] == [secret, known], "its own words, and an ordinary case"
    silent = await send(programs.boss, "pakn/import", "national_code,national_state", "QG-9,Mới tiếp nhận")
    assert secret not in silent.text


# ---- the ledger


async def test_tampering_is_found_and_named(programs: Programs, database: Database, settings: Settings) -> None:
    programs.open_case()
    secret = installation_key(settings.secret_key.get_secret_value(), settings.data_dir)
    with database.write() as session:
        anchors.anchor(session, secret=secret, now=MONDAY)
    assert (await programs.boss.get("/api/v1/ledger/verify")).json()["whole"] is True
    anchor = (await programs.an.get("/api/v1/ledger/anchors")).json()[0]
    published = await programs.boss.get("/api/v1/ledger/verify", params={"published": anchor["hash"]})
    assert published.json()["whole"] is True
    assert (await programs.an.get("/api/v1/ledger/verify")).status_code == 403
    with database.write() as session:
        session.execute(update(CaseEvent).values(move="close"))
    said = (await programs.boss.get("/api/v1/ledger/verify")).json()
    assert said["whole"] is False and "dòng 1" in said["bad"]


async def test_how_many_cases_the_ledger_has_is_told_to_readers_of_restricted_ones_only(programs: Programs) -> None:
    programs.open_case(kind="to_cao")
    said = (await programs.boss.get("/api/v1/ledger/verify")).json()
    assert said["whole"] is True and (said["cases"], said["rows"]) == (None, None)


PERIOD = {"since": "2026-10-01", "until": "2026-12-31"}
REGISTER = {"first": "2026-10-01", "last": "2026-12-31"}
HEAVY = [
    ("GET", "/api/v1/ledger/verify", {}),
    ("POST", "/api/v1/routing/simulate", {"json": {"rules": read_text("routing.yml"), "last": 10}}),
    ("GET", "/api/v1/indices/scores/qd766", {"params": PERIOD}),
    ("POST", "/api/v1/indices/results/{kept}/replay", {}),
    ("GET", "/api/v1/registers/report.xlsx", {"params": REGISTER}),
    ("GET", "/api/v1/pakn.csv", {"params": PERIOD}),
]


@pytest.mark.parametrize(("method", "path", "parts"), HEAVY, ids=[path for _, path, _ in HEAVY])
async def test_heavy_work_is_done_by_two_at_once_only(
    programs: Programs, method: str, path: str, parts: dict[str, object]
) -> None:
    sent = {**PERIOD, "save": "true", "database": "true"}
    kept = (await programs.boss.post("/api/v1/indices/compute/qd766", data=sent)).json()["id"]
    with heavy_work(), heavy_work():
        refused = await programs.boss.request(method, path.format(kept=kept), **parts)  # type: ignore[arg-type]
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
    assert refused.json()["code"] == "busy" and "Mời thử lại sau" in refused.json()["detail"]
    again = await programs.boss.request(method, path.format(kept=kept), **parts)  # type: ignore[arg-type]
    assert again.status_code == 200, again.text


async def test_who_may_not_replay_is_told_so_also_when_it_is_busy(programs: Programs) -> None:
    with heavy_work(), heavy_work():
        assert (await programs.boss.post("/api/v1/indices/results/999/replay")).status_code == 404
        assert (await programs.an.get("/api/v1/ledger/verify")).status_code == 403


async def test_a_receipt_is_checked(programs: Programs) -> None:
    case = programs.open_case()
    hashed = (await programs.an.get(f"/api/v1/cases/{case.code}")).json()["ledger"]["hash"]
    for given, fits in ((hashed, True), (" ".join([hashed[:8], hashed[8:]]), True), ("0" * 64, False), ("x", False)):
        said = await programs.chi.get("/api/v1/ledger/receipt", params={"code": case.code, "hash": given})
        assert said.json() == {"fits": fits}
