"""The field-work pack: lists with the rule, numbered forms without names, allowances without numbers."""

from __future__ import annotations

import pytest

from feedback.database import Database
from feedback.documents import pdf, word
from feedback.documents.paper import Heading, PageBreak, Paper, Table
from surveys.questionnaire_files import load
from surveys.rounds import repository, steps
from surveys.rounds.fieldwork import PAPERS, allowance_list, printed_forms, recheck_list, sample_list
from tests.factories import MONDAY
from tests.surveys.rounds_stage import drawn_round, open_round


def cells(paper: Paper) -> str:
    return "\n".join(" | ".join(row) for block in paper.blocks if isinstance(block, Table) for row in block.rows)


def test_the_sample_list_has_each_unit_of_an_interviewer_with_its_reserves_in_order(database: Database) -> None:
    with database.write() as session:
        survey = drawn_round(session)
        people = [{"name": "ĐTV Một", "areas": ["14797"]}, {"name": "ĐTV Hai", "areas": ["14758"]}]
        steps.assign_interviewers(session, survey.id, people, staff=None, now=MONDAY)
        paper = sample_list(session, survey, "ĐTV Một")
        mine = [unit for unit in repository.sample(session, survey.id) if unit.frame_unit.commune == "14797"]
        rows = [row for block in paper.blocks if isinstance(block, Table) for row in block.rows]
        assert sorted(int(row[0]) for row in rows) == sorted(unit.number for unit in mine)
        assert [row[1] for row in rows] == ["mẫu"] * 3 + ["dự phòng 4", "dự phòng 5"] + ["mẫu"] * 3 + [
            "dự phòng 4",
            "dự phòng 5",
        ]
        assert any("Quy tắc thay thế" in block.text for block in paper.blocks if isinstance(block, Heading))
        assert any("phường Hạc Thành" in block.text for block in paper.blocks if isinstance(block, Heading))


@pytest.mark.parametrize("name", ["qd2640", "sipas2023"])
def test_forms_carry_their_number_and_no_name(database: Database, name: str) -> None:
    with database.write() as session:
        survey = drawn_round(session, questionnaire=name)
        paper = printed_forms(session, survey, "")
        text = str(paper.blocks)
        names = [unit.frame_unit.name for unit in repository.sample(session, survey.id)]
        assert not any(person in text for person in names if person)
        assert sum(isinstance(block, PageBreak) for block in paper.blocks) == 11
        numbers = [
            block.text.split()[2] for block in paper.blocks if isinstance(block, Heading) if "PHIẾU SỐ" in block.text
        ]
        assert sorted(map(int, numbers)) == list(range(1, 13))
        for question in load(name).questions:
            assert f"[{question.code}]" in text


def test_allowances_are_signed_for_without_a_number(database: Database) -> None:
    with database.write() as session:
        survey = open_round(session)
        rows = cells(allowance_list(session, survey, "")).splitlines()
        assert len(rows) == 12 and [row.split(" | ")[0] for row in rows] == [str(n) for n in range(1, 13)]
        assert rows == sorted(rows, key=lambda row: row.split(" | ")[1])


def test_the_recheck_list_has_its_share(database: Database) -> None:
    with database.write() as session:
        survey = drawn_round(session, recheck_share=0.5)
        assert len(cells(recheck_list(session, survey, "")).splitlines()) == 6


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.slug)
def test_each_paper_can_be_drawn(database: Database, paper: object) -> None:
    with database.write() as session:
        survey = open_round(session)
        made = paper.make(session, survey, "")  # type: ignore[attr-defined]
    assert pdf.draw(made).startswith(b"%PDF")
    assert word.draw(made).startswith(b"PK")
