"""Readings of a message that need no model: can it be read, does it say anything, who is it from."""

from __future__ import annotations

import re

from bot.actions.meta import is_foreign
from bot.actions.report import MAX_TEXT
from nlu.text import fold, marked_share, normalise

_MARKED = 0.2
_SHORT = 15
_IDENTITY, _SHORTEST_PHONE = 12, 9  # digits
_TAG = re.compile(r"<[^<>]{0,500}>?")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_PHONE = re.compile(r"(?<!\d)(?:\+?84|0)(?:[\s.-]?\d){9}(?!\d)")
# Words that say that one wants to say something, but not what.
_EMPTY = """
    toi em minh tui con chau bac chu co anh chi ban ad muon can xin cho nho hoi phan anh kien nghi gop y khieu
    nai to cao bao ve viec mot chuyen nay kia do la thi a oi nhe nha voi duoc khong dc ko gui noi trinh bay y
    kien len day o tai phuong xa tinh thanh pho tran dang bi se da roi giup gium dum ho tiep nua cai gi can bo
    nguoi qua lam buc buon biet ai sao luon that troi hoai phai
"""
_SURNAME_WORDS = """
    nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh mai trinh cao lam luong luu ta
    ha to ton truong trieu thai thach chau quach van vuong kim kieu doan dao dam giang bach au bien cu chu
    cung dan diep hua khuc khuong la lai lieu lo long luc lu ma mac nghiem nong nhan ong ong phi phung quan
    quang sam son tang than thi tieu tong tu tuong uong vi xa y ngan vang lau giap cam diem rmah siu ksor
"""
_EMPTY_WORDS = frozenset(_EMPTY.split())
_ASKING = re.compile(
    r"\?|\b(?:hỏi|làm sao|ở đâu|bao lâu|bao nhiêu|thế nào|như nào|cần gì|cần những|được không|dc ko|dc k|có phải"
    r"|gì|muốn|xin|chỉ tôi|hướng dẫn|thủ tục|khi nào|bao giờ|ra sao|sao)\b"
)
_ASKING_UNMARKED = re.compile(fold(_ASKING.pattern))
_AFTER_DENUNCIATION = re.compile(
    r"\bto cao\b.*\b(?:toi dau|den dau|ket qua|xong chua|chua xong|giai quyet chua|sao roi)\b"
)
_WHY = re.compile(r"\b(?:tai sao|vi sao|sao lai|sao phai|de lam gi|lam chi|lam gi)\b")
_KIND_WORDS = {
    r"\bto cao\b": "to_cao",
    r"\bkhieu nai\b": "khieu_nai",
    r"\bphan anh\b": "phan_anh",
    r"\b(?:kien nghi|gop y)\b": "kien_nghi",
    r"\bhoi\b": "hoi_dap",
}
_NO_DENUNCIATION = re.compile(r"\b(?:khong|ko|k|kg|hong|dau) (?:(?:phai|muon|co|dinh|he|y|la|di) ){0,3}to cao\b")
_DENIED = re.compile(r"\b(?:khong|ko|k|kg|hong|chu|chua|cha)\b(?: \w+){0,2} ?$")
_SURNAMES = frozenset(_SURNAME_WORDS.split())
_NAME_FILLER = re.compile(
    r"\b(?:tôi|toi|em|mình|minh|tui|cháu|chau|con|là|la|tên|ten|họ tên|ho ten|sđt|sdt|số điện thoại|so dien thoai"
    r"|đt|dt|số|so|điện thoại|dien thoai|liên hệ|lien he|của|cua|dạ|da|vâng|vang|ạ|a|nhé|nhe|nha|nè|đây|day|và|va"
    r"|zalo|ý lộn|y lon|nhầm|nham)\b",
    re.IGNORECASE,
)
_SAID_NAME = re.compile(r"(?:tên|ten)(?:\s+(?:tôi|toi|em|mình|là|la))*\s+((?:[^\W\d_]+\s*){1,7})", re.IGNORECASE)
_CONTACT_WORDS = 14  # a name and a number, and nothing that is told
_CONTACT_TALK_WORDS = (
    "so dien thoai sdt dt sai nham lon moi dung phai la cu cua doi thanh sua lai quen r khoan ghi viet dua a y u ua"
)
_CONTACT_TALK = frozenset(_CONTACT_TALK_WORDS.split())
_NO_MORE = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")
_NO_NAME_WORDS = "không khong ko k kh muốn muon cần gì nói cho hỏi đúng rồi roi r ok oke được dc khỏi"
_NO_NAME = frozenset(_NO_NAME_WORDS.split())


def unreadable(text: str) -> str | None:
    """Why a message cannot be taken ("empty", "long", "code", "symbols"), or None when it can."""
    if not text.strip():
        return "empty"
    if len(text) > MAX_TEXT:
        return "long"
    if not _LINK.sub("", text).strip():
        return "link"
    without_tags = _TAG.sub(" ", text)
    if without_tags != text and "<" in text and not says_something(without_tags):
        return "code"
    if not any(char.isalnum() for char in text):
        return "question" if "?" in text else "symbols"
    return "foreign" if is_foreign(text) else None


def number_alone(text: str) -> str | None:
    """What a message of digits is: "identity" for a citizen's number of 12 digits, "number" for a short one."""
    digits = re.sub(r"[\s.,)-]+", "", text)
    if not digits.isdecimal():
        return None
    return "identity" if len(digits) == _IDENTITY else "number" if len(digits) < _SHORTEST_PHONE else None


def says_something(text: str, *, place_text: str | None = None) -> bool:
    """Whether the message tells a matter at all: two words beyond "tôi muốn phản ánh ... ở phường X"."""
    return len(content_words(text, place_text=place_text)) >= 2


def content_words(text: str, *, place_text: str | None = None) -> list[str]:
    """The words, without marks, that carry something of the matter."""
    rest = text.replace(place_text, " ") if place_text else text
    return [word for word in _WORD.findall(fold(rest)) if word not in _EMPTY_WORDS]


def asks(text: str) -> bool:
    """Whether the message is put as a question or a wish for a service. "ở đầu ngõ" is none, "o dau" may be one."""
    words = normalise(text).lower()
    if marked_share(text) >= _MARKED:
        return _ASKING.search(words) is not None
    return _ASKING_UNMARKED.search(fold(words)) is not None


def whole_answer(text: str) -> str | None:
    """The name of the text that answers a message whatever its kind: unreadable, or not to be looked up here."""
    reason = unreadable(text) or number_alone(text)
    if reason is not None:
        return f"unreadable_{reason}"
    return "to_cao_status" if _asks_after_denunciation(text) else None


def _asks_after_denunciation(text: str) -> bool:
    """ "Việc tôi tố cáo tới đâu rồi": its state is told in person only."""
    return len(text.split()) <= _SHORT and _AFTER_DENUNCIATION.search(fold(normalise(text))) is not None


def asks_why(text: str) -> bool:
    return _WHY.search(fold(normalise(text))) is not None


def denies_denunciation(text: str) -> bool:
    """ "không phải tố cáo, tôi chỉ nhắc thôi": what was taken for a denunciation is none."""
    return len(text.split()) <= _SHORT and _NO_DENUNCIATION.search(fold(normalise(text))) is not None


def named_kind(text: str) -> str | None:
    """The kind that a message without a matter names: "tôi muốn khiếu nại", "không tố cáo, tôi chỉ hỏi thôi"."""
    if says_something(text):
        return None
    folded = " ".join(_WORD.findall(fold(normalise(text))))
    for words, kind in _KIND_WORDS.items():
        if any(_DENIED.search(folded[: found.start()]) is None for found in re.finditer(words, folded)):
            return kind
    return None


def contact(
    text: str, phone: str | None, *, asked: bool = False, number_known: bool = False
) -> tuple[str | None, str | None]:
    """(name, phone) of "Nguyễn Văn A 0950000123", each None when it is not there. `phone`: the engine's, if any.

    `asked`: the words answer our question for both, so that beside a number any words are a name, a single one too.
    `number_known`: only the name was still asked for.
    """
    written = _PHONE.search(text)
    number = phone or (re.sub(r"\D", "", written[0]) if written else None)
    if number and number.startswith("84") and len(number) == 11:
        number = "0" + number[2:]
    said = _SAID_NAME.search(text)
    rest = _NAME_FILLER.sub(" ", re.sub(r"[\d+().:,;/-]+", " ", said[1] if said else text))
    words = _WORD.findall(rest)
    expected = asked and bool(number or number_known)
    if not (1 if expected else 2) <= len(words) <= 5 or (not said and len(text) > 80):
        return None, number
    if (not said and not expected and fold(words[0]) not in _SURNAMES) or named_kind(text):
        return None, number
    if _NO_NAME & {word.lower() for word in words} or (not number and (asks_why(text) or "?" in text)):
        return None, number
    name = " ".join(words)
    return (name.title() if name.islower() else name)[:120], number


def contact_alone(text: str, phone: str | None) -> tuple[str | None, str] | None:
    """(name, phone) of a message that is nothing else, also as a correction: "sđt sai rồi, 0950000456 mới đúng"."""
    name, number = contact(text, phone, asked=True)
    if not number or len(text.split()) > _CONTACT_WORDS:
        return None
    if not [word for word in content_words(text) if word not in _CONTACT_TALK]:
        return None, number
    return (name, number) if name else None


def is_name(text: str) -> bool:
    """ "Nguyễn Văn A" and no more: a surname first, each word with a capital."""
    words = text.split()
    capital = all(word[:1].isupper() and (len(word) == 1 or not word.isupper()) for word in words)
    return (
        2 < len(words) <= 5 and capital and fold(words[0]).lower() in _SURNAMES and _NO_MORE.fullmatch(text) is not None
    )
