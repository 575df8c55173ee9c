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
nguoi xuong lam sua giai giup gium thu vo kiem tra phu trach tiep nhan ben
"""
_WAITING = frozenset(_WAITING_WORDS.split())
_WHO = re.compile(
    r"\b(?:ai (?:se |phai |ma )?(?:den|xuong|toi|vo|ra|xu ly|giai quyet|lam|sua|phu trach|tiep nhan|kiem tra)"
    r"|co (?:ai|nguoi) (?:nao )?(?:den|xuong|toi|xu ly|giai quyet|lam|sua|kiem tra))\b"
)
_OF_IT = re.compile(
    r"\b(?:giay to|giay gi|ho so gi|o dau|cho nao|le phi|bao nhieu tien|may tien|ton tien|mat tien|mat phi)\b"
)
# A message made of these words alone is about the procedure just answered: it names no other.
_OF_IT_WORDS = """
can nhung giay to gi ho so nop o dau cho nao lam le phi bao nhieu may tien ton mat phi het co phai khong ko k dem
mang theo chuan bi thi the vay a ad oi toi em minh con cho hoi va la ha nhi nua luon duoc dc den khi di bo nao
"""
_OF_IT_SET = frozenset(_OF_IT_WORDS.split())
_WHERE_TO = re.compile(
    r"\b(?:(?:nop|gui|dem|mang|den|toi|di)(?: \w+){0,2} (?:o dau|dau|cho nao|cho ai|noi nao)|o dau nhan)\b"
)
_WHERE_WORDS = """
the vay thi nop gui dem mang den toi di o dau cho nao ai noi don nay giay a ad oi em minh con phai la ha nhi hoi
tai ra roi va tiep khieu nai no cai can duoc co
"""
_WHERE_SET = frozenset(_WHERE_WORDS.split())
_LATE = _WAITING | frozenset({"qua", "hen", "han", "tre", "cham", "ho", "so", "ma", "tra", "giup", "nop", "xem"})
_SENT = re.compile(
    r"(?:(?:da|the|vay|la|tin|don|viec|cai|nay) )*(?:gui|nop|ghi) (?:di |roi )?chua(?: (?:vay|a|ad|the))?"
)
# A message made of these words alone takes the matter back: with others it asks how that is done, or tells more.
_TAKING_BACK_WORDS = """
a da u uh thoi khong ko k khoi het can phai muon gui giai quyet xu ly phan anh nua gi rut lai don viec vu nay do cai huy
ho nguoi ta ben phuong xa can bo sua lam xong roi r on dep khac phuc giup gium ho toi em minh con tui chau cho xin nhe
nha ad oi duoc dc khieu nai to cao va vi nen thi hom qua nay sang chieu vua moi cam on vay luon da di
"""
_TAKING_BACK = frozenset(_TAKING_BACK_WORDS.split())
_NOT_DONE = re.compile(r"\b(?:khong|ko|k) (?:cho|giai quyet|xu ly|duoc|lam|sua|rut)\b")
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
    if not set(words) <= _WAITING:
        return False
    heard = _NOT_HEARD.search(plain) is not None and 2 < len(words) <= _MOST_WORDS
    return (heard and bool(_ANSWERED & set(words))) or _WHO.search(plain) is not None


def asks_more_of_it(text: str) -> bool:
    """ "cần giấy tờ gì", "nộp ở đâu": of the procedure just answered, since no other one is named."""
    plain = _plain(text)
    return _OF_IT.search(plain) is not None and set(plain.split()) <= _OF_IT_SET


def asks_where_to(text: str) -> bool:
    """ "thế nộp ở đâu": where the matter in hand is to be taken."""
    plain = _plain(text)
    return _WHERE_TO.search(plain) is not None and set(plain.split()) <= _WHERE_SET


def only_waits(text: str) -> bool:
    """ "quá hẹn 10 ngày rồi" beside a dossier's code: nothing is said of what the dossier is about."""
    return set(re.findall(r"[^\W\d_]+", _plain(text))) <= _LATE


def asks_if_sent(text: str) -> bool:
    """ "gửi chưa": at the reading back nothing has been sent yet."""
    return _SENT.fullmatch(_plain(text)) is not None


def takes_back(text: str) -> bool:
    """ "thôi không cần nữa, họ sửa xong rồi": the matter that was sent is no longer wanted."""
    plain = _plain(text).removeprefix("a ").removeprefix("ma ")
    words = plain.split()
    closed = len(words) <= _MOST_WORDS and set(words) <= _TAKING_BACK and "?" not in text
    return closed and _NOT_DONE.search(plain) is None and _TAKES_BACK.search(plain) is not None


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(fold(normalise(text)).lower()))
