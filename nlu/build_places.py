"""Builds the tables of places in nlu/data from underthesea's mapping of July 2025 and lists of facts to correct it by.

    python -m nlu.build_places --mapping mapping.json --units units.csv --facts old_to_new.csv

`mapping.json` comes with the underthesea package (Apache-2.0). `units.csv` gives the codes (province_code, province,
ward_code, ward); `old_to_new.csv` (old_province, old_district, old_ward, new_ward_code, is_default) repairs what the
mapping has lost: names that differ only by tone within a province, blank wards, and provinces renamed since.
"""

import argparse
import csv
import json
from collections.abc import Iterable
from pathlib import Path

from nlu.text import normalise

DATA = Path(__file__).parent / "data"
Row = dict[str, str]
OldWard = tuple[str, str, str]

_TYPES = ("thành phố", "thị trấn", "thị xã", "đặc khu", "phường", "huyện", "quận", "tỉnh", "xã")


def split_type(full_name: str) -> tuple[str, str]:
    """ "Phường Hạc Thành" -> ("phường", "Hạc Thành"), tone marks in their usual place."""
    name = normalise(full_name)
    for kind in _TYPES:
        if name.lower().startswith(kind + " "):
            return kind, name[len(kind) + 1 :]
    return "", name


def build(*, mapping: Path, units: Path, facts: Path, out: Path = DATA) -> None:
    current = _read(units)
    _write(out / "units.csv", ("code", "name", "type", "province_code", "province"), _current_rows(current))
    went_to = _corrected(
        _mapped(json.loads(mapping.read_text(encoding="utf-8"))["ward_mapping"], current), _read(facts)
    )
    province_of = {unit["ward_code"]: unit["province_code"] for unit in current}
    districts: dict[tuple[str, str], str] = {}
    wards = []
    for (province, district, ward), codes in sorted(went_to.items()):
        identifier = districts.setdefault((province, district), str(len(districts) + 1))
        kind, name = split_type(ward or "xã " + split_type(district)[1])
        wards.append((identifier, name, kind, " ".join(codes), province_of[codes[0]], province))
    _write(out / "old_units.csv", ("district", "name", "type", "codes"), (ward[:4] for ward in wards))
    new_province = {(ward[5], ward[0]): ward[4] for ward in wards}
    _write(
        out / "old_districts.csv",
        ("id", "name", "type", "province", "new_province_code"),
        (
            (identifier, *reversed(split_type(district)), split_type(province)[1], new_province[province, identifier])
            for (province, district), identifier in districts.items()
        ),
    )


def _current_rows(current: list[Row]) -> Iterable[tuple[str, ...]]:
    for unit in sorted(current, key=lambda unit: unit["ward_code"]):
        kind, name = split_type(unit["ward"])
        yield unit["ward_code"], name, kind, unit["province_code"], split_type(unit["province"])[1]


def _mapped(rows: list[Row], current: list[Row]) -> dict[OldWard, list[str]]:
    """Old ward -> codes, by name within the new province; a row whose name fits no unit is left for the facts."""
    by_name = {(split_type(u["province"])[1], split_type(u["ward"])[1].lower()): u["ward_code"] for u in current}
    went_to: dict[OldWard, list[str]] = {}
    for row in rows:
        code = by_name.get((split_type(row["new_province"])[1], split_type(row["new_ward"])[1].lower()))
        if code and row["old_ward"]:
            went_to.setdefault(_key(row), []).append(code)
    return went_to


def _corrected(went_to: dict[OldWard, list[str]], facts: list[Row]) -> dict[OldWard, list[str]]:
    """The facts win where the two differ; the unit that took most of a divided ward comes first."""
    told: dict[OldWard, list[str]] = {}
    for row in sorted(facts, key=lambda row: row["is_default"], reverse=True):
        told.setdefault(_key(row), []).append(row["new_ward_code"])
    changed = [key for key in told | went_to if sorted(set(told.get(key, []))) != sorted(set(went_to.get(key, [])))]
    print(f"{len(told)} old units, {len(changed)} corrected")
    return {key: list(dict.fromkeys(codes)) for key, codes in (went_to | told).items() if key in told}


def _key(row: Row) -> OldWard:
    return normalise(row["old_province"]), normalise(row["old_district"]), normalise(row["old_ward"])


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("mapping", "units", "facts"):
        parser.add_argument(f"--{option}", type=Path, required=True)
    build(**vars(parser.parse_args()))
