"""Frames come from files, CSV or XLSX, with every wrong row named; nothing of a wrong file is taken."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence

import pytest
from openpyxl import Workbook

from surveys.errors import InvalidTable
from surveys.rounds.frames import frame_sha256, read_frame
from surveys.rounds.sheets import InvalidRows
from tests.surveys.rounds_stage import households

DOSSIERS = """Mã hồ sơ;Họ và tên;Số điện thoại;Mã xã;Cơ quan giải quyết;Mã TTHC;Ghi chú
H56.14-261101-0001;Người Mẫu Một;0950000001;14797;UBND phường Hạc Thành;1.001193;x
H56.14-261101-0002;Người Mẫu Hai;950000002;14758;UBND phường Hàm Rồng;;
"""


def xlsx(*rows: Sequence[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_dossiers_of_a_csv_file() -> None:
    first, second = read_frame(DOSSIERS.encode("utf-8-sig"), "dossiers")
    assert (first.key, first.name, first.phone) == ("H56.14-261101-0001", "Người Mẫu Một", "0950000001")
    assert (first.province, first.commune, first.office) == ("38", "14797", "UBND phường Hạc Thành")
    assert second.phone == "0950000002" and second.procedure == ""


def test_households_of_a_spreadsheet() -> None:
    data = xlsx(
        ["MÃ HỘ", "Chủ hộ", "SĐT", "Mã xã", "Thôn", "Số người từ 18 tuổi"],
        ["H1", "Người Mẫu", 950000003, 14797, "Thôn 1", 3],
        [None, None, None, None, None, None],
        ["H2", "", "", "14758", "Thôn 2", 1],
    )
    first, second = read_frame(data, "households")
    assert (first.key, first.village, first.adults, first.phone) == ("H1", "Thôn 1", 3, "0950000003")
    assert (second.key, second.commune, second.name) == ("H2", "14758", None)


def test_every_wrong_row_is_named_and_nothing_is_taken() -> None:
    text = "ma ho,ma xa,dien thoai,nguoi lon\nA,14797,,\n,14797,,\nA,99999,12,0\nB,,0950000001,2\n"
    with pytest.raises(InvalidRows) as caught:
        read_frame(text.encode(), "households")
    found = {(error.line, error.column) for error in caught.value.errors}
    assert found == {(3, "key"), (4, "key"), (4, "commune"), (4, "phone"), (4, "adults"), (5, "commune")}
    assert "Dòng 3, cột key" in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00", b"PK\x03\x04nonsense", b"a,b\n1,2\n", "mã hộ,key\n1,2".encode()]
)
def test_a_file_of_another_kind_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(InvalidTable):
        read_frame(data, "households")


def test_a_header_alone_is_no_frame() -> None:
    with pytest.raises(InvalidRows):
        read_frame("mã hộ,mã xã\n".encode(), "households")


def test_the_hash_of_a_frame_knows_no_order_and_no_names() -> None:
    lines = households()
    shuffled = list(lines)
    random.Random(1).shuffle(shuffled)
    assert frame_sha256(lines) == frame_sha256(shuffled) != frame_sha256(lines[1:])
