"""What became of each unit of a sample, and the response rates RR1 and RR2 of AAPOR's Standard Definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TITLES: Mapping[str, str] = {
    "pending": "Chưa liên hệ xong",
    "complete": "Đã trả lời đủ",
    "partial": "Trả lời một phần",
    "refusal": "Từ chối",
    "break_off": "Bỏ dở, không đủ để tính",
    "non_contact": "Không gặp được",
    "other": "Lý do khác (ốm, ngôn ngữ, ...)",
    "unknown_household": "Không rõ hộ có tồn tại hoặc có người đủ điều kiện",
    "unknown_other": "Chưa rõ, lý do khác",
    "not_eligible": "Không thuộc đối tượng",
    "over_quota": "Đủ hạn mức",
}
GROUP: Mapping[str, str] = {
    "complete": "I",
    "partial": "P",
    "refusal": "R",
    "break_off": "R",
    "non_contact": "NC",
    "other": "O",
    "unknown_household": "UH",
    "unknown_other": "UO",
    "pending": "UO",
    "not_eligible": "",
    "over_quota": "",
}
"""AAPOR's groups; what is not eligible is in no denominator. Who was not reached yet counts as unknown."""

ENTERED = tuple(slug for slug in TITLES if slug not in ("pending", "complete", "partial"))
"""What field workers may enter: the others follow from the forms."""

REPLACEABLE = ("refusal", "break_off", "non_contact", "other", "unknown_household", "unknown_other", "not_eligible")


@dataclass(frozen=True, slots=True)
class ResponseRates:
    """In percent, None without any unit. RR1 counts complete forms, RR2 also partial ones; both leave out nothing of
    unknown eligibility. Units that replaced others and those that they replaced are all counted."""

    counts: Mapping[str, int]
    rr1: float | None
    rr2: float | None
    issued: int


def response_rates(dispositions: Mapping[str, int]) -> ResponseRates:
    """RR1 = I / ((I + P) + (R + NC + O) + (UH + UO)); RR2 = (I + P) / the same."""
    groups = dict.fromkeys(("I", "P", "R", "NC", "O", "UH", "UO"), 0)
    for slug, number in dispositions.items():
        if GROUP[slug]:
            groups[GROUP[slug]] += number
    whole = sum(groups.values())
    counts = {slug: dispositions.get(slug, 0) for slug in TITLES if dispositions.get(slug, 0)}
    return ResponseRates(
        counts,
        rr1=100 * groups["I"] / whole if whole else None,
        rr2=100 * (groups["I"] + groups["P"]) / whole if whole else None,
        issued=sum(dispositions.values()),
    )
