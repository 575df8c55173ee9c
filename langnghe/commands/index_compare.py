"""The command `index compare`: the change between two rounds with its error, from two documents of `index sipas`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from surveys.comparisons import Difference, between_rounds
from surveys.errors import InvalidOption, SurveyError
from surveys.figures import Figure

OK, BAD_INPUT = 0, 2
LEVELS = ("parts", "factors", "criteria")
Document = Mapping[str, Any]


def run_compare(
    first: Path, second: Path, *, as_json: bool, out: TextIO | None = None, err: TextIO | None = None
) -> int:
    """`first` is the earlier round. Exit code 0, or 2 for documents that cannot be compared."""
    out, err = out or sys.stdout, err or sys.stderr
    try:
        earlier, later = _read(first), _read(second)
        _check(earlier, later)
        changes = _changes(earlier, later)
    except SurveyError as error:
        print(error, file=err)
        return BAD_INPUT
    if earlier.get("inputs", {}).get("sha256") == later.get("inputs", {}).get("sha256"):
        print("Cảnh báo: hai kết quả được tính từ cùng một tệp; sai số chỉ đúng khi hai mẫu độc lập.", file=err)
    document = {"questionnaire": later["questionnaire"], "method": later["method"], "level": later["level"], **changes}
    shown = json.dumps(_shown(document), ensure_ascii=False, allow_nan=False) if as_json else _page(document)
    print(shown, file=out)
    return OK


def _read(path: Path) -> Document:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        _ = document["design"]["degrees_of_freedom"], document["questionnaire"], document["method"], document["level"]
        _ = document["overall"], document["factors"], document["criteria"], document["by"]
    except (OSError, UnicodeDecodeError):
        raise InvalidOption(f"Không đọc được tệp {path}.") from None
    except (ValueError, KeyError, TypeError):
        raise InvalidOption(f"Tệp {path.name} không phải kết quả JSON của langnghe index sipas.") from None
    return dict(document)


def _check(earlier: Document, later: Document) -> None:
    """Figures of different forms or methods do not measure the same."""
    for field, name in (("questionnaire", "mẫu phiếu"), ("method", "cách tính"), ("level", "độ tin cậy")):
        if earlier[field] != later[field]:
            raise InvalidOption(f"Không so sánh được: {name} khác nhau ({earlier[field]} và {later[field]}).")


def _changes(earlier: Document, later: Document) -> dict[str, Any]:
    freedom = sum(each["design"]["degrees_of_freedom"] for each in (earlier, later))
    labels = [label for label in earlier["by"] if label in later["by"]]
    try:
        return {
            **_table(earlier, later, freedom),
            "by": {label: _table(earlier["by"][label], later["by"][label], freedom) for label in labels},
            "only_first": sorted(set(earlier["by"]) - set(labels)),
            "only_second": sorted(set(later["by"]) - set(labels)),
        }
    except (KeyError, TypeError, AttributeError):
        raise InvalidOption("Kết quả JSON thiếu số liệu của langnghe index sipas.") from None


def _table(earlier: Document, later: Document, freedom: float) -> dict[str, Any]:
    changes: dict[str, Any] = {"overall": _change(earlier["overall"], later["overall"], freedom)}
    for level in LEVELS:
        if level in earlier and level in later:
            codes = [code for code in earlier[level] if code in later[level]]
            changes[level] = {code: _change(earlier[level][code], later[level][code], freedom) for code in codes}
    return changes


def _change(earlier: Document | None, later: Document | None, freedom: float) -> Difference | None:
    return between_rounds(_figure(earlier), _figure(later), degrees_of_freedom=freedom)


def _figure(shown: Document | None) -> Figure | None:
    if shown is None:
        return None
    return Figure(shown["estimate"], shown["se"], shown["ci_low"], shown["ci_high"], shown["n"], None)


def _shown(value: Any) -> Any:
    if isinstance(value, Difference):
        return value.as_json()
    return {name: _shown(each) for name, each in value.items()} if isinstance(value, dict) else value


def _page(document: Document) -> str:
    lines = [f"Thay đổi giữa hai kỳ ({document['questionnaire']}, cách tính {document['method']})"]
    lines += _lines("Toàn mẫu", document)
    for label, table in document["by"].items():
        lines += _lines(label, table)
    return "\n".join(lines)


def _lines(title: str, table: Document) -> list[str]:
    factors = [f"  {code}: {_words(change)}" for code, change in table["factors"].items()]
    return [f"{title}: {_words(table['overall'])}", *factors]


def _words(change: Difference | None) -> str:
    if change is None:
        return "không so sánh được"
    return f"{change.estimate:+.2f} điểm phần trăm; {change.reading}"
