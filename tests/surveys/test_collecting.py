"""Paper and telephone forms come in one by one or from a spreadsheet; every wrong cell is named, all or nothing."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.database import Database
from surveys.errors import InvalidOption
from surveys.models import SurveyBatch, SurveyInvitation, SurveyResponse
from surveys.questionnaires import Questionnaire
from surveys.rounds import repository, steps
from surveys.rounds.collecting import CollectedForm, enter_form, form_answers, import_forms, record_disposition
from surveys.rounds.inviting import issue_links
from surveys.rounds.models import FrameUnit, SurveyRound
from surveys.rounds.sheets import InvalidRows
from tests.factories import MONDAY
from tests.surveys.rounds_stage import open_round

FORM = Questionnaire.load("qd2640")
CODES = [question.code for question in FORM.questions]


def a_form(number: int, level: int = 4, **answers: object) -> CollectedForm:
    given = dict.fromkeys(FORM.criteria, level) | {"da_gop_y": "khong"} | answers
    kept, dropped = form_answers(FORM, given)  # type: ignore[arg-type]
    return CollectedForm(number=number, answers=kept, mode="paper", day=date(2026, 11, 20), dropped=dropped)


def sheet(*rows: dict[str, object], header: tuple[str, ...] = ("Số phiếu", "Hình thức", "Ngày")) -> bytes:
    book = Workbook()
    book.active.append([*header, *CODES])
    for row in rows:
        filled = {"mode": "giấy", "day": "20/11/2026"} | row
        cells = [filled.get(name, "") for name in ("number", "mode", "day")]
        book.active.append([*cells, *(filled.get(code, 4 if code in FORM.criteria else "") for code in CODES)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def responses(session: Session) -> list[SurveyResponse]:
    session.flush()
    return list(session.scalars(select(SurveyResponse)))


def gate_code() -> str:
    gate = FORM.factors[-1].gate
    assert gate is not None
    return gate.code


def test_the_skip_rules_hold_on_paper_too() -> None:
    given = dict.fromkeys(FORM.criteria, 4) | {gate_code(): "khong"}
    answers, dropped = form_answers(FORM, given)
    assert dropped == 4 and "c5_1" not in answers
    answers, dropped = form_answers(FORM, given | {gate_code(): "co"})
    assert dropped == 0 and answers["c5_4"] == 4


def test_a_paper_form_is_kept_with_its_design_and_once(database: Database) -> None:
    with database.write() as session:
        survey = open_round(session)
        enter_form(session, survey.id, a_form(1), staff=None, now=MONDAY)
        [kept] = responses(session)
        unit = repository.sample_unit(session, survey.id, 1)
        assert unit is not None and unit.disposition == "complete"
        assert (kept.mode, kept.answered_on, kept.weight) == ("paper", date(2026, 11, 20), unit.weight)
        assert (kept.stratum, kept.cluster, kept.fpc) == (unit.stratum, unit.cluster, 4)
        with pytest.raises(InvalidOption, match="mỗi người một phiếu"):
            enter_form(session, survey.id, a_form(1), staff=None, now=MONDAY)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"number": 999}, "Không có phiếu"),
        ({"number": 13}, "dự phòng chưa được dùng"),
        ({"mode": "telepathy"}, "hình thức"),
        ({"day": date(2026, 10, 1)}, "ngoài thời gian"),
        ({"day": date(2026, 11, 24)}, "ngoài thời gian"),
        ({"answers": dict.fromkeys(FORM.criteria)}, "quá ít"),
    ],
)
def test_what_is_no_form_of_the_sample_is_refused(database: Database, wrong: dict[str, object], words: str) -> None:
    values = {"number": 1, "answers": a_form(1).answers, "mode": "paper", "day": date(2026, 11, 20)} | wrong
    with database.write() as session:
        survey = open_round(session)
        with pytest.raises(InvalidOption, match=words):
            enter_form(session, survey.id, CollectedForm(**values), staff=None, now=MONDAY)  # type: ignore[arg-type]


def test_a_link_is_over_once_the_paper_came(database: Database) -> None:
    with database.write() as session:
        survey = open_round(session)
        issue_links(session, survey.id, staff=None, now=MONDAY)
        [ended] = enter_form(session, survey.id, a_form(2), staff=None, now=MONDAY)
        invitation = session.get_one(SurveyInvitation, ended)
        assert (invitation.state, invitation.token_hash) == ("done", None)


def test_a_spreadsheet_is_tried_and_then_taken(database: Database) -> None:
    data = sheet(
        {"number": 1, "c1_1": "Rất hài lòng", gate_code(): "Có"}, {"number": "2", "mode": "điện thoại", "c1_2": ""}
    )
    with database.write() as session:
        survey = open_round(session)
        tried = import_forms(session, survey.id, data, dry_run=True, staff=None, now=MONDAY)
        assert (tried.forms, responses(session)) == (2, [])
        assert repository.dispositions(session, survey.id) == {"pending": 12}
        done = import_forms(session, survey.id, data, dry_run=False, staff=None, now=MONDAY)
        assert (done.forms, done.dropped) == (2, 4)
        kept = {response.mode: response.answers for response in responses(session)}
        assert kept["paper"]["c1_1"] == 5 and kept["paper"]["c5_4"] == 4
        assert "c1_2" not in kept["phone"] and "c5_4" not in kept["phone"]
        assert repository.dispositions(session, survey.id)["complete"] == 2
        log = [entry.text for entry, _ in repository.entries(session, survey.id) if entry.kind == "cleaning"]
        assert len(log) == 1 and "Nhập 2 phiếu" in log[0]


def test_every_wrong_cell_is_named_and_nothing_is_taken(database: Database) -> None:
    data = sheet(
        {"number": 1},
        {"number": "", "c1_1": 9},
        {"number": 1, "mode": "bồ câu"},
        {"number": 3, "day": "hôm qua", "c1_2": "con mèo"},
    )
    with database.write() as session:
        survey = open_round(session)
        with pytest.raises(InvalidRows) as caught:
            import_forms(session, survey.id, data, dry_run=False, staff=None, now=MONDAY)
        assert {(error.line, error.column) for error in caught.value.errors} == {
            (3, "số phiếu"),
            (3, "c1_1"),
            (4, "hình thức"),
            (4, "số phiếu"),
            (5, "ngày"),
            (5, "c1_2"),
        }
        with pytest.raises(InvalidRows, match="dự phòng"):
            import_forms(
                session, survey.id, sheet({"number": 1}, {"number": 14}), dry_run=False, staff=None, now=MONDAY
            )
        assert responses(session) == [] and repository.dispositions(session, survey.id) == {"pending": 12}


def test_a_refusal_brings_the_next_reserve_once(database: Database) -> None:
    with database.write() as session:
        survey = open_round(session)
        reserve = record_disposition(session, survey.id, 1, "refusal", attempts=1, staff=None, now=MONDAY)
        assert reserve is not None and reserve.issued
        again = record_disposition(session, survey.id, 1, "other", attempts=2, staff=None, now=MONDAY)
        assert again is None
        assert repository.dispositions(session, survey.id) == {"pending": 12, "other": 1}
        enter_form(session, survey.id, a_form(reserve.number), staff=None, now=MONDAY)


def test_nobody_is_given_up_before_three_tries(database: Database) -> None:
    with database.write() as session:
        survey = open_round(session)
        with pytest.raises(InvalidOption, match="ít nhất 3 lần"):
            record_disposition(session, survey.id, 1, "non_contact", attempts=2, staff=None, now=MONDAY)
        with pytest.raises(InvalidOption):
            record_disposition(session, survey.id, 1, "complete", attempts=5, staff=None, now=MONDAY)


def test_closing_releases_all_answers_and_forgets_all_names(database: Database) -> None:
    with database.write() as session:
        survey = open_round(session)
        issue_links(session, survey.id, staff=None, now=MONDAY)
        for number in (1, 2, 3):
            enter_form(session, survey.id, a_form(number), staff=None, now=MONDAY)
        session.flush()
        lapsed = steps.close_round(session, survey.id, staff=None, now=MONDAY + timedelta(days=1))
        assert len(lapsed) == 9 and session.get_one(SurveyRound, survey.id).state == "closed"
        units = session.scalars(select(FrameUnit).where(FrameUnit.round_id == survey.id))
        assert not any(unit.name or unit.phone or unit.address for unit in units)
        batch = session.scalars(select(SurveyBatch)).one()
        assert (batch.responses, batch.round_id) == (3, survey.id)
        assert all(response.batch_id == batch.id for response in responses(session))
        assert repository.dispositions(session, survey.id) == {"complete": 3, "non_contact": 9}
