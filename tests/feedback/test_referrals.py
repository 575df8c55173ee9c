"""What is only guided: the competent body with its address and papers, and a case that ends as guided."""

from __future__ import annotations

from feedback import agencies, cases, endings, importing, referrals, routing
from feedback.database import Database
from feedback.importing import Row
from feedback.law import load_yaml
from feedback.models import Answer
from tests.factories import HAC_THANH, MONDAY, make_case, make_citizen, make_staff


def test_every_body_that_is_only_named_has_its_papers() -> None:
    named = {slug for slug, body in agencies.catalogue().items() if body.mode == "referral"}
    assert named <= set(load_yaml("referrals.yml")["bodies"]) <= set(agencies.catalogue())


def test_the_address_comes_from_the_registry_and_is_never_guessed(database: Database) -> None:
    with database.write() as session:
        before = referrals.guidance(session, "tand_khu_vuc", HAC_THANH)
        assert before.address is None and "Địa chỉ: chưa có dữ liệu" in before.words()
        known = {"address": "5 Phan Chu Trinh", "phone": "02370000001"}
        row = Row(2, {"agency": "tand_khu_vuc", "unit": HAC_THANH, **known})
        assert importing.import_offices(session, [row]).problems == []
        words = referrals.guidance(session, "tand_khu_vuc", HAC_THANH).words()
        assert "5 Phan Chu Trinh" in words and "02370000001" in words and "đơn khởi kiện" in words


def test_a_dispute_ends_as_guided_without_a_clock(database: Database) -> None:
    with database.write() as session:
        facts = routing.CaseFacts(
            "tranh_chap", topic="nong_nghiep", text="tranh chấp lối đi", province_code="38", commune_code=HAC_THANH
        )
        route = routing.route(facts)
        draft = cases.CaseDraft(kind="phan_anh", regime="tranh_chap", text="Tranh chấp lối đi.", route=route)
        owner = make_citizen(session)
        case = cases.open_case(session, draft, citizen_id=owner, effect_key="k", received_at=MONDAY, now=MONDAY)
        assert (case.state, case.due_at, case.decider) == ("da_huong_dan", None, None)


def test_an_officer_guides_a_matter_that_is_not_the_administrations(database: Database) -> None:
    with database.write() as session:
        an, case = make_staff(session, "an"), make_case(session)
        text = referrals.guidance(session, "nhnn_khu_vuc", "38").words()
        endings.refer(session, case.id, staff=an, text=text, version=1, effect_key="g", now=MONDAY)
        assert (case.state, case.due_at, case.answered_at) == ("da_huong_dan", None, None)
        assert session.get_one(Answer, 1).text == text
