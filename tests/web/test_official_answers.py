"""The official track from draft to the signed PDF in the citizen's hands; the quick track in at most four clicks."""

from __future__ import annotations

import re
import uuid
from datetime import date

import httpx
import pytest
from sqlalchemy import select

from bot.intake import start_web_conversation
from bot.models import OutboxMessage
from bot.notices import Notices
from feedback import covers, letters
from feedback.covers import Absence
from feedback.database import Database
from feedback.letters import Letter
from feedback.models import Answer, Case, CaseEvent, CaseFile, Rating, Staff
from feedback.work_models import AnswerCheck, AnswerDraft
from tests.conftest import FakeClock
from tests.factories import make_case, make_citizen, make_staff
from tests.web.staff_cast import Cast, Person
from tests.web.test_moves_page import PDF, last, move, now, staff_id

DRAFT = "Hồ sơ đã ký ngày 20/11/2026, trả tại quầy số 3."


def pakn(database: Database, **parts: object) -> Case:
    with database.write() as session:
        return make_case(session, "Sổ đỏ quá hẹn ba tuần.", regime="pakn_hanh_vi", topic="dat_dai", **parts)


async def issue(
    person: Person, case: Case, version: int, *, data: bytes = PDF, form: object = None, **fields: str
) -> httpx.Response:
    values = {
        "csrf": person.csrf,
        "version": str(version),
        "form": str(form or uuid.uuid4()),
        "number": "12/UBND-VP",
        "dated": "2026-11-23",
        "signer": "Chủ tịch Nguyễn Mẫu Hòa",
        **fields,
    }
    files = {"pdf": ("tra-loi.pdf", data, "application/pdf")}
    return await person.http.post(f"/console/cases/{case.id}/issue", data=values, files=files)


async def drafted(cast: Cast, database: Database, case: Case, text: str = DRAFT) -> int:
    """Taken in hand and put before the leader; the version after it."""
    await cast.an.post(f"/console/cases/{case.id}/accept", version=now(database, case).version)
    sent = await cast.an.post(f"/console/cases/{case.id}/draft", version=now(database, case).version, text=text)
    assert sent.status_code == 303, sent.text
    return now(database, case).version


async def approved(cast: Cast, database: Database, case: Case) -> int:
    version = await drafted(cast, database, case)
    assert (await move(cast.leader, case, "approve", version=version)).status_code == 303
    return now(database, case).version


async def test_an_official_answer_cannot_be_sent_by_the_officer_alone(cast: Cast, database: Database) -> None:
    case = pakn(database)
    assert f"/console/cases/{case.id}/answer" not in (await cast.an.get(f"/console/cases/{case.id}")).text
    refused = await cast.an.answer(case, DRAFT)
    assert refused.status_code == 409 and "trả lời chính thức" in refused.text
    assert (await issue(cast.an, case, 1)).status_code == 409
    assert now(database, case).state == "moi"


async def test_the_leader_approves_and_the_officer_does_not(cast: Cast, database: Database) -> None:
    case = pakn(database)
    version = await drafted(cast, database, case)
    assert now(database, case).state == "cho_duyet"
    assert DRAFT in (await cast.leader.get("/console/approvals")).text
    for person in (cast.an, cast.binh):
        assert (await move(person, case, "approve", version=version)).status_code == 409
    for person in (cast.chi, cast.boss):
        assert (await move(person, case, "approve", version=version)).status_code in (403, 404)
    assert (await move(cast.leader, case, "approve", version=version)).status_code == 303
    assert now(database, case).state == "da_duyet"


async def test_a_draft_that_comes_back_is_changed_and_both_wordings_stay(cast: Cast, database: Database) -> None:
    case = pakn(database)
    version = await drafted(cast, database, case)
    await move(cast.leader, case, "send_back", version=version, reason="Thêm căn cứ.")
    page = (await cast.an.get(f"/console/cases/{case.id}")).text
    assert "Thêm căn cứ." in page and DRAFT in page, "the old wording stands in the form to be changed"
    changed = f"{DRAFT} Căn cứ Điều 61 Nghị định 43."
    path = f"/console/cases/{case.id}/draft"
    assert (await cast.an.post(path, version=now(database, case).version, text=changed)).status_code == 303
    with database.read() as session:
        assert [draft.text for draft in session.scalars(select(AnswerDraft).order_by(AnswerDraft.id))] == [
            DRAFT,
            changed,
        ]


async def test_the_signed_paper_is_what_the_citizen_receives(
    cast: Cast, database: Database, clock: FakeClock, woken: list[str]
) -> None:
    with database.write() as session:
        conversation = start_web_conversation(session, now=clock())
        owner = conversation.citizen_id
    case = pakn(database, citizen_id=owner)
    version = await approved(cast, database, case)
    assert (await issue(cast.chi, case, version)).status_code == 404
    form = uuid.uuid4()
    for _ in range(2):
        assert (await issue(cast.an, case, version, form=form)).status_code == 303
    Notices(database, clock).deliver()
    with database.read() as session:
        answer = session.scalars(select(Answer)).one()
        assert (answer.number, answer.dated, answer.signer) == (
            "12/UBND-VP",
            date(2026, 11, 23),
            "Chủ tịch Nguyễn Mẫu Hòa",
        )
        signed = session.scalars(select(CaseFile)).one()
        sent = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        assert sent is not None and [file["key"] for file in sent.files] == [signed.key]
        assert "số 12/UBND-VP ngày 23/11/2026" in sent.text and DRAFT not in sent.text
        assert len(sent.buttons) == 5, "and may be rated"
    event = last(database, case)
    assert event.data["number"] == "12/UBND-VP" and len(event.data["sha256"]) == 64
    assert now(database, case).state == "da_tra_loi" and woken
    page = (await cast.binh.get(f"/console/cases/{case.id}")).text
    assert "văn bản số 12/UBND-VP ngày 23/11/2026" in page and f"/console/files/{signed.key}" in page


@pytest.mark.parametrize(
    ("fields", "data", "status"),
    [
        ({"number": " "}, PDF, 422),
        ({"signer": ""}, PDF, 422),
        ({"dated": "2026-11-24"}, PDF, 422),
        ({"dated": "hôm nay"}, PDF, 422),
        ({}, b"khong phai pdf", 415),
    ],
)
async def test_a_paper_without_number_day_signer_or_pdf_is_not_issued(
    cast: Cast, database: Database, fields: dict[str, str], data: bytes, status: int
) -> None:
    case = pakn(database)
    version = await approved(cast, database, case)
    answer = await issue(cast.an, case, version, data=data, **fields)
    assert answer.status_code == status
    assert now(database, case).state == "da_duyet"


async def test_several_drafts_are_approved_at_once_each_for_itself(cast: Cast, database: Database) -> None:
    first, second, third = pakn(database), pakn(database), pakn(database)
    versions = [await drafted(cast, database, case) for case in (first, second, third)]
    await move(cast.an, third, "recall", version=versions[2])
    picks = [f"{case.id}:{version}" for case, version in zip((first, second, third), versions, strict=True)]
    data = {"csrf": cast.leader.csrf, "pick": [*picks, "99999:1", "x", "1:x"]}
    assert (await cast.an.http.post("/console/approvals", data={**data, "csrf": cast.an.csrf})).status_code == 403
    page = await cast.leader.http.post("/console/approvals", data=data)
    assert page.text.count("đã duyệt") == 2 and third.code in page.text
    assert [now(database, case).state for case in (first, second, third)] == ["da_duyet", "da_duyet", "dang_xu_ly"]


async def test_a_deputy_acts_for_an_absent_leader_between_two_days_and_the_ledger_says_so(
    cast: Cast, database: Database, clock: FakeClock
) -> None:
    case = pakn(database)
    version = await drafted(cast, database, case)
    leader, binh, chi = (staff_id(database, name) for name in ("leader", "binh", "chi"))
    days = {"first_day": "2026-11-23", "last_day": "2026-11-25"}
    path = "/console/covers"
    assert (await cast.an.post(path, leader=leader, deputy=binh, **days)).status_code == 403
    assert (await cast.leader.post(path, leader=leader, deputy=chi, **days)).status_code == 422
    assert (
        await cast.leader.post(path, leader=leader, deputy=binh, **{**days, "last_day": "2026-11-22"})
    ).status_code == 422
    assert (await cast.binh.get("/console/approvals")).status_code == 403
    assert (await cast.leader.post(path, leader=leader, deputy=binh, **days)).status_code == 303
    assert (await cast.binh.get("/console/approvals")).status_code == 200
    clock.advance(3 * 86_400)
    assert (await move(cast.binh, case, "approve", version=version)).status_code in (303, 409, 401)
    assert now(database, case).state == "cho_duyet", "the cover is over"
    clock.now = clock.now.replace(day=23)
    assert (await move(cast.binh, case, "approve", version=version)).status_code == 303
    event = last(database, case)
    assert (event.actor, event.data["for"]) == (f"staff:{binh}", leader)
    assert "thay Cán bộ Mẫu Leader" in (await cast.an.get(f"/console/cases/{case.id}")).text


async def test_a_cover_ends_early_and_what_needs_no_leader_is_the_deputys_own(
    cast: Cast, database: Database, clock: FakeClock
) -> None:
    leader, binh = staff_id(database, "leader"), staff_id(database, "binh")
    with database.write() as session:
        absence = Absence(leader, binh, date(2026, 11, 23), date(2026, 11, 30))
        cover = covers.arrange(session, absence, staff=session.get_one(Staff, leader), now=clock()).id
    case = cast.open_case()
    await move(cast.binh, case, "claim")
    assert "for" not in last(database, case).data
    assert (await cast.an.post(f"/console/covers/{cover}/end")).status_code == 403
    assert (await cast.leader.post(f"/console/covers/{cover}/end")).status_code == 303
    assert (await cast.binh.get("/console/approvals")).status_code == 403


def covered_by(database: Database, deputy: str, clock: FakeClock) -> None:
    with database.write() as session:
        leader = session.get_one(Staff, staff_id(database, "leader"))
        absence = Absence(leader.id, staff_id(database, deputy), date(2026, 11, 23), date(2026, 11, 30))
        covers.arrange(session, absence, staff=leader, now=clock())


async def test_a_deputy_approves_a_colleagues_draft_and_never_their_own(
    cast: Cast, database: Database, clock: FakeClock
) -> None:
    own, other = pakn(database), pakn(database)
    own_version, other_version = [await drafted(cast, database, case) for case in (own, other)]
    await move(cast.an, other, "recall", version=other_version)
    draft = {"version": now(database, other).version, "text": DRAFT}
    assert (await cast.binh.post(f"/console/cases/{other.id}/draft", **draft)).status_code == 303
    other_version = now(database, other).version
    covered_by(database, "an", clock)

    page = (await cast.an.get("/console/approvals")).text
    assert f'value="{own.id}:{own_version}"' not in page and f'value="{other.id}:{other_version}"' in page
    shown = (await cast.an.get(f"/console/cases/{own.id}")).text
    assert "/moves/approve" not in shown and "do chính mình trình" in shown
    refused = await move(cast.an, own, "approve", version=own_version)
    assert refused.status_code == 409 and "do chính mình trình" in refused.text
    picks = [f"{own.id}:{own_version}", f"{other.id}:{other_version}"]
    page = await cast.an.http.post("/console/approvals", data={"csrf": cast.an.csrf, "pick": picks})
    assert page.text.count("đã duyệt") == 1 and "do chính mình trình" in page.text
    assert (now(database, own).state, now(database, other).state) == ("cho_duyet", "da_duyet")
    assert (await move(cast.leader, own, "approve", version=own_version)).status_code == 303


async def test_a_leader_may_approve_the_own_draft_for_an_office_of_one(cast: Cast, database: Database) -> None:
    case = pakn(database)
    await cast.leader.post(f"/console/cases/{case.id}/accept", version=1)
    draft = {"version": now(database, case).version, "text": DRAFT}
    assert (await cast.leader.post(f"/console/cases/{case.id}/draft", **draft)).status_code == 303
    assert (await move(cast.leader, case, "approve", version=now(database, case).version)).status_code == 303


# --- the quick track ---


async def test_a_quick_answer_takes_at_most_four_clicks(cast: Cast, database: Database) -> None:
    case = cast.open_case("Đèn đường tắt.", place_text="ngõ 12")
    clicks = 0
    queue = (await cast.an.get("/console")).text
    link = re.search(rf'href="(/console/cases/{case.id})"', queue)
    assert link is not None
    page, clicks = (await cast.an.get(link[1])).text, clicks + 1
    wording = re.search(r'href="(/console/cases/\d+\?template=hen_hien_truong)#reply"', page)
    assert wording is not None
    page, clicks = (await cast.an.get(wording[1])).text, clicks + 1
    filled = re.search(r'<textarea id="text"[^>]*>\s*(.*?)</textarea>', page, re.S)
    assert filled is not None and "phường Hạc Thành" in filled[1]
    typed = filled[1].replace("[ngày]", "27/11").replace("[nguyên nhân]", "cháy bóng").replace("[Đơn vị]", "Tổ điện")
    answer, clicks = await cast.an.answer(case, typed), clicks + 1
    assert answer.status_code == 303 and now(database, case).state == "da_tra_loi" and clicks <= 4


async def test_empty_talk_is_stopped_once_and_goes_out_when_the_officer_insists(cast: Cast, database: Database) -> None:
    case = cast.open_case()
    text = "Đã tiếp nhận và chuyển xử lý."
    assert 'name="anyway"' not in (await cast.an.get(f"/console/cases/{case.id}")).text
    stopped = await cast.an.answer(case, text)
    assert stopped.status_code == 422 and 'name="anyway"' in stopped.text and text in stopped.text
    assert now(database, case).state == "moi"
    assert (await cast.an.answer(case, text, anyway="1")).status_code == 303
    official = pakn(database)
    await cast.an.post(f"/console/cases/{official.id}/accept", version=1)
    path = f"/console/cases/{official.id}/draft"
    stopped = await cast.an.post(path, version=now(database, official).version, text=text)
    assert stopped.status_code == 422 and "Vẫn gửi" in stopped.text


async def test_what_chance_picked_is_read_by_a_leader_who_did_not_write_it(
    cast: Cast, database: Database, staff_services: object
) -> None:
    staff_services.settings.check_share = 1.0  # type: ignore[attr-defined]
    case, own = cast.open_case(), cast.open_case("Nước đục.")
    await cast.an.answer(case, "Đã thay bóng.")
    await cast.leader.answer(own, "Đã súc ống.")
    with database.read() as session:
        first, second = session.scalars(select(AnswerCheck.id).order_by(AnswerCheck.id)).all()
    page = (await cast.leader.get("/console/checks")).text
    assert "Đã thay bóng." in page and page.count('name="verdict"') == 2
    assert (await cast.an.get("/console/checks")).status_code == 403
    assert (await cast.an.post(f"/console/checks/{first}", verdict="good")).status_code == 403
    assert (await cast.chi.post(f"/console/checks/{first}", verdict="good")).status_code == 404
    assert (await cast.leader.post(f"/console/checks/{second}", verdict="good")).status_code == 403
    assert (await cast.leader.post(f"/console/checks/{first}", verdict="poor")).status_code == 422
    judged = await cast.leader.post(f"/console/checks/{first}", verdict="poor", remark="Thiếu ngày.")
    assert judged.status_code == 303
    assert "Đã kiểm tra 1, chưa đạt 1" in (await cast.leader.get("/console/checks")).text


async def test_a_body_that_works_by_letter_has_signed_already_and_its_reply_is_handed_on(
    cast: Cast, database: Database, clock: FakeClock
) -> None:
    case = pakn(database)
    with database.write() as session:
        held = session.get_one(Case, case.id)
        held.responsible = "Thuế tỉnh Thanh Hóa"
        desk = make_staff(session, "dieuphoi")
        desk.office = held.office
        held.office.agency = "vp_ubnd_tinh"
        session.flush()
        for work in (letters.send_letter, letters.record_reply):
            work(
                session,
                case.id,
                staff=desk,
                letter=Letter("9/TT", date(2026, 11, 23)),
                version=held.version,
                now=clock(),
            )
    sent = await cast.an.answer(
        case, "Thuế tỉnh trả lời: hoàn 2 triệu ngày 30/11.", version=now(database, case).version
    )
    assert sent.status_code == 303


async def test_one_answer_goes_to_every_merged_case_and_each_sender_rates_for_themselves(
    cast: Cast, database: Database, clock: FakeClock
) -> None:
    with database.write() as session:
        owners = [make_citizen(session) for _ in range(3)]
        main, *others = [make_case(session, "Rác chợ Mẫu bốn ngày không gom.", citizen_id=one) for one in owners]
    for other in others:
        assert (await move(cast.an, other, "merge", into=main.code)).status_code == 303
    await cast.an.answer(main, "Đã dọn sáng 24/11.", version=now(database, main).version)
    from feedback import cases

    with database.write() as session:
        assert [one.text for one in session.scalars(select(Answer))] == ["Đã dọn sáng 24/11."] * 3
        for owner, case, score in zip(owners, (main, *others), (5, 1, 3), strict=True):
            cases.rate(session, case.id, citizen_id=owner, score=score, effect_key=f"r{case.id}", now=clock())
        assert sorted(session.scalars(select(Rating.score))) == [1, 3, 5]
    with database.read() as session:
        moves = session.scalars(select(CaseEvent.move).where(CaseEvent.case_id == others[0].id)).all()
        assert "answer_merged" in moves
