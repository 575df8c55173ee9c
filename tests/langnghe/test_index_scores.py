"""The commands `index qd766|par|tt01|replay` through the program's own command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from langnghe.cli import app
from langnghe.migrate import migrate
from langnghe.settings import get_settings

CASES = """code,sent_at,accepted_at,finished_at,regime,agency,rejected_at,likes,dislikes,reraised
A1,2026-11-02,2026-11-03,2026-11-23,pakn_qdhc,ubnd_xa,,1,0,0
A2,2026-11-02,2026-11-03,2026-11-25,pakn_hanh_vi,ubnd_xa,,0,2,1
A3,2026-11-20,,,pakn_qdhc,so_tu_phap,2026-11-25,,,
A4,2026-11-20,,,pakn_qdhc,so_tu_phap,,,,
"""
COUNTS = """metric,num,den
DOSSIER_ON_TIME,90,100
DOSSIER_RECEIVING_SATISFACTION,855,1000
"""
PERIOD = ["--from", "2026-11-01", "--to", "2026-11-30"]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs the program in an empty folder, with a data folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANGNGHE_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("LANGNGHE_DATABASE_URL", "")
    (tmp_path / "cases.csv").write_text(CASES, encoding="utf-8")
    (tmp_path / "counts.csv").write_text(COUNTS, encoding="utf-8")
    get_settings.cache_clear()
    yield lambda *arguments: CliRunner().invoke(app, ["index", *arguments])
    get_settings.cache_clear()


@pytest.fixture
def installed(run: Run, tmp_path: Path) -> Run:
    """The same, with a database."""
    (tmp_path / "var").mkdir()
    migrate(f"sqlite:///{tmp_path / 'var' / 'langnghe.sqlite'}")
    return run


def document(result: Result) -> dict:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_group_five_comes_from_the_file_of_cases(run: Run) -> None:
    found = document(run("qd766", *PERIOD, "--cases", "cases.csv", "--counts", "counts.csv", "--json"))
    metrics = found["groups"]["5"]["metrics"]
    assert list(found["groups"]) == ["1", "2", "3", "4", "5"]
    on_time = metrics["PETITION_PROCESSING_ON_TIME"]
    assert {key: on_time[key] for key in ("num", "den", "rate", "points", "max")} == {
        "num": 3,
        "den": 4,
        "rate": 0.75,
        "points": 4.5,
        "max": 6,
    }
    assert metrics["PETITION_HANDLING_SATISFACTION"]["points"] == 3
    assert metrics["DOSSIER_RECEIVING_SATISFACTION"]["points"] == pytest.approx(5.7)
    assert metrics["PETITION_CLASSIFICATION_TTHC"]["rate"] == 0.75
    assert metrics["PETITION_CLASSIFICATION_TTHC"]["points"] is None
    assert found["groups"]["5"]["points"] == pytest.approx(13.2) and found["groups"]["5"]["complete"]
    assert found["groups"]["2"]["points"] == 18 and found["groups"]["1"]["points"] is None
    assert found["total"] == pytest.approx(31.2) and not found["complete"] and found["band"] is None
    assert found["satisfaction"] == {"accepted": 2, "disliked": 1, "overdue": 1, "reraised": 1, "bad": 1}
    assert found["rule"]["id"] == "qd766" and found["rule"]["source"]


def test_one_agency_and_its_details(run: Run) -> None:
    arguments = ["--cases", "cases.csv", "--agency", "so_tu_phap", "--details", "--json"]
    found = document(run("qd766", *PERIOD, *arguments))
    assert found["groups"]["5"]["metrics"]["PETITION_PROCESSING_ON_TIME"]["den"] == 2
    assert found["groups"]["5"]["metrics"]["PETITION_HANDLING_SATISFACTION"]["points"] == 6  # none was accepted
    assert [(one["code"], one["checks"][0]["working_days"]) for one in found["petitions"]] == [("A3", 2), ("A4", 5)]


def test_counts_alone_ask_no_database(run: Run) -> None:
    found = document(run("qd766", *PERIOD, "--counts", "counts.csv", "--json"))
    assert found["groups"]["5"]["metrics"]["PETITION_PROCESSING_ON_TIME"]["points"] is None
    assert "PETITION_PROCESSING_ON_TIME" in found["missing"]


def test_a_page_for_people(run: Run) -> None:
    result = run("qd766", *PERIOD, "--cases", "cases.csv")
    assert (
        result.exit_code == 0 and "3/4 = 75.00 %; 4.50 / 6 điểm" in result.stdout and "chưa đủ số liệu" in result.stdout
    )
    assert "chưa có số liệu cho" in result.stderr


def test_an_empty_database_gives_full_points_for_feedback(installed: Run) -> None:
    found = document(installed("qd766", *PERIOD, "--json"))
    metrics = found["groups"]["5"]["metrics"]
    assert (metrics["PETITION_PROCESSING_ON_TIME"]["den"], metrics["PETITION_PROCESSING_ON_TIME"]["points"]) == (0, 6)
    assert metrics["DOSSIER_RECEIVING_SATISFACTION"]["points"] is None
    both = document(installed("qd766", *PERIOD, "--counts", "counts.csv", "--database", "--json"))
    assert both["groups"]["5"]["points"] == pytest.approx(17.7)


def test_par_index_takes_the_published_sipas(run: Run, tmp_path: Path) -> None:
    (tmp_path / "par.csv").write_text(
        "metric,num,den,own_score,appraised_score,evidence,explanation\n"
        "SIPAS,83.94,,,,,\nPAKN_HANDLED,19,20,1,,QĐ 1,một vụ chờ\nLV1_OTHER,,,9,8.5,,\n",
        encoding="utf-8",
    )
    result = run("par", "--from", "2023-01-01", "--to", "2023-12-31", "--counts", "par.csv", "--json")
    found = document(result)
    assert found["groups"]["8"]["metrics"]["SIPAS"]["points"] == pytest.approx(8.394)
    handled = found["groups"]["3"]["metrics"]["PAKN_HANDLED"]
    assert (handled["points"], handled["own_score"], handled["explanation"]) == (0.5, 1, "một vụ chờ")
    assert found["groups"]["1"]["points"] == 8.5
    assert found["total"] == pytest.approx(17.394) and "hết hiệu lực" not in result.stderr


def test_a_method_whose_validity_ended_is_warned_of(run: Run, tmp_path: Path) -> None:
    (tmp_path / "par.csv").write_text("metric,num\nSIPAS,83.94\n", encoding="utf-8")
    result = run("par", "--from", "2027-01-01", "--to", "2027-12-31", "--counts", "par.csv", "--json")
    assert result.exit_code == 0 and "par_tinh hết hiệu lực ngày 31/12/2023" in result.stderr
    early = run("qd766", "--from", "2021-01-01", "--to", "2021-12-31", "--counts", "counts.csv", "--json")
    assert early.exit_code == 0 and "có hiệu lực từ 23/06/2022" in early.stderr


def test_par_index_reads_feedback_from_cases(run: Run) -> None:
    found = document(run("par", *PERIOD, "--cases", "cases.csv", "--json"))
    metrics = found["groups"]["3"]["metrics"]
    assert (metrics["PAKN_HANDLED"]["num"], metrics["PAKN_HANDLED"]["den"]) == (3, 3)
    assert metrics["PAKN_PUBLISHED"]["points"] is None  # the file says nothing of publication


def test_the_nine_criteria(run: Run, tmp_path: Path) -> None:
    rows = "".join(f"TC{n},,,2\n" for n in range(2, 10))
    (tmp_path / "tt01.csv").write_text(f"metric,num,den,own_score\nTC1,94,100,\n{rows}", encoding="utf-8")
    found = document(run("tt01", "--from", "2024-01-01", "--to", "2024-12-31", "--counts", "tt01.csv", "--json"))
    assert found["total"] == 17 and found["band"] == "Xuất sắc" and found["complete"]


def test_a_provinces_own_index_is_a_file_of_the_same_form(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rieng.yml").write_text(
        "id: rieng\nversion: '1'\ntitle: Bộ chỉ số của tỉnh\nvalid_from: 2026-01-01\nvalid_to: null\n"
        "source: QĐ của tỉnh\nconfidence: own\ngroups:\n  - code: A\n    name: Một nhóm\n    max: 5\n    metrics:\n"
        "      - {code: X, name: Một chỉ tiêu, max: 5, least: 0.5}\n",
        encoding="utf-8",
    )
    (tmp_path / "x.csv").write_text("metric,num,den\nX,3,4\n", encoding="utf-8")
    found = document(run("par", *PERIOD, "--rule", "rieng.yml", "--counts", "x.csv", "--json"))
    assert found["groups"]["A"]["points"] == 3.75 and found["rule"]["id"] == "rieng" and found["complete"]


def test_the_official_sipas_of_the_year_gives_its_points(installed: Run, tmp_path: Path) -> None:
    (tmp_path / "official.csv").write_text("year,unit,sipas,source\n2026,38,83.94,Bộ Nội vụ\n", encoding="utf-8")
    assert CliRunner().invoke(app, ["import", "sipas", "official.csv"]).exit_code == 0
    found = document(installed("par", *PERIOD, "--save", "--json"))
    assert found["groups"]["8"]["metrics"]["SIPAS"]["points"] == pytest.approx(8.394)
    assert document(installed("replay", str(found["id"]), "--json"))["agrees"]
    other_year = document(installed("par", "--from", "2025-01-01", "--to", "2025-12-31", "--json"))
    assert other_year["groups"]["8"]["metrics"]["SIPAS"]["points"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["qd766", "--from", "2026-11-31", "--to", "2026-12-31"], "--from"),
        (["qd766", "--from", "2026-12-01", "--to", "2026-11-30"], "--to"),
        (["qd766", *PERIOD, "--cases", "khong.csv"], "khong.csv"),
        (["qd766", *PERIOD, "--cases", "counts.csv"], "code"),
        (["qd766", *PERIOD, "--counts", "cases.csv"], "metric"),
        (["qd766", *PERIOD, "--cases", "cases.csv", "--agency", "so_cua_toi"], "so_cua_toi"),
        (["qd766", *PERIOD, "--cases", "cases.csv", "--database"], "--database"),
        (["qd766", *PERIOD], "langnghe migrate"),
        (["par", *PERIOD], "langnghe migrate"),
        (["par", *PERIOD, "--counts", "counts.csv", "--rule", "khong.yml"], "khong.yml"),
        (["par", *PERIOD, "--counts", "counts.csv"], "DOSSIER_ON_TIME"),
        (["replay", "1"], "langnghe migrate"),
    ],
)
def test_bad_input_exits_with_2_and_one_line(run: Run, arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2 and result.stdout == ""
    assert words in result.stderr and len(result.stderr.splitlines()) == 1


# ---- results that are kept


RESPONSES = "c1_1,c2_1,w\n4,5,1\n3,,2\n5,2,1.5\n"


def test_a_kept_result_is_computed_again_and_agrees(installed: Run, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(RESPONSES, encoding="utf-8")
    kept = [
        installed("qd766", *PERIOD, "--cases", "cases.csv", "--counts", "counts.csv", "--save", "--json"),
        installed("qd766", *PERIOD, "--save", "--json"),
        installed("sipas", "--questionnaire", "qd2640", "--responses", "r.csv", "--weight", "w", "--save", "--json"),
    ]
    numbers = [document(result)["id"] for result in kept]
    assert len(set(numbers)) == 3
    for number in numbers:
        report = document(installed("replay", str(number), "--json"))
        assert report["agrees"] and report["inputs_unchanged"] and report["differences"] == []
    listed = document(installed("results", "--json"))
    assert [one["id"] for one in listed] == sorted(numbers, reverse=True)
    assert "khớp" in installed("replay", str(numbers[0])).stdout


def test_changed_inputs_are_found(installed: Run, tmp_path: Path) -> None:
    number = document(installed("qd766", *PERIOD, "--cases", "cases.csv", "--save", "--json"))["id"]
    (tmp_path / "cases.csv").write_text(CASES.replace("2026-11-25,pakn_hanh_vi", "2026-11-20,pakn_hanh_vi"))
    result = installed("replay", str(number), "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1 and not report["inputs_unchanged"] and not report["agrees"]
    assert any("PETITION_PROCESSING_ON_TIME.num" in one["figure"] for one in report["differences"])


def test_a_moved_file_is_named_and_a_missing_one_exits_with_2(installed: Run, tmp_path: Path) -> None:
    number = document(installed("qd766", *PERIOD, "--cases", "cases.csv", "--save", "--json"))["id"]
    (tmp_path / "cases.csv").rename(tmp_path / "moved.csv")
    assert installed("replay", str(number)).exit_code == 2
    assert installed("replay", str(number), "--cases", "moved.csv").exit_code == 0
    assert installed("replay", str(number), "--responses", "moved.csv").exit_code == 2
    assert installed("replay", "99").exit_code == 2


def test_the_kept_rule_is_used_and_not_todays(installed: Run, tmp_path: Path) -> None:
    shipped = (Path(__file__).parents[2] / "surveys/data/scores/qd766.yml").read_text(encoding="utf-8")
    (tmp_path / "own.yml").write_text(shipped.replace("finished: 15", "finished: 30"), encoding="utf-8")
    arguments = ["--cases", "cases.csv", "--rule", "own.yml", "--save", "--json"]
    number = document(installed("qd766", *PERIOD, *arguments))["id"]
    (tmp_path / "own.yml").unlink()
    assert document(installed("replay", str(number), "--json"))["agrees"]


def test_a_round_of_2027_under_the_method_of_2023_to_2026_is_warned_of(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("p1_1\n4\n", encoding="utf-8")
    arguments = ["sipas", "--questionnaire", "sipas2023", "--responses", "r.csv", "--json"]
    late = run(*arguments, "--on", "2027-03-01")
    assert late.exit_code == 0 and "cách tính pooled" in late.stderr and "mẫu phiếu sipas2023" in late.stderr
    assert "hiệu lực" not in run(*arguments, "--on", "2023-11-01").stderr
    assert run(*arguments, "--on", "2027").exit_code == 2
