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
_A_BARE_WISH = 300  # letters
_WISH_TO_ASK = (
    r"\b(?:toi|em|minh|con|chau|tui|cho|muon|xin|can|chi|de|dinh) (?:xin |duoc )?hoi\b(?! (?:qua|lam|thoi)\b)"
)
# "hỏi" without its mark is also "hôi", "hội", "hồi", "hơi": it needs who asks, or a wish, before it.
_KIND_WORDS = {
    re.compile(r"\b(?:tố cáo|to cao)\b"): "to_cao",
    re.compile(r"\b(?:khiếu nại|khieu nai)\b"): "khieu_nai",
    re.compile(r"\b(?:phản ánh|phan anh)\b"): "phan_anh",
    re.compile(r"\b(?:kiến nghị|kien nghi|góp ý|gop y)\b"): "kien_nghi",
    re.compile(rf"\bhỏi\b|{_WISH_TO_ASK}"): "hoi_dap",
}
_KIND_MARKED = re.compile(r"\b(?:tố cáo|khiếu nại|phản ánh|kiến nghị|góp ý|hỏi)\b")
_KIND_FIRST = frozenset({"phan anh", "to cao"})  # also a surname and a name
# What people report beside a number that is not theirs; words of names ("Thu", "Đào") are not among them.
_TELLS = re.compile(
    r"\b(?:lừa|đòi|gọi|dọa|doạ|đánh|bán|nhắn|chửi|quấy|trộm|cắp|cướp|phá|xả|bị|hỏng|vay|nợ|cờ bạc|ma túy|quảng cáo"
    r"|làm phiền|lua dao|doi no|goi|de doa|danh bac|ma tuy|quay roi|quang cao|lam phien|bi)\b"
)
_NO_DENUNCIATION = re.compile(r"\b(?:khong|ko|k|kg|hong|dau) (?:(?:phai|muon|co|dinh|he|y|la|di) ){0,3}to cao\b")
_DENIED = re.compile(r"\b(?:khong|ko|k|kg|hong|chu|chua|cha)\b(?: \w+){0,2} ?$")
_SURNAMES = frozenset(_SURNAME_WORDS.split())
# People of the history books after whom streets and communes are called; without marks.
_STREET_NAMES = """
tran hung dao, ly thuong kiet, nguyen trai, le loi, quang trung, nguyen hue, phan boi chau, phan chu trinh, le hong
phong, tran phu, ly thai to, ly nam de, dinh tien hoang, le thanh tong, nguyen du, nguyen thi minh khai, hoang hoa
tham, vo thi sau, dien bien phu, le duan, le lai, le dai hanh, tran quang khai, tran quoc toan, tran nhat duat, tran
binh trong, phan dinh phung, nguyen chi thanh, vo nguyen giap, hoang van thu, nguyen van cu, nguyen van troi, tran
nhan tong, le thanh nghi, pham van dong, ton duc thang, nguyen cong tru, ho xuan huong, cao ba quat, ly tu trong,
nguyen dinh chieu, pham ngu lao, ngo quyen, mai hac de, bui thi xuan, nguyen binh khiem, le van luong, truong chinh,
luong the vinh
"""
_STREETS = frozenset(" ".join(street.split()) for street in _STREET_NAMES.split(","))
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
    if len(text) > _A_BARE_WISH or says_something(text) or _names_a_person(text):
        return None
    said = " ".join(_WORD.findall(normalise(text).lower()))
    for words, kind in _KIND_WORDS.items():
        if any(_DENIED.search(fold(said[: found.start()])) is None for found in words.finditer(said)):
            return kind
    return None


def _names_a_person(text: str) -> bool:
    """ "Nguyễn Phan Anh", "nguyen phan anh 0950000123": a name, though "phan anh" stands in it."""
    if _KIND_MARKED.search(normalise(text).lower()):
        return False
    words = _WORD.findall(_without_fillers(text))
    if not 2 <= len(words) <= 5 or fold(words[0]).lower() not in _SURNAMES:
        return False
    capital = all(word[0].isupper() for word in words)
    if _PHONE.search(text):
        return capital or (len(words) > 2 and fold(" ".join(words[:2])).lower() not in _KIND_FIRST)
    return capital and len(words) > 2


def _without_fillers(text: str) -> str:
    return _NAME_FILLER.sub(" ", re.sub(r"[\d+().:,;/-]+", " ", text))


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
    words = _WORD.findall(_without_fillers(said[1] if said else text))
    expected = asked and bool(number or number_known)
    if not (1 if expected else 2) <= len(words) <= 5 or (not said and len(text) > 80):
        return None, number
    if (not said and not expected and fold(words[0]) not in _SURNAMES) or named_kind(text):
        return None, number
    if _TELLS.search(" ".join(words).lower()):
        return None, number
    if _NO_NAME & {word.lower() for word in words} or (not number and (asks_why(text) or "?" in text)):
        return None, number
    name = " ".join(words)
    return (name.title() if name.islower() else name)[:120], number


def contact_alone(text: str, phone: str | None) -> tuple[str | None, str] | None:
    """(name, phone) of a message that is nothing else, also as a correction: "sđt sai rồi, 0950000456 mới đúng"."""
    if len(text.split()) > _CONTACT_WORDS:
        return None
    name, number = contact(text, phone, asked=True)
    if not number:
        return None
    if not [word for word in content_words(text) if word not in _CONTACT_TALK]:
        return None, number
    return (name, number) if name and _is_put_as_a_name(name, text) else None


def _is_put_as_a_name(name: str, text: str) -> bool:
    """A known surname first, or a capital on each word as it was written, or "tên ..." before it."""
    written = all(word[0].isupper() and word in text for word in name.split())
    return fold(name.split(maxsplit=1)[0]).lower() in _SURNAMES or written or _SAID_NAME.search(text) is not None


def tells_beside_number(text: str) -> bool:
    """ "0950000456 lừa đảo": two words or more that belong to no correction; the number is part of what is told."""
    return len([word for word in content_words(text) if word not in _CONTACT_TALK]) >= 2


def is_name(text: str) -> bool:
    """ "Nguyễn Văn A" and no more: a surname first, each word with a capital."""
    words = text.split()
    capital = all(word[:1].isupper() and (len(word) == 1 or not word.isupper()) for word in words)
    if not 2 < len(words) <= 5 or not capital or _NO_MORE.fullmatch(text) is None:
        return False
    return fold(words[0]).lower() in _SURNAMES and fold(" ".join(words)).lower() not in _STREETS


def names_a_street(text: str) -> bool:
    """ "Trần Hưng Đạo": who bears it is in the history books, so that a street is meant."""
    return " ".join(_WORD.findall(fold(normalise(text)).lower())) in _STREETS
