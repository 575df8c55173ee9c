"""What the fields of a case entered at the counter mean, typed in the console or sent by a program."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from feedback.base import VIETNAM
from feedback.counter import Entry
from feedback.errors import InvalidInput
from feedback.petitions import Petition
from nlu import places


def entry_of(values: Mapping[str, str]) -> Entry:
    """Raises InvalidInput for a time or a day that cannot be read. `received` is Vietnam's time."""
    province = values.get("province") or None
    place = values.get("place") or None
    found = places.resolve(place, province) if place else None
    return Entry(
        kind=values.get("kind", ""),
        mode=values.get("mode", ""),
        text=values.get("text", ""),
        received_at=_moment(values),
        topic=values.get("topic") or None,
        problem=values.get("problem") or None,
        commune_code=found.commune_code if found is not None else None,
        province_code=province or (found.province_code if found is not None else None),
        place_text=place[:200] if place else None,
        name=(values.get("name") or None) and values["name"][:120],
        phone=(values.get("phone") or None) and values["phone"][:20],
        address=(values.get("address") or None) and values["address"][:200],
        dossier=(values.get("dossier") or None) and values["dossier"][:60],
        urgent=bool(values.get("urgent")),
        here=values.get("where") != "rules",
        petition=_petition(values),
    )


def _moment(values: Mapping[str, str]) -> datetime:
    try:
        return datetime.fromisoformat(values.get("received", "")).replace(tzinfo=VIETNAM)
    except ValueError:
        raise InvalidInput("Ghi ngày, giờ thực nhận.") from None


def _petition(values: Mapping[str, str]) -> Petition | None:
    if values.get("kind") not in ("khieu_nai", "to_cao") or not values.get("petition_number"):
        return None
    try:
        day = date.fromisoformat(values.get("petition_date", ""))
    except ValueError:
        raise InvalidInput("Ghi ngày nộp đơn.") from None
    return Petition(values["petition_number"], day, values.get("petition_place", ""))
