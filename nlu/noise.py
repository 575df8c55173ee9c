"""Writes a message the way people type it on a phone: chat spellings, dropped marks, slips of the finger."""

import random
import re

from nlu.text import fold

# Chat spellings of common words, by folded word; a word may have several.
CHAT_WORDS: dict[str, tuple[str, ...]] = {
    "khong": ("ko", "k", "hok", "khg", "kh", "hong"),
    "duoc": ("dc", "đc", "dk", "đuợc"),
    "roi": ("r", "rùi", "rồj", "oy"),
    "gi": ("j", "ji", "zì"),
    "vay": ("v", "zậy", "zị", "z"),
    "nhu": ("nhu", "như", "n"),
    "voi": ("vs", "zới", "vơi"),
    "biet": ("bit", "bít", "biết"),
    "cung": ("cug", "cũg"),
    "nguoi": ("ng", "ngừi", "nguoi"),
    "nhung": ("nhg", "nhưg"),
    "trong": ("trog", "trg"),
    "may": ("mấy", "mí"),
    "minh": ("mk", "mik", "mìh"),
    "toi": ("t", "tui", "tôi"),
    "em": ("e",),
    "anh": ("a", "ah"),
    "chi": ("c", "chj"),
    "ho": ("h", "họ"),
    "so": ("sồ", "s"),
    "giay": ("giấy", "zấy"),
    "ngay": ("ngày", "ng"),
    "thang": ("th", "tháng"),
    "nam": ("năm",),
    "phuong": ("p", "f", "phg"),
    "quan": ("q",),
    "huyen": ("h",),
    "thi": ("thì", "thj"),
    "lam": ("lm", "làm"),
    "luon": ("lun", "luôn"),
    "qua": ("wa", "quá"),
    "quy": ("qui",),
    "viec": ("vc", "việc"),
    "van": ("vẫn", "vẩn"),
    "bao": ("b", "báo"),
    "gio": ("h", "giờ"),
    "nhieu": ("nh", "nhìu"),
    "chua": ("chua", "chưa", "ch"),
    "can": ("cần",),
    "bo": ("bộ",),
    "tien": ("tiền", "xèng"),
    "dong": ("đ", "đồng"),
    "trieu": ("tr", "củ"),
    "nghin": ("k", "ngàn"),
    "noi": ("ns", "nói"),
    "hoi": ("hỏi", "hỏi"),
    "cho": ("cho", "cko"),
    "giup": ("giúp", "júp", "gip"),
    "gium": ("dùm", "zùm"),
    "xin": ("xin", "xjn"),
    "muon": ("mún", "muốn"),
    "mot": ("1", "môt"),
    "hai": ("2",),
    "ba": ("3", "bà"),
    "nhan": ("nhận", "nhân"),
    "nop": ("nộp", "nop"),
    "sao": ("s", "seo"),
    "the": ("th", "thế"),
    "oi": ("ơi", "ui"),
    "lau": ("lâu", "lâuuu"),
    "thoi": ("thui", "thôi"),
    "bay": ("bây", "bi"),
    "vi": ("vì", "zì"),
    "va": ("và", "zà", "&"),
}

# Spellings that change a letter group wherever it stands: of habit (y/i, d/gi/r, x/s, ch/tr) and of chat (f, j, w).
LETTER_HABITS: tuple[tuple[str, str], ...] = (
    ("ph", "f"),
    ("qu", "w"),
    ("gi", "j"),
    ("ng", "g"),
    ("nh", "h"),
    ("kh", "k"),
    ("tr", "ch"),
    ("ch", "tr"),
    ("s", "x"),
    ("x", "s"),
    ("ôi", "ui"),
    ("uyê", "iê"),
    ("ưu", "iu"),
    ("ả", "ã"),
    ("ã", "ả"),
    ("ỏ", "õ"),
    ("ủ", "ũ"),
    ("ẻ", "ẽ"),
)
NEIGHBOURS = {
    "a": "s", "b": "n", "c": "v", "d": "f", "e": "r", "g": "h", "h": "j", "i": "o", "k": "l", "l": "k", "m": "n",
    "n": "m", "o": "p", "p": "o", "q": "w", "r": "t", "s": "d", "t": "y", "u": "i", "v": "b", "x": "c", "y": "u",
}  # fmt: skip
WORD = re.compile(r"\w+|\W+")
HALF = 0.5


def noised(
    text: str,
    *,
    rng: random.Random,
    chat: float = 0.4,
    unmarked: float = 0.25,
    habit: float = 0.06,
    slip: float = 0.04,
) -> str:
    """The message with chat spellings, unmarked words, spelling habits and slips, each at its own rate per word."""
    return "".join(
        _noised_word(piece, rng=rng, chat=chat, unmarked=unmarked, habit=habit, slip=slip)
        if piece[0].isalpha()
        else piece
        for piece in WORD.findall(text)
    )


# How people add where it is: {unit} is "phường Hạc Thành", {province} "Thanh Hóa".
WHERE = (" ở {unit}", ", {unit}", " {unit}", " {unit} {province}", " ở {unit}, {province}", ", {unit} tỉnh {province}")


def placed(text: str, unit: str, province: str, *, rng: random.Random) -> str:
    """The message with a place at its end, in one of the ways in which people add it."""
    where = rng.choice(WHERE).format(unit=unit, province=province)
    return text.rstrip(" .,") + (where.lower() if rng.random() < HALF else where)


def _noised_word(word: str, *, rng: random.Random, chat: float, unmarked: float, habit: float, slip: float) -> str:
    spellings = CHAT_WORDS.get(fold(word))
    if spellings and rng.random() < chat:
        word = rng.choice(spellings)
    if rng.random() < habit:
        word = _with_habit(word, rng)
    if rng.random() < slip and len(word) > 2:
        word = _with_slip(word, rng)
    return fold(word) if rng.random() < unmarked else word


def _with_habit(word: str, rng: random.Random) -> str:
    fitting = [(old, new) for old, new in LETTER_HABITS if old in word.lower()]
    if not fitting:
        return word
    old, new = rng.choice(fitting)
    return word.lower().replace(old, new, 1)


def _with_slip(word: str, rng: random.Random) -> str:
    """One slip: two letters swapped, one dropped, one doubled, or the key beside it."""
    at = rng.randrange(len(word) - 1)
    slip = rng.randrange(4)
    if slip == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if slip == 1:
        return word[:at] + word[at + 1 :]
    if slip == 2:
        return word[: at + 1] + word[at:]
    return word[:at] + NEIGHBOURS.get(word[at], word[at]) + word[at + 1 :]
