"""The commands `questionnaire list` and `questionnaire lint`."""

import io
import json

import pytest

from langnghe.commands.questionnaire import lint, show
from surveys.questionnaire_files import FOLDER, questionnaire_ids

TEXT = (FOLDER / "sau_vu_viec.yml").read_text(encoding="utf-8")


def linted(tmp_path, text, name="sau_vu_viec.yml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    out, err = io.StringIO(), io.StringIO()
    return lint([path], out=out, err=err), out.getvalue(), err.getvalue()


def test_the_shipped_forms_pass_and_the_incomplete_one_is_marked():
    out, err = io.StringIO(), io.StringIO()
    assert lint([], out=out, err=err) == 0 and err.getvalue() == ""
    lines = out.getvalue().splitlines()
    assert len(lines) == len(questionnaire_ids())
    assert [line for line in lines if "chưa đầy đủ" in line] == [line for line in lines if line.startswith("sipas2024")]


def test_the_list_says_what_is_missing():
    out = io.StringIO()
    assert show(as_json=True, out=out) == 0
    forms = {form["id"]: form for form in json.loads(out.getvalue())}
    assert forms["qd2640"]["criteria"] == 22 and forms["sipas2023"]["criteria"] == 33
    assert forms["sipas2024"]["incomplete"] and forms["sipas2024"]["missing"]
    plain = io.StringIO()
    assert show(as_json=False, out=plain) == 0
    assert "CHƯA ĐẦY ĐỦ" in plain.getvalue()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("c1_1: Việc", "c2_9: Việc", "c2_9 không bắt đầu bằng c1_"),
        ("satisfied_from: 4", "satisfied_from: 6", "satisfied_from"),
        ("confidence: own", "confidence: chắc chắn", "chắc chắn"),
        ("valid_to: null", "valid_to: 2020-01-01", "hết hiệu lực"),
        ("4: Hài lòng", "4: Bình thường", "nhãn"),
        ("id: sau_vu_viec", "id: khac", "khác tên tệp"),
    ],
)
def test_a_problem_is_named_and_exits_with_1(tmp_path, old, new, words):
    assert old in TEXT
    code, out, _ = linted(tmp_path, TEXT.replace(old, new, 1))
    assert code == 1 and words in out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT.replace("intro:", "lead:"), "không biết mục lead"),
        (TEXT.replace("satisfied_from", "satisfied"), "scale.satisfied"),
        ("id: [", "dòng"),
        ("- 1\n- 2\n", "các mục có tên"),
        ("id: x\n", "thiếu hoặc sai mục"),
    ],
)
def test_a_file_without_the_shape_of_a_form_exits_with_2(tmp_path, text, words):
    code, _, err = linted(tmp_path, text)
    assert code == 2 and words in err and len(err.splitlines()) == 1


def test_a_missing_file_exits_with_2(tmp_path):
    err = io.StringIO()
    assert lint([tmp_path / "khong.yml"], out=io.StringIO(), err=err) == 2 and "Không tìm thấy" in err.getvalue()


def test_two_forms_of_one_series_in_force_at_once_are_a_problem(tmp_path):
    for name in ("a", "b"):
        text = TEXT.replace("id: sau_vu_viec", f"id: {name}\nseries: chung")
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
    out = io.StringIO()
    assert lint([tmp_path / "a.yml", tmp_path / "b.yml"], out=out, err=io.StringIO()) == 1
    assert "a và b cùng loạt chung" in out.getvalue()
