"""The preview of questionnaires: every question is on the page, for those who are logged in."""

from __future__ import annotations

import html

import pytest

from surveys.questionnaire_files import load, questionnaire_ids
from tests.web.staff_cast import Cast


async def test_the_list_names_each_form_and_marks_the_incomplete_one(cast: Cast) -> None:
    page = (await cast.an.get("/console/questionnaires")).text
    for name in questionnaire_ids():
        assert f'href="/console/questionnaires/{name}"' in page
    assert page.count("Chưa đầy đủ") == 1


@pytest.mark.parametrize("name", questionnaire_ids())
async def test_the_preview_shows_every_question_with_its_answers(cast: Cast, name: str) -> None:
    page = html.unescape((await cast.chi.get(f"/console/questionnaires/{name}")).text)
    form = load(name)
    for question in form.questions:
        assert question.code in page
        assert all(label in page for label in question.options.values())
    for gap in form.missing:
        assert gap in page


async def test_the_preview_says_who_is_asked_about_feedback(cast: Cast) -> None:
    assert "Chỉ hỏi khi câu" in (await cast.an.get("/console/questionnaires/qd2640")).text


@pytest.mark.parametrize("name", ["khong_co", "..%2F..%2Fetc%2Fpasswd", "qd2640.yml"])
async def test_an_unknown_form_is_not_found(cast: Cast, name: str) -> None:
    assert (await cast.an.get(f"/console/questionnaires/{name}")).status_code == 404


async def test_nobody_without_a_login_sees_a_form(cast: Cast) -> None:
    assert (await cast.nobody.get("/console/questionnaires")).status_code == 303
