"""The frame of a round: who could be drawn, from closed cases, one-stop dossiers or household lists."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nlu import places
from surveys.errors import InvalidTable
from surveys.rounds.sheets import InvalidRows, RowError, SheetRow, read_sheet
from surveys.yaml_files import read_data

FILE = Path(__file__).parents[1] / "data" / "frame_columns.yml"
LONGEST = {"key": 80, "name": 120, "address": 200, "village": 120, "office": 200, "procedure": 40, "stratum": 80}
MOST_ADULTS = 60
_PHONE = re.compile(r"0\d{9,10}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameLine:
    """One unit as a frame takes it. Areas are the current codes."""

    key: str
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    citizen_id: int | None = None
    office_id: int | None = None
    province: str = ""
    commune: str = ""
    village: str = ""
    office: str = ""
    procedure: str = ""
    stratum: str = ""
    adults: int = 1


def columns_of(kind: str) -> Mapping[str, Sequence[str]]:
    """Column -> the names by which people call it, for `dossiers` or `households`. Raises InvalidTable for another."""
    data = _columns()
    if kind not in ("dossiers", "households"):
        raise InvalidTable(f"Không có loại khung mẫu “{kind[:40]}”. Chọn dossiers hoặc households.")
    return {**data["common"], **data[kind]}


def read_frame(data: bytes, kind: str) -> list[FrameLine]:
    """The units of a file of dossiers or households. Raises InvalidRows naming every wrong row, InvalidTable."""
    rows = read_sheet(data, columns_of(kind))
    if not rows:
        raise InvalidRows([RowError(1, "", "tệp không có dòng dữ liệu nào")])
    errors = [*_repeated_keys(rows), *(error for row in rows for error in _errors(row, kind))]
    if errors:
        raise InvalidRows(sorted(errors, key=lambda error: error.line))
    return [_line(row) for row in rows]


def frame_sha256(lines: Sequence[FrameLine]) -> str:
    """A hash of the units and their groups in any order, without names: it shows that a frame is the same one."""
    digest = hashlib.sha256()
    for text in sorted(
        "\x1f".join((one.key, one.province, one.commune, one.village, one.office, one.procedure, one.stratum))
        + f"\x1f{one.adults}"
        for one in lines
    ):
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()


def _repeated_keys(rows: Sequence[SheetRow]) -> Iterator[RowError]:
    first: dict[str, int] = {}
    for row in rows:
        key = row.get("key").upper()
        if key and key in first:
            yield RowError(row.line, "key", f"trùng mã với dòng {first[key]}")
        first.setdefault(key, row.line)


def _errors(row: SheetRow, kind: str) -> Iterator[RowError]:
    if not row.get("key"):
        yield RowError(row.line, "key", "thiếu mã hồ sơ" if kind == "dossiers" else "thiếu mã hộ")
    for column, longest in LONGEST.items():
        if len(row.get(column)) > longest:
            yield RowError(row.line, column, f"dài quá {longest} ký tự")
    commune = row.get("commune")
    if commune and places.commune(commune.zfill(5)) is None:
        yield RowError(row.line, "commune", f"không có xã, phường nào mã “{commune[:12]}”")
    if kind == "households" and not commune:
        yield RowError(row.line, "commune", "thiếu mã xã, phường")
    if row.get("phone") and _phone(row.get("phone")) is None:
        yield RowError(row.line, "phone", "số điện thoại phải có 10 hoặc 11 chữ số, bắt đầu bằng 0")
    adults = row.get("adults")
    if adults and not (adults.isascii() and adults.isdigit() and 1 <= int(adults[:4]) <= MOST_ADULTS):
        yield RowError(row.line, "adults", f"số người từ 18 tuổi phải từ 1 đến {MOST_ADULTS}")


def _line(row: SheetRow) -> FrameLine:
    commune = places.commune(row.get("commune").zfill(5)) if row.get("commune") else None
    return FrameLine(
        key=_CONTROL.sub(" ", row.get("key")).upper(),
        name=row.get("name") or None,
        phone=_phone(row.get("phone")),
        address=row.get("address") or None,
        province=commune.province_code if commune else "",
        commune=commune.code if commune else "",
        village=row.get("village"),
        office=row.get("office"),
        procedure=row.get("procedure"),
        stratum=row.get("stratum"),
        adults=int(row.get("adults") or 1),
    )


def _phone(text: str) -> str | None:
    """With its leading zero, which spreadsheets eat; +84 is 0."""
    digits = re.sub(r"[\s.\-()]", "", text)
    digits = re.sub(r"^(\+84|0084)", "0", digits)
    if len(digits) == 9 and digits.isdigit() and not digits.startswith("0"):
        digits = f"0{digits}"
    return digits if _PHONE.fullmatch(digits) else None


@cache
def _columns() -> dict[str, Any]:
    return read_data(FILE)
