"""Short answers in people's own words that the engine's acts leave open: a refusal, a go-ahead, a "yes, but ..."."""

from __future__ import annotations

import re

from bot.understanding import Understanding
from nlu.text import fold, normalise

_WORD = re.compile(r"[^\W_]+")
_SHORT = 7
_A_SIGH = 10  # words
_REFUSES = re.compile(
    r"(?:(?:da|thoi|toi|em|minh|con|chau|tui)\s+)*"
    r"(?:(?:khong|ko|k|kh|hong|hok|chang|chua|no)\b(?!.*\bbiet\b).*|(?:thoi|khoi|mien|an danh|giau ten|bo qua)\b.*)"
)
_GO = r"(?:chuyen|gui|nop|soan|ghi nhan|tiep tuc)"
_AGREES = re.compile(
    rf"(?:(?:ok|oke|u|uh|vang|da|duoc|dc|dong y|muon|thi|co|nho|hay|cu|ma|thoi|van|gio|dung|roi|chuan)\s+)*{_GO}"
    r"(?:\s+(?:di|giup|ho|gium|dum|nhe|nha|luon|toi|em|minh|loi|khen|nay|cho|don|ngay|a|ban|con|voi|chau|ad))*"
)
_PUTS_OFF = re.compile(
    r"(?:(?:da|thoi|thi|a|u|ma|toi|em|minh|con)\s+)*"
    r"(?:de (?:sau|toi|em|minh|con|xem|hoi)\b.*|luc khac\b.*|khi khac\b.*|tinh sau\b.*|tu tu\b.*"
    r"|(?:chua|khong) (?:chac|biet nua)\b.*|suy nghi\b.*|nghi da\b.*"
    r"|(?:chua|khoan|tu tu|doi|cho) (?:da |ti |chut |xiu |a )*(?:de|cho) (?:toi|em|minh|con)\b.*"
    r"|khoan(?: da| ti)?|tu tu(?: da)?)"
)
_GIVES_UP = re.compile(
    r"(?:(?:a|u|da|ma|toi|em|minh|con|thi)\s+)*"
    r"(?:thoi (?:bo|khoi|(?:khong|ko|k) gui|dung (?:gui|lai)|dep|nghi)"
    r"|bo di|khoi (?:gui|di)|(?:khong|ko|k) gui nua)\b.*"
)
_CALLS_OFF = re.compile(r"(?!.*\b(?:dung|khong|ko|k|chua|bi) huy).*\bhuy (?:di|luon|giup|gium|nhe|nha)(?: \w+){0,2}")
_LOST = re.compile(
    r"(?:(?:a|u|da|the|la|nghia|ad|oi|toi|em|minh|con|van|chua|khong|ko|k|hong) )*"
    r"(?:la sao|nghia la sao|sao nua|roi sao|lam gi nua|(?:khong|ko|k|hong|chua) hieu(?: gi)?|noi lai)"
    r"(?: (?:di|vay|a|ad|the|gi|nua|duoc|khong|giup|toi|em|y|cho|ro|hon))*"
)
_UNKNOWN = re.compile(
    r"(?:(?:da|toi|em|minh|con|cung|thuc ra)\s+)*(?:khong|ko|k|chua|chang|hong) (?:biet|ro|nho|nam ro)\b"
)
_ADDS = re.compile(r"\b(?:them vao|ghi them|bo sung|cung viec|van viec|viec nay|cung mot viec)\b")
_OTHER = re.compile(r"\b(?:viec khac|chuyen khac|khac|rieng|viec moi)\b")
_HEARD_WORDS = """
goi da roi r toi em minh con tui a ok oke vang da u uh dang den xe cuu hoa thuong cong an xong ho vua cho biet duoc dc
cam on nha nhe ad moi nguoi 111 113 114 115
"""
_HEARD = frozenset(_HEARD_WORDS.split())
_YES = frozenset({"dung", "ok", "oke", "okie", "u", "uh", "uhm", "vang", "da", "duoc", "dc", "chuan", "phai"})
_LEADS = _YES | {"roi", "r", "nhung", "ma", "va", "them", "bo", "sung", "la", "rang", "nua", "a"}
_TURNS = frozenset({"nhung", "ma", "va", "them"})
_WRONG = re.compile(r"\b(?:sai|nham|lon|chua dung|khong dung|ko dung|k dung|khong phai|sua|doi)\b")
_STARTS = _YES | {"nhung", "ma", "khong", "ko", "chua", "sai", "nham", "lon", "sua", "doi", "cho", "y"}


def refuses(text: str) -> bool:
    """ "không nói", "ko cho", "thôi khỏi": unwilling to give what was asked for."""
    return len(text.split()) <= _SHORT and "khổng" not in text.lower() and bool(_REFUSES.fullmatch(_plain(text)))


def puts_off(text: str) -> bool:
    """ "để tôi nghĩ đã", "thôi để sau": neither yes nor no yet."""
    return len(text.split()) <= _SHORT and bool(_PUTS_OFF.fullmatch(_plain(text)))


def gives_up(text: str) -> bool:
    """ "thôi bỏ đi, nói cũng như không": what was read back is not wanted any more."""
    plain = _plain(text)
    return len(plain.split()) <= _A_SIGH and bool(_GIVES_UP.fullmatch(plain) or _CALLS_OFF.fullmatch(plain))


def does_not_follow(text: str) -> bool:
    """ "là sao", "tôi không hiểu": what we asked was not clear."""
    return len(text.split()) <= _SHORT and bool(_LOST.fullmatch(_plain(text)))


def agrees(text: str) -> bool:
    """ "chuyển đi", "gửi giúp tôi": a yes in the words of what was offered."""
    return bool(_AGREES.fullmatch(_plain(text)))


def after_the_yes(text: str) -> str:
    """What stands behind "đúng rồi nhưng mà thêm là"; the whole text where it does not begin so."""
    words = list(_WORD.finditer(text))
    lead = 0
    while lead < len(words) and fold(words[lead][0]).lower() in _LEADS:
        lead += 1
    said = [fold(word[0]).lower() for word in words[:lead]]
    if not said or said[0] not in _YES or not _TURNS & set(said) or lead == len(words):
        return text
    return text[words[lead].start() :]


def finds_fault(text: str) -> bool:
    """ "ok nhưng sai địa chỉ": short words that something in the reading back is wrong, not a detail of the matter."""
    plain = _plain(text)
    first = plain.split(" ", 1)[0] if plain else ""
    return len(plain.split()) <= _SHORT and first in _STARTS and _WRONG.search(plain) is not None


def does_not_know(text: str) -> bool:
    """ "không biết phường nào": the question is passed over."""
    return len(text.split()) <= _SHORT and _UNKNOWN.match(_plain(text)) is not None


def adds(text: str) -> bool:
    """ "thêm vào": more of the matter in hand."""
    return len(text.split()) <= _SHORT and _ADDS.search(_plain(text)) is not None


def is_other(text: str) -> bool:
    """ "việc khác": another matter."""
    return len(text.split()) <= _SHORT and _OTHER.search(_plain(text)) is not None


def has_heard(said: Understanding) -> bool:
    """Nothing but that one has heard, or that help was called: "tôi gọi rồi", "xe cứu hỏa đang tới"."""
    words = set(_plain(said.text).split())
    return bool(words) and (words <= _HEARD or (said.act in ("dong_y", "cam_on") and len(words) <= _SHORT))


def is_brief(said: Understanding) -> bool:
    """A word that only says that one has heard: "ok tôi gọi rồi"."""
    brief = len(said.text.split()) <= _SHORT and not said.place and not said.picked
    return brief and said.act in (None, "dong_y", "cam_on")


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(fold(normalise(text)).lower()))
