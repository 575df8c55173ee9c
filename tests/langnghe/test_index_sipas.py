"""The command `index sipas` on files: output, warnings, exit codes, and how fast it starts."""

import io
import json
import resource
import subprocess
import sys

import pytest

from langnghe.commands.index import SipasRequest, run_sipas
from langnghe.commands.index_compare import run_compare

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
    ours, bare = ([seconds_of(each) for _ in range(3)] for each in (program, "import numpy, yaml"))
    # of processor time: the clock on the wall also counts the neighbours; a slow machine is slow with NumPy alone
    assert min(ours) < max(0.5, 2 * min(bare))


def seconds_of(program):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


# ---- weights, design effects, tiers, rounds


WEIGHTED = ["4,5,A,1,1,nam,1", "5,,A,2,2,nu,1", "1,3,B,1,1,nam,1", "4,4,B,2,1,nu,1", ",,B,3,3,,0"]


def run_weighted(tmp_path, rows=WEIGHTED, totals=("sex,nam,60", "sex,nu,40"), **request):
    (tmp_path / "population.csv").write_text("\n".join(["variable,level,population", *totals]), encoding="utf-8")
    values = {"weight": "w", "responded": "r", "margins": str(tmp_path / "population.csv")} | request
    return run(tmp_path, rows=rows, header="c1_1,c2_1,tinh,cum,w,sex,r", **values)


def test_weights_are_fitted_after_nonresponse(tmp_path):
    code, out, _ = run_weighted(tmp_path)
    document = json.loads(out)
    assert code == 0 and document["design"]["calibrated_to"] == ["sex"]
    # men weigh 30 each; women 40 in the ratio 2 : 1
    assert document["criteria"]["c1_1"]["estimate"] == pytest.approx(30 + 40)
    assert [source["kind"] for source in document["inputs"]["sources"]] == ["responses", "margins"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows": [*WEIGHTED[:4], "4,,B,3,3,,0"]}, ["dữ liệu 5 ", "cột r", "có câu trả lời"]),
        ({"rows": [*WEIGHTED[:4], ",,B,3,3,,x"]}, ["dữ liệu 5 ", "cột r", "1 hoặc 0"]),
        ({"rows": [*WEIGHTED, "4,,B,3,3,,1"]}, ["dữ liệu 6 ", "cột sex", "trống"]),
        ({"rows": [*WEIGHTED, "4,,B,3,3,khac,1"]}, ["sex = “khac”"]),
        ({"totals": ["gioi,nam,1"]}, ["gioi"]),
        ({"margins": "khong.csv"}, ["khong.csv"]),
        ({"response_class": "tinh", "rows": [*WEIGHTED, ",,C,1,1,nam,0"]}, ["“C” không có ai trả lời"]),
    ],
)
def test_bad_weights_exit_with_2_and_one_line(tmp_path, changes, words):
    code, out, err = run_weighted(tmp_path, **changes)
    assert code == 2 and out == "" and len(err.splitlines()) == 1
    assert all(word in err for word in words), err


def test_design_effects_are_shown_when_asked_for(tmp_path):
    document = json.loads(run(tmp_path, stratum="tinh", cluster="cum", weight="w", deff=True)[1])
    assert document["overall"]["deff"] > 0


def test_domains_come_in_tiers(tmp_path):
    rows = ["5,5,A,1,1,9", "5,4,A,2,1,9"] * 20 + ["1,1,B,1,1,9", "1,2,B,2,1,9"] * 20 + ["5,1,C,1,1,9"]
    document = json.loads(run(tmp_path, rows=rows, by="tinh")[1])
    assert [tier["labels"] for tier in document["tiers"]] == [["A"], ["C", "B"]] or [
        tier["labels"] for tier in document["tiers"]
    ] == [["A"], ["C"], ["B"]]
    assert "Xếp bậc" in run(tmp_path, rows=rows, by="tinh", as_json=False)[1]


def compared(tmp_path, first, second):
    paths = []
    for name, rows in (("first", first), ("second", second)):
        document = run(tmp_path, rows=rows, by="tinh")[1]
        (tmp_path / f"{name}.json").write_text(document, encoding="utf-8")
        paths.append(tmp_path / f"{name}.json")
    out, err = io.StringIO(), io.StringIO()
    code = run_compare(*paths, as_json=True, out=out, err=err)
    return code, out.getvalue(), err.getvalue()


def test_two_rounds_are_compared_with_their_error(tmp_path):
    low, high = ["4,5,A,1,1,9", "1,1,A,1,1,9"] * 30, ["4,5,A,1,1,9"] * 29 + ["1,1,B,1,1,9"]
    code, out, err = compared(tmp_path, low, high)
    document = json.loads(out)
    assert code == 0 and err == ""
    assert document["overall"]["change"] == pytest.approx(100 * 29 / 30 - 50) and document["overall"]["reliable"]
    assert document["overall"]["reading"].startswith("tăng 46,67")
    assert list(document["by"]) == ["A"] and document["only_second"] == ["B"] and document["criteria"]["c3_1"] is None


def test_the_same_file_twice_is_warned_of(tmp_path):
    code, out, err = compared(tmp_path, ROWS, ROWS)
    assert code == 0 and "cùng một tệp" in err and json.loads(out)["overall"]["change"] == 0


def test_other_forms_or_methods_are_not_compared(tmp_path):
    for name, request in (("a", {}), ("b", {"method": "mean_score"})):
        (tmp_path / f"{name}.json").write_text(run(tmp_path, **request)[1], encoding="utf-8")
    (tmp_path / "c.json").write_text("[]", encoding="utf-8")
    for other in ("b.json", "c.json", "khong.json"):
        err = io.StringIO()
        code = run_compare(tmp_path / "a.json", tmp_path / other, as_json=True, out=io.StringIO(), err=err)
        assert code == 2 and len(err.getvalue().splitlines()) == 1


def test_a_form_with_parts_shows_them(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("p1_1,p1_2,s1_1\n4,5,1\n1,4,5\n", encoding="utf-8")
    out = io.StringIO()
    assert run_sipas(SipasRequest(questionnaire="sipas2023", responses=path), out=out, err=io.StringIO()) == 0
    document = json.loads(out.getvalue())
    assert document["parts"]["I"]["estimate"] == 75 and document["parts"]["II"]["estimate"] == 50
    assert document["overall"]["estimate"] == pytest.approx(100 * 4 / 6)


def test_an_incomplete_form_is_warned_of(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("s1_1,s1_2,s1_3\n4,5,1\n", encoding="utf-8")
    err = io.StringIO()
    assert run_sipas(SipasRequest(questionnaire="sipas2024", responses=path), out=io.StringIO(), err=err) == 0
    assert "chưa đầy đủ" in err.getvalue()
