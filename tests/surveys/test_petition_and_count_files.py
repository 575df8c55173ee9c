"""CSV files of petitions and counts: what is read, and that bad input names its row and column."""

import pytest

from surveys.count_files import read_counts
from surveys.errors import InvalidOption, InvalidTable
from surveys.petition_files import read_petitions
from surveys.score_rules import score_rule

QD766, PAR, TT01 = score_rule("qd766"), score_rule("par_tinh"), score_rule("tt01")
HEADER = (
    "code,agency,regime,sent_at,accepted_at,finished_at,asked_at,transferred_at,rejected_at,published_at,"
    "likes,dislikes,reraised"
)
GOOD = "A1,ubnd_xa,pakn_qdhc,2026-11-02,2026-11-03,2026-11-20,,,,2026-11-23,1,0,0"


def write(tmp_path, *lines, name="file.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def petitions(tmp_path, *lines, header=HEADER, agency=None):
    return read_petitions(write(tmp_path, header, *lines), QD766.petitions, agency=agency)


def test_a_row_is_read_as_dated_events(tmp_path):
    (one,) = petitions(tmp_path, GOOD).petitions
    assert one.code == "A1" and one.about == "tthc" and not one.disliked
    assert [(each.event, str(each.day)) for each in one.until(max(h.day for h in one.happenings))] == [
        ("sent", "2026-11-02"),
        ("accepted", "2026-11-03"),
        ("finished", "2026-11-20"),
        ("published", "2026-11-23"),
    ]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-02 16:59", "2026-11-02"),
        ("2026-11-02T16:59:00", "2026-11-02"),
        ("2026-11-02T18:30:00+00:00", "2026-11-03"),
        ("2026-11-02T18:30:00Z", "2026-11-03"),
        ("2/11/2026", "2026-11-02"),
        ("02/11/2026 08:00", "2026-11-02"),
    ],
)
def test_days_are_read_in_vietnams_time(tmp_path, text, day):
    (one,) = petitions(tmp_path, f"A1,,pakn_qdhc,{text},,,,,,,,,").petitions
    assert str(one.happenings[0].day) == day


def test_other_regimes_are_left_out_with_a_warning(tmp_path):
    found = petitions(tmp_path, GOOD, GOOD.replace("A1", "A2").replace("pakn_qdhc", "hien_truong"))
    assert len(found.petitions) == 1 and "1 dòng không phải" in found.warnings[0]


def test_without_optional_columns_there_are_warnings(tmp_path):
    found = petitions(tmp_path, "A1,2026-11-02,,2026-11-20", header="code,sent_at,accepted_at,finished_at")
    assert found.petitions[0].about == ""
    assert len(found.warnings) == 3 and "regime" in found.warnings[0] and "dislikes" in found.warnings[1]
    assert "accepted_at" in found.warnings[2]


def test_an_agency_is_picked_and_an_unknown_one_refused(tmp_path):
    rows = [GOOD, GOOD.replace("A1,ubnd_xa", "A2,so_xay_dung")]
    assert [one.code for one in petitions(tmp_path, *rows, agency="ubnd_xa").petitions] == ["A1"]
    assert petitions(tmp_path, *rows, agency="so_tu_phap").petitions == ()
    with pytest.raises(InvalidOption, match="ubnd_hoa_tinh"):
        petitions(tmp_path, *rows, agency="ubnd_hoa_tinh")
    with pytest.raises(InvalidOption, match="agency"):
        petitions(tmp_path, "A1,2026-11-02,,", header="code,sent_at,accepted_at,finished_at", agency="ubnd_xa")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_and_a_bom_are_read(tmp_path, separator):
    path = write(tmp_path, "\ufeff" + HEADER.replace(",", separator), "", GOOD.replace(",", separator))
    assert len(read_petitions(path, QD766.petitions).petitions) == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (GOOD, ["dữ liệu 2 ", "dòng 3 ", "cột code", "A1"]),
        (GOOD.replace("A1", ""), ["dữ liệu 2 ", "cột code", "trống"]),
        ("A2,,pakn_qdhc,,2026-11-03,,,,,,,,", ["cột sent_at", "trống"]),
        ("A2,,pakn_qdhc,2026-13-02,,,,,,,,,", ["cột sent_at", "2026-13-02"]),
        ("A2,,pakn_qdhc,11/30/2026,,,,,,,,,", ["cột sent_at"]),
        ("A2,,pakn_qdhc,20261102,,,,,,,,,", ["cột sent_at"]),
        ("A2,,pakn_qdhc,1999-11-02,,,,,,,,,", ["cột sent_at", "1999"]),
        ("A2,,pakn_qdhc,2026-11-02,2026-11-01,,,,,,,,", ["cột accepted_at", "sent_at"]),
        ("A2,,pakn_qdhc,2026-11-02,,2026-11-01,,,,,,,", ["cột finished_at"]),
        ("A2,,pakn_qdhc,2026-11-02,,2026-11-05,,2026-11-06,,,,,", ["cột finished_at", "transferred_at"]),
        ("A2,,pakn_qdhc,2026-11-02,,2026-11-05,,,,2026-11-04,,,", ["cột published_at", "finished_at"]),
        ("A2,,,2026-11-02,,,,,,,,,", ["cột regime", "trống"]),
        ("A2,,pakn,2026-11-02,,,,,,,,,", ["cột regime", "pakn_qdhc"]),
        ("A2,,pakn_qdhc,2026-11-02,,,,,,,-1,,", ["cột likes", "-1"]),
        ("A2,,pakn_qdhc,2026-11-02,,,,,,,,x,", ["cột dislikes"]),
        ("A2,,pakn_qdhc,2026-11-02,,,,,,,,,maybe", ["cột reraised", "maybe"]),
        ("A2,,pakn_qdhc,2026-11-02", ["dòng 3 ", "4 cột"]),
    ],
)
def test_a_bad_petition_names_its_row_and_column(tmp_path, row, words):
    with pytest.raises(InvalidTable) as error:
        petitions(tmp_path, GOOD, row)
    assert all(word in str(error.value) for word in words) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("code,sent_at,accepted_at", "finished_at"),
        (HEADER + ",finish", "finish"),
        (HEADER + ",code", "hai cột cùng tên code"),
        (HEADER + ",", "không tên"),
    ],
)
def test_a_bad_header_names_its_column(tmp_path, header, words):
    with pytest.raises(InvalidTable, match=words):
        petitions(tmp_path, header=header)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"code;\xff\n", b"PK\x03\x04\x00\x00"])
def test_a_file_that_is_no_csv_is_refused(tmp_path, content):
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidTable):
        read_petitions(path, QD766.petitions)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "khong.csv", tmp_path):
        with pytest.raises(InvalidTable):
            read_petitions(path, QD766.petitions)


# ---- counts


def counts(tmp_path, *lines, header="metric,num,den", rule=QD766, **options):
    return read_counts(write(tmp_path, header, *lines), rule, **options)


def test_counts_are_read_and_added_up_over_agencies(tmp_path):
    rows = ["DOSSIER_ON_TIME,90,100,ubnd_xa", "DOSSIER_ON_TIME,5,20,so_tu_phap"]
    header = "metric,num,den,agency"
    found = counts(tmp_path, *rows, header=header)["DOSSIER_ON_TIME"]
    assert (found.num, found.den) == (95, 120)
    found = counts(tmp_path, *rows, header=header, agency="so_tu_phap")["DOSSIER_ON_TIME"]
    assert (found.num, found.den) == (5, 20)


def test_an_index_may_have_decimals_and_needs_no_denominator(tmp_path):
    for text in ("SIPAS,83.94,", 'SIPAS,"83,94",100'):
        found = counts(tmp_path, text, rule=PAR)["SIPAS"]
        assert (found.num, found.den) == (83.94, 100)


def test_a_sheet_holds_scores_evidence_and_explanation(tmp_path):
    header = "metric,num,den,own_score,appraised_score,evidence,explanation"
    row = 'LV1_OTHER,,,9,"8,5",QĐ 12/QĐ-UBND,"chấm, theo mục 3"'
    found = counts(tmp_path, row, header=header, rule=PAR)["LV1_OTHER"]
    assert (found.own_score, found.appraised_score) == (9, 8.5)
    assert (found.evidence, found.explanation) == ("QĐ 12/QĐ-UBND", "chấm, theo mục 3")


@pytest.mark.parametrize(
    ("row", "rule", "column"),
    [
        ("NO_SUCH,1,2", QD766, "metric"),
        (",1,2", QD766, "metric"),
        ("DOSSIER_SYNC,1,2", QD766, "metric"),  # twice
        ("PUBLISH_ON_TIME,,2", QD766, "num"),
        ("PUBLISH_ON_TIME,1,", QD766, "den"),
        ("PUBLISH_ON_TIME,,", QD766, "num"),
        ("PUBLISH_ON_TIME,3,2", QD766, "num"),
        ("PUBLISH_ON_TIME,1,0", QD766, "num"),
        ("ORIGINAL_RESULT_AVAILABLE,1,0", QD766, "num"),
        ("PUBLISH_ON_TIME,-1,2", QD766, "num"),
        ("PUBLISH_ON_TIME,1,two", QD766, "den"),
        ("PUBLISH_ON_TIME,1.5,2", QD766, "num"),
        ("PUBLISH_ON_TIME,1,1.234", QD766, "den"),
        ("PUBLISH_ON_TIME,nan,2", QD766, "num"),
        ("PUBLISH_ON_TIME,1e3,2000", QD766, "num"),
        ("SIPAS,101,100", PAR, "num"),
        ("SIPAS,0.83,1", PAR, "den"),
        ("LV1_OTHER,1,2", PAR, "num"),
    ],
)
def test_bad_counts_name_their_row_and_column(tmp_path, row, rule, column):
    first = "DOSSIER_SYNC,1,2" if rule is QD766 else "PAKN_HANDLED,1,2"
    with pytest.raises(InvalidTable) as error:
        counts(tmp_path, first, row, rule=rule)
    assert str(error.value).startswith(f"Dòng dữ liệu 2 (dòng 3 của tệp), cột {column}:")


@pytest.mark.parametrize(
    ("row", "column"),
    [("TC2,2.5,", "own_score"), ("TC2,3,", "own_score"), ("TC2,1.5,", "own_score"), ("TC2,,9", "appraised_score")],
)
def test_scores_stay_within_their_maximum(tmp_path, row, column):
    with pytest.raises(InvalidTable, match=f"cột {column}"):
        counts(tmp_path, row, header="metric,own_score,appraised_score", rule=TT01)


def test_what_is_computed_from_cases_may_not_be_entered(tmp_path):
    with pytest.raises(InvalidTable, match="cột metric"):
        counts(tmp_path, "PETITION_PROCESSING_ON_TIME,1,2", taken=["PETITION_PROCESSING_ON_TIME"])


def test_group_four_may_exceed_its_denominator(tmp_path):
    assert counts(tmp_path, "ORIGINAL_RESULT_AVAILABLE,3,2")["ORIGINAL_RESULT_AVAILABLE"].num == 3
