"""Finds the commune in a citizen's answer, with what the conversation already knows of the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.actions.report import Report
from bot.understanding import Understanding
from nlu import places

MAX_CHOICES = 60
_SHORT_ANSWER = 7


def with_place(report: Report, said: Understanding, *, home_province: str | None, asked: bool) -> Report | None:
    """The report with the place that the message names or narrows down; None when it says nothing of a place.

    `asked`: the message answers our question for the place, so that a bare name ("hạc thành") counts as one.
    """
    if report.choices and asked:
        narrowed = _among_choices(report, said)
        if narrowed is not None:
            return narrowed
    found = _found(said, report, home_province=home_province, asked=asked)
    if found and report.place_text and not report.commune_code and _is_a_province(found):
        return _in_province(report, str(found["province_code"]))
    return _taken(report, found, said.text if asked else str(found["text"])) if found else None


def _is_a_province(found: Mapping[str, Any]) -> bool:
    return bool(found.get("province_code")) and not found.get("commune_code") and not found.get("candidates")


def with_unit(report: Report, data: Mapping[str, Any]) -> Report | None:
    """The report with the unit of a pressed button."""
    code = str(data.get("commune_code") or "")
    if commune := places.commune(code):
        return report.changed(
            commune_code=code, province_code=commune.province_code, choices=(), mending=None, place_skipped=False
        )
    province = str(data.get("province_code") or "")
    return _in_province(report, province) if places.province(province) else None


def _in_province(report: Report, province: str) -> Report:
    left = tuple(code for code in report.choices if (unit := places.commune(code)) and unit.province_code == province)
    if len(left) == 1:
        return report.changed(
            commune_code=left[0], province_code=province, choices=(), mending=None, place_skipped=False
        )
    if not left and report.place_text and (again := _named_before(report.place_text, province)):
        return _taken(report, again, report.place_text)
    return report.changed(province_code=province, commune_code=None, choices=left)


def _named_before(words: str, province: str) -> Mapping[str, Any] | None:
    """The place told earlier, now that its province is known: an old name may not have been among the choices."""
    place = places.resolve(words, province)
    found = place is not None and place.province_code == province and (place.commune_code or place.candidates)
    return place.as_dict() if place is not None and found else None


def _among_choices(report: Report, said: Understanding) -> Report | None:
    """An answer to "which of these?": a province, or the name of one of the offered communes."""
    place = places.resolve(said.text)
    if place is None:
        return None
    if place.commune_code in report.choices:
        return with_unit(report, {"commune_code": place.commune_code})
    if place.commune_code is None and place.province_code and not place.candidates:
        return _in_province(report, place.province_code)
    return None


def _found(said: Understanding, report: Report, *, home_province: str | None, asked: bool) -> Mapping[str, Any] | None:
    if not asked:
        return said.place
    province = report.province_code or home_province
    tries = [said.text]
    if len(said.text.split()) <= _SHORT_ANSWER:
        tries += [f"phường {said.text}", f"xã {said.text}"]
    best: Mapping[str, Any] | None = None
    for text in tries:
        place = places.resolve(text, province)
        if place is None or not _agrees(best, place.province_code):
            continue
        if place.commune_code:
            return place.as_dict()
        best = best or place.as_dict()
    return best


def _agrees(named: Mapping[str, Any] | None, province: str | None) -> bool:
    """A guess ("phường ..." put before the words) never leads out of the province that the words name."""
    return not named or not named.get("province_code") or named["province_code"] == province


def _taken(report: Report, found: Mapping[str, Any], words: str) -> Report:
    codes = tuple(str(unit["commune_code"]) for unit in found.get("candidates") or () if unit.get("commune_code"))
    commune = found.get("commune_code")
    return report.changed(
        place_text=words[:200],
        commune_code=commune,
        province_code=found.get("province_code") or (None if codes else report.province_code),
        choices=() if commune else codes[:MAX_CHOICES],
        mending=None if commune else report.mending,
        place_skipped=False,
    )
