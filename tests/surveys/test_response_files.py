"""CSV files of responses: what is accepted, what is refused and how the place is named."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.errors import InvalidTable
from surveys.plain_csv import plain_numbers
from surveys.questionnaires import Questionnaire
from surveys.response_files import read_responses

FORM = Questionnaire.load("sau_vu_viec")
HEADER = "id,c1_1,c2_1,c3_1,c4_1,c5_1,w"
ROWS = ["a,4,5,,1,2,1.5", "b,,3,4,5,5,2"]
ANSWERS = [[4, 5, 0, 1, 2], [0, 3, 4, 5, 5]]


def read(tmp_path, content, columns=("id", "w")):
    path = tmp_path / "r.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_responses(path, FORM, columns=columns)


def texts(labels):
    return [label.decode() if isinstance(label, bytes) else str(label) for label in labels]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", ";").replace("1.5", "1,5"),
        lambda text: text.replace(",", "\t"),
        lambda text: text + "\n",
        lambda text: text + "\n\n\n",
        lambda text: text.replace("a,", '"a",'),
        lambda text: text.replace("a,4,", 'a," 4 ",'),
        lambda text: text.replace("a,4,5", " a , 4 ,5.0"),
        lambda text: text.replace("id,c1_1", '"id", c1_1 '),
    ],
)
def test_usual_variants_of_csv_read_the_same(tmp_path, change):
    table = read(tmp_path, change("\n".join([HEADER, *ROWS])))
    assert table.answers.tolist() == ANSWERS
    assert texts(table.labels["id"]) == ["a", "b"]
    assert table.numbers("w").tolist() == [1.5, 2.0]
    assert table.missing == ()


def test_vietnamese_labels_survive(tmp_path):
    table = read(tmp_path, "id,c1_1\nThanh Hóa,4\nĐà Nẵng,5\n", columns=["id"])
    assert texts(table.labels["id"]) == ["Thanh Hóa", "Đà Nẵng"]


def test_a_missing_criterion_is_blank_and_reported(tmp_path):
    table = read(tmp_path, "c1_1,c3_1\n4,5\n", columns=())
    assert table.missing == ("c2_1", "c4_1", "c5_1")
    assert table.answers.tolist() == [[4, 0, 5, 0, 0]]


def test_a_file_of_one_column_is_read(tmp_path):
    assert read(tmp_path, "c1_1\n4\n5\n", columns=()).answers[:, 0].tolist() == [4, 5]


@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "quoted"])
@pytest.mark.parametrize("bad", ["6", "0", "-1", "4.5", "x", "44", "NA", "４", "1e0"])
def test_a_value_outside_the_scale_names_row_line_and_column(tmp_path, quote, bad):
    content = f"id,c1_1,c2_1\na,4,5\n{quote}b{quote},3,{bad}\n"
    with pytest.raises(InvalidTable, match=r"Dòng dữ liệu 2 \(dòng 3 của tệp\), cột c2_1"):
        read(tmp_path, content, columns=())


def test_the_line_is_right_after_a_cell_with_a_line_break(tmp_path):
    with pytest.raises(InvalidTable, match=r"Dòng dữ liệu 2 \(dòng 4 của tệp\)"):
        read(tmp_path, 'id,c1_1\n"a\nb",4\nc,9\n', columns=())


@pytest.mark.parametrize(
    ("content", "columns", "complaint"),
    [
        ("", (), "rỗng"),
        ("\n \n", (), "rỗng"),
        (b"\xef\xbb\xbf", (), "rỗng"),
        (HEADER + "\n", (), "không có dòng trả lời"),
        ("a,b\n1,2\n", (), "không có cột tiêu chí"),
        ("c1_1,c2_1\n4,5,5\n", (), r"Dòng dữ liệu 1 \(dòng 2 của tệp\): có 3 cột"),
        ("c1_1,c2_1\n4,5\n4\n", (), r"Dòng dữ liệu 2 .*: có 1 cột"),
        ("c1_1,c1_1\n4,5\n", (), "hai cột cùng tên c1_1"),
        ("c1_1,c2_1\n4,5\n", ("tinh",), "không có cột tinh"),
        ("c1_1,t\n4,Hu\xea\n".encode("latin-1"), (), "UTF-8"),
    ],
)
def test_unusable_files_are_refused_in_one_line(tmp_path, content, columns, complaint):
    with pytest.raises(InvalidTable, match=complaint) as refused:
        read(tmp_path, content, columns)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidTable, match=r"không-có\.csv"):
        read_responses(tmp_path / "không-có.csv", FORM)
    with pytest.raises(InvalidTable, match="Không đọc được"):
        read_responses(tmp_path, FORM)


@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "quoted"])
@pytest.mark.parametrize(("weight", "complaint"), [("", "để trống"), ("nhiều", "không phải một số")])
def test_a_bad_number_names_its_place(tmp_path, quote, weight, complaint):
    table = read(tmp_path, f"id,c1_1,w\n{quote}a{quote},4,1\nb,4,{weight}\n")
    with pytest.raises(InvalidTable, match=rf"dòng 3 của tệp\), cột w: .*{complaint}"):
        table.numbers("w")


def test_a_blank_label_names_its_place(tmp_path):
    table = read(tmp_path, "id,c1_1\na,4\n  ,5\n", columns=["id"])
    with pytest.raises(InvalidTable, match=r"dòng 3 của tệp\), cột id: để trống"):
        table.filled("id")


def test_the_fast_and_the_ordinary_reader_agree(tmp_path):
    rng = np.random.default_rng(3)
    lines = [
        f"{i},{','.join(rng.choice(['', '1', '2', '3', '4', '5', ' 4', '3.0'], 5))},{i / 7:.3f}" for i in range(300)
    ]
    plain = read(tmp_path, "\n".join([HEADER, *lines]))
    quoted = read(tmp_path, "\n".join([HEADER, *lines, '"x",,,,,,0']))
    assert plain.answers.tolist() == quoted.answers[:-1].tolist()
    assert texts(plain.labels["id"]) == texts(quoted.labels["id"])[:-1]
    assert plain.numbers("w").tolist() == quoted.numbers("w")[:-1].tolist()


def test_a_number_with_an_underscore_is_none(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("c1_1,w\n4,1\n4,1_0\n", encoding="utf-8")
    table = read_responses(path, Questionnaire.load("qd2640"), columns=["w"])
    with pytest.raises(InvalidTable, match="dữ liệu 2 "):
        table.numbers("w")


def test_names_in_decomposed_letters_are_the_same_names(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("c1_1,tinh\n4,Ha\u0300\n4,H\u00e0\n", encoding="utf-8")
    table = read_responses(path, Questionnaire.load("qd2640"), columns=["tinh"])
    assert len(set(table.labels["tinh"].tolist())) == 1


@pytest.mark.parametrize(
    "texts", [["1", "12.5", "0.1", "3.14159", "007", "5.", ".5", "123456789012.34"], ["1.005", "2.675", "0.3", "1e-3"]]
)
def test_numbers_are_read_as_python_reads_them(texts):
    found = plain_numbers(np.array([text.encode() for text in texts]))
    if "1e-3" in texts:
        assert found is None
    else:
        assert found.tolist() == [float(text) for text in texts]


@pytest.mark.parametrize("odd", ["1,5", "1.2.3", ".", "", "-1", " 1", "1 2", "1234567890123456"])
def test_other_numbers_are_left_to_the_careful_reader(odd):
    assert plain_numbers(np.array([b"1", odd.encode()])) is None


@given(st.lists(st.decimals(min_value=0, max_value=10**9, places=3, allow_nan=False), min_size=1, max_size=20))
def test_any_plain_decimal_is_read_exactly(numbers):
    texts = [f"{number:f}" for number in numbers]
    assert plain_numbers(np.array([text.encode() for text in texts])).tolist() == [float(text) for text in texts]
