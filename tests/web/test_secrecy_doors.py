"""A tố cáo from every door: each way out of the system, tried by each stranger, gives away neither word nor sender."""

from __future__ import annotations

import io
import re
from collections.abc import Awaitable, Callable

import openpyxl
import pytest
from sqlalchemy import select, text

from bot.models import InboxMessage, OutboxMessage
from bot.notices import Notices
from feedback import handling, national, repository
from feedback.base import Base
from feedback.database import Database
from feedback.documents.registers import all_registers
from feedback.handling_models import RouteCorrection
from feedback.models import Answer, Case, Notice, Rating, Staff
from feedback.secrecy_models import RestrictedLook
from tests.conftest import FakeClock
from tests.factories import HAC_THANH, MONDAY, make_case, make_citizen
from tests.web.denunciation import ADDRESS, NAME, PHONE, SECRETS, WORDS, Secret, make_secret
from tests.web.staff_cast import Cast, Person


@pytest.fixture
def secret(cast: Cast, database: Database) -> Secret:
    del cast
    return make_secret(database)


Door = Callable[[Person, Secret], Awaitable[str]]


def page(path: str, **fields: str) -> Door:
    """A page that may be there for this person, but may say nothing of the case; with fields it is posted to."""

    async def open_it(person: Person, secret: Secret) -> str:
        known = {"id": secret.case.id, "code": secret.case.code, "file": secret.file}
        sent = {name: value.format(**known) for name, value in fields.items()}
        address = path.format(**known)
        return (await (person.post(address, **sent) if fields else person.get(address))).text

    return open_it


def closed(path: str, **fields: object) -> Door:
    """An address that is told to be none; with fields it is posted to."""

    async def try_it(person: Person, secret: Secret) -> str:
        address = path.format(id=secret.case.id, code=secret.case.code, file=secret.file)
        answer = await (person.post(address, **fields) if fields else person.get(address))
        assert answer.status_code in (401, 303, 404), (address, answer.status_code)
        return answer.text

    return try_it


DOORS: dict[str, Door] = {
    "queue": page("/console?view=all"),
    "queue, open": page("/console?view=open"),
    "search by words": page("/console?view=all&q=phong+bi"),
    "search by code": page("/console?view=all&q={code}"),
    "search by name": page("/console?view=all&q=Le+Van+Mau"),
    "news": page("/console/news?after=0"),
    "dashboard": page("/dashboard?period=year"),
    "restricted list": closed("/console/restricted"),
    "case page": closed("/console/cases/{id}"),
    "sender": closed("/console/cases/{id}/identity", x=1),
    "file": closed("/console/files/{file}"),
    "papers": closed("/console/cases/{id}/papers"),
    "receipt": closed("/console/cases/{id}/papers/bien_nhan.pdf"),
    "petition": closed("/console/cases/{id}/papers/don_to_cao.docx"),
    "accept": closed("/console/cases/{id}/accept", version=1),
    "answer": closed(
        "/console/cases/{id}/answer", version=1, form="6f9619ff-8b86-d011-b42d-00cf4fc964ff", text="Xong."
    ),
    "moves": closed("/console/cases/{id}/moves/note", version=1, note="x"),
    "draft": closed("/console/cases/{id}/draft", version=1, text="Đã rõ ngày 23/11."),
    "several at once": page("/console/bulk", action="note", words="x", pick="{id}:1"),
    "set-aside messages": page("/console/set-aside"),
    "alerts": page("/console/alerts"),
    "approvals": page("/console/approvals"),
    "checks": page("/console/checks"),
    "surges": page("/console/surges"),
    "who holds what": page("/console/waiting"),
    "registers": page("/console/registers"),
    "the ledger's anchors": page("/ledger/anchors"),
    "public answers": page("/answers/{code}"),
    "metrics": page("/metrics"),
}


@pytest.mark.parametrize("name", DOORS)
async def test_a_stranger_learns_nothing_at_this_door(
    cast: Cast, secret: Secret, database: Database, name: str
) -> None:
    for person in (*cast.strangers(), cast.nobody):
        said = await DOORS[name](person, secret)
        # A search box shows again what was typed into it: the code as a link is what would betray the case.
        shown = re.sub(r'value="[^"]*"', "", said)
        assert not any(word in shown for word in SECRETS), (name, person.name)
        assert f"/console/cases/{secret.case.id}" not in shown and f">{secret.case.code}<" not in shown
    with database.read() as session:
        assert session.scalars(select(RestrictedLook)).all() == [], "who saw nothing is no reader"
        case = session.get_one(Case, secret.case.id)
        assert (case.state, case.version) == ("cho_nop_don", 1)


async def test_the_reader_reads_the_matter_but_not_who_sent_it(cast: Cast, secret: Secret) -> None:
    for path in ("", "/papers"):
        said = (await cast.reader.get(f"/console/cases/{secret.case.id}{path}")).text
        assert not any(word in said for word in (NAME, PHONE, ADDRESS))
    assert WORDS in (await cast.reader.get(f"/console/cases/{secret.case.id}")).text
    refused = await cast.reader.post(f"/console/cases/{secret.case.id}/identity")
    assert refused.status_code == 403 and NAME not in refused.text


async def test_who_has_the_right_sees_the_sender_and_each_look_is_recorded(
    cast: Cast, secret: Secret, database: Database
) -> None:
    with database.write() as session:
        session.scalars(select(Staff).where(Staff.username == "reader")).one().sees_identity = True
    assert NAME not in (await cast.reader.get(f"/console/cases/{secret.case.id}")).text
    shown = await cast.reader.post(f"/console/cases/{secret.case.id}/identity")
    assert all(word in shown.text for word in (NAME, PHONE, ADDRESS))
    assert shown.headers["cache-control"] == "no-store"
    await cast.reader.get(f"/console/files/{secret.file}")
    with database.read() as session:
        looks = [
            (look.what, look.case_id) for look in session.scalars(select(RestrictedLook).order_by(RestrictedLook.id))
        ]
    assert looks == [(what, secret.case.id) for what in ("case", "identity", "file")]
    assert "người gửi" in (await cast.reader.get(f"/console/cases/{secret.case.id}")).text


async def test_the_sender_of_an_ordinary_case_is_no_secret_page(cast: Cast) -> None:
    case = cast.open_case()
    assert (await cast.reader.post(f"/console/cases/{case.id}/identity")).status_code == 404


# --- the doors that are tables: what is stored beside the case itself ---


def all_rows_but(database: Database, *without: str) -> str:
    """Everything that the database holds, as a backup or a curious administrator lists it, but these tables."""
    tables = [table.name for table in Base.metadata.sorted_tables if table.name not in without]
    with database.read() as session:
        return "\n".join(str(tuple(row)) for name in tables for row in session.execute(text(f'select * from "{name}"')))


async def test_words_and_sender_are_in_no_table_but_the_cases_own(
    cast: Cast, secret: Secret, database: Database
) -> None:
    """The ledger, notices, inbox, outbox, clocks, looks: ids and codes only."""
    await cast.reader.get(f"/console/cases/{secret.case.id}")
    await cast.reader.answer(secret.case, "Mời đến nơi tiếp công dân.")
    listed = all_rows_but(database, "case", "case_file")
    assert not any(word in listed for word in SECRETS)


async def test_it_stands_in_no_register_and_no_report_of_those_who_oversee(cast: Cast, secret: Secret) -> None:
    cast.open_case("Đèn ngõ Mẫu hỏng.")
    for what in (*all_registers(), "report"):
        for person in (cast.leader, cast.boss, cast.admin, cast.reader):
            file = await person.get(f"/console/registers/file?what={what}&first=2026-11-01&last=2026-11-30")
            if person is cast.reader:
                assert file.status_code == 403
                continue
            assert file.status_code == 200
            book = words_of(file.content)
            assert not any(word in book for word in (*SECRETS, secret.case.code)), (what, person.name)


async def test_what_was_marked_secret_stands_in_no_file_for_the_national_system(cast: Cast, database: Database) -> None:
    plain, secret = cast.open_case(regime="pakn_hanh_vi"), cast.open_case(WORDS, regime="pakn_hanh_vi")
    with database.write() as session:
        session.get_one(Case, secret.id).restricted = True
    with database.read() as session:
        rows = str(national.export_rows(session, since=MONDAY.date(), until=MONDAY.date()))
    assert plain.code in rows
    assert not any(word in rows for word in (*SECRETS, secret.code))


def words_of(workbook: bytes) -> str:
    """Every cell of every sheet, as text."""
    book = openpyxl.load_workbook(io.BytesIO(workbook), read_only=True)
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)


async def test_no_notice_of_its_moves_reaches_the_chat_in_words(
    cast: Cast, secret: Secret, database: Database, clock: FakeClock
) -> None:
    await cast.reader.answer(secret.case, "Mời đến nơi tiếp công dân.")
    Notices(database, clock).deliver()
    with database.read() as session:
        assert not session.scalars(select(InboxMessage)).all()
        assert not [row for row in session.scalars(select(OutboxMessage)) if secret.case.code in row.text]
        moved = session.scalars(select(Notice.kind).where(Notice.case_id == secret.case.id)).all()
    assert "case_moved" not in moved


async def test_nothing_of_it_becomes_an_example_to_learn_from(cast: Cast, secret: Secret, database: Database) -> None:
    del cast
    with database.write() as session:
        reader = session.scalars(select(Staff).where(Staff.username == "reader")).one()
        moved = handling.transfer(
            session,
            secret.case.id,
            staff=reader,
            agency="ubnd_tinh",
            unit="38",
            reason="Người bị tố cáo là người đứng đầu.",
            version=1,
            now=MONDAY,
        )
        assert moved.office.agency == "ubnd_tinh"
        assert session.scalars(select(RouteCorrection)).all() == []


async def test_its_sender_finds_it_by_no_code_and_in_no_list(database: Database) -> None:
    with database.write() as session:
        owner = make_citizen(session)
        case = make_case(session, WORDS, kind="to_cao", citizen_id=owner)
        assert repository.case_by_code_of_citizen(session, case.code, owner) is None
        assert repository.cases_of_citizen(session, owner) == []
        assert repository.office_figures(session, since=MONDAY, until=MONDAY) == []
        assert session.scalars(select(Answer)).all() == [] and session.scalars(select(Rating)).all() == []
        assert case.office.unit == HAC_THANH


async def test_the_logs_hold_ids_only(
    cast: Cast, secret: Secret, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await cast.reader.get(f"/console/cases/{secret.case.id}")
    await cast.reader.answer(secret.case, "Mời đến nơi tiếp công dân.")
    for person in cast.strangers():
        await person.get(f"/console/cases/{secret.case.id}")
    said = "".join(capsys.readouterr()) + caplog.text
    assert not any(word in said for word in (*SECRETS, secret.case.code))
