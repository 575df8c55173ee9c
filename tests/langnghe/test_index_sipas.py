"""The command `index sipas` on files: output, warnings, exit codes, and how fast it starts."""

import io
import json
import resource
import subprocess
import sys

import pytest

from langnghe.commands.index import SipasRequest, run_sipas

HEADER = "c1_1,c2_1,tinh,cum,w,n"
ROWS = ["4,5,A,1,1,9", "5,,A,2,2,9", "1,3,B,1,1,9", "4,4,B,2,1.5,9", "2,5,B,3,1,9"]


def run(tmp_path, rows=ROWS, header=HEADER, **request):
    path = tmp_path / "responses.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    out, err = io.StringIO(), io.StringIO()
    code = run_sipas(SipasRequest(**{"questionnaire": "qd2640", "responses": path} | request), out=out, err=err)
    return code, out.getvalue(), err.getvalue()


def test_the_document_has_every_figure_and_names_its_method(tmp_path):
    code, out, err = run(tmp_path, stratum="tinh", cluster="cum", weight="w", fpc="n", by="tinh")
    document = json.loads(out)
    assert code == 0
    assert (document["method"], document["lonely"], document["interval"]) == ("pooled", "adjust", "logit_t")
    assert list(document["factors"]) == ["c1", "c2", "c3", "c4", "c5"] and len(document["criteria"]) == 22
    assert set(document["overall"]) == {"estimate", "se", "ci_low", "ci_high", "n"} and document["overall"]["n"] == 9
    assert document["criteria"]["c5_4"] is None
    assert set(document["by"]) == {"A", "B"} and set(document["by"]["A"]) == {"overall", "factors", "criteria"}
    assert document["design"]["degrees_of_freedom"] == 3
    assert "c1_2" in err and "c5_4" in err and len(err.splitlines()) == 1


def test_without_domains_by_is_empty(tmp_path):
    assert json.loads(run(tmp_path)[1])["by"] == {}


def test_population_sizes_without_weights_are_said_to_give_the_weights(tmp_path):
    code, _, err = run(tmp_path, fpc="n")
    assert code == 0 and "N/n" in err


def test_blank_domains_are_warned_of(tmp_path):
    code, out, err = run(tmp_path, rows=[*ROWS, "4,4,,1,1,9"], by="tinh")
    assert code == 0 and "1 dòng để trống cột tinh" in err and set(json.loads(out)["by"]) == {"A", "B"}


def test_suppression_marks_what_it_hides(tmp_path):
    document = json.loads(run(tmp_path, by="tinh", suppress=3)[1])
    assert document["by"]["A"]["overall"] == dict.fromkeys(["estimate", "se", "ci_low", "ci_high", "n"]) | {
        "suppressed": True
    }


def test_a_plain_page_is_written_for_people(tmp_path):
    code, out, _ = run(tmp_path, as_json=False, by="tinh", suppress=3)
    assert code == 0 and "ước tính nội bộ" in out and "không có câu trả lời" in out and "ẩn, quá ít" in out


def test_explicit_factor_weights_are_read(tmp_path):
    code, out, err = run(tmp_path, method="weighted", factor_weights="c1=0.5,c2=0.5,c3=0,c4=0,c5=0")
    assert code == 0 and json.loads(out)["overall"]["estimate"] == pytest.approx((60 + 75) / 2)
    assert "factor-weights" not in err
    assert "factor-weights" in run(tmp_path, method="weighted")[2]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"questionnaire": "qd9999"}, ["qd9999", "qd2640"]),
        ({"method": "median"}, ["median", "pooled"]),
        ({"lonely": "fail"}, ["adjust"]),
        ({"interval": "beta"}, ["wilson"]),
        ({"suppress": 0}, ["--suppress"]),
        ({"stratum": "huyen"}, ["huyen"]),
        ({"by": "huyen"}, ["huyen"]),
        ({"factor_weights": "c1"}, ["c1=0.3"]),
        ({"method": "weighted", "factor_weights": "c1=1"}, ["c5"]),
        ({"rows": [*ROWS, "4,6,A,1,1,9"]}, ["dữ liệu 6 ", "dòng 7 ", "c2_1"]),
        ({"rows": [*ROWS, "4,5,A,1,,9"], "weight": "w"}, ["dữ liệu 6 ", "dòng 7 ", "cột w"]),
        ({"rows": [*ROWS, "4,5,A,1,-2,9"], "weight": "w"}, ["dữ liệu 6 ", "dòng 7 ", "cột w", "âm"]),
        ({"rows": [*ROWS, "4,5,A,1,nan,9"], "weight": "w"}, ["dữ liệu 6 ", "cột w"]),
        ({"rows": [*ROWS, "4,5,,1,1,9"], "stratum": "tinh"}, ["dữ liệu 6 ", "cột tinh"]),
        ({"rows": [*ROWS, "4,5,A,,1,9"], "cluster": "cum"}, ["dữ liệu 6 ", "cột cum"]),
        ({"rows": [*ROWS, "4,5,A,1,1,"], "fpc": "n"}, ["dữ liệu 6 ", "cột n"]),
        ({"rows": [*ROWS, "4,5,A,1,1,8"], "fpc": "n"}, ["dữ liệu 6 ", "cột n"]),
    ],
)
def test_bad_input_exits_with_2_and_one_line_that_names_it(tmp_path, changes, words):
    code, out, err = run(tmp_path, **changes)
    assert code == 2 and out == ""
    assert len(err.splitlines()) == 1 and all(word in err for word in words), err


def test_it_starts_and_answers_within_half_a_second_and_without_scipy(tmp_path):
    path = tmp_path / "responses.csv"
    path.write_text("\n".join([HEADER, *ROWS]), encoding="utf-8")
    program = (
        "import sys; from pathlib import Path; from langnghe.commands.index import SipasRequest, run_sipas;"
        f"run_sipas(SipasRequest(questionnaire='qd2640', responses=Path({str(path)!r}), by='tinh'));"
        "assert not {'scipy', 'sqlalchemy', 'pydantic'} & set(sys.modules)"
    )
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) < 0.5  # of processor time: the clock on the wall also counts the neighbours
