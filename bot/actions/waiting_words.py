"""What people say while they wait: how long will it take, why does nobody answer, was it sent, never mind."""

from __future__ import annotations

import re

from nlu.text import fold, normalise

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 14
_HOW_LONG = re.compile(
    r"\b(?:bao lau|lau (?:khong|ko|k)|(?:may|bao nhieu) (?:ngay|tuan|thang|bua)"
    r"|bao gio|khi nao|chung nao|luc nao|khi mo)\b"
)
_NOT_HEARD = re.compile(r"\b(?:chua|sao|lau|den dau|toi dau)\b")
_ANSWERED = frozenset({"loi", "goi", "hoi", "quyet", "ly", "he"})  # trả lời, gọi, phản hồi, giải quyết, xử lý, liên hệ
# A message made of these words alone is about the matter in hand: it names no other.
_WAITING_WORDS = """
bao lau may ngay tuan thang bua nhieu gio khi nao chung luc mo thi co ket qua xong tra loi duoc giai quyet mat phai doi
cho vay hoi xu ly moi se la ad oi a roi toi em minh con ho viec nay do the z khong ko k chua ai thay goi lien he phan
sao tin nhan gi het toi dau den cua vu can bo van cu mai hoai hom nay va gui don r lai nua ma dc voi nhi ha u o
"""
_WAITING = frozenset(_WAITING_WORDS.split())
_SENT = re.compile(
    r"(?:(?:da|the|vay|la|tin|don|viec|cai|nay) )*(?:gui|nop|ghi) (?:di |roi )?chua(?: (?:vay|a|ad|the))?"
)
_TAKES_BACK = re.compile(
    r"\b(?:"
    r"(?:khong|ko|k|khoi|het) (?:can|phai|muon) (?:(?:gui|giai quyet|xu ly|phan anh) )?(?:nua|gi nua)"
    r"|rut (?:lai|don|viec|phan anh)"
    r"|(?:sua|lam|don|giai quyet|xu ly) xong roi"
    r"|thoi khoi|huy (?:viec|vu|phan anh|don)"
    r")\b"
)


def asks_how_long(text: str) -> bool:
    """ "bao lâu thì xong": of the matter in hand, since no other one is named."""
    plain = _plain(text)
    return _HOW_LONG.search(plain) is not None and set(plain.split()) <= _WAITING


def asks_after_case(text: str) -> bool:
    """ "sao chưa ai trả lời": about what was sent here, since nothing else is told."""
    plain = _plain(text)
    words = plain.split()
    heard = _NOT_HEARD.search(plain) is not None and 2 < len(words) <= _MOST_WORDS
    return heard and set(words) <= _WAITING and bool(_ANSWERED & set(words))


def asks_if_sent(text: str) -> bool:
    """ "gửi chưa": at the reading back nothing has been sent yet."""
    return _SENT.fullmatch(_plain(text)) is not None


def takes_back(text: str) -> bool:
    """ "thôi không cần nữa, họ sửa xong rồi": the matter that was sent is no longer wanted."""
    plain = _plain(text)
    return len(plain.split()) <= _MOST_WORDS and _TAKES_BACK.search(plain) is not None


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(fold(normalise(text)).lower()))
