"""Case codes such as LN-40K7-2M19: random, short, safe to read aloud, with a check character.

The alphabet is the ten digits and H, K, M: no letter that looks like a digit (O, I, L, Z, S, B, G, Q), and of those
that sound alike in some region of Vietnam (B/P, C/K/Q, D/Đ/Gi/V, G/R, L/N, M/N, S/X) at most one. 13 is prime, so a
weighted sum modulo 13 finds every single wrong character and every swap of any two.
"""

from __future__ import annotations

import random
import re
import secrets
import unicodedata

ALPHABET = "0123456789HKM"
PREFIX = "LN"
LENGTH = 8  # seven random characters and the check character

_VALUE = {char: value for value, char in enumerate(ALPHABET)}
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8", "C": "K", "N": "M"})
_GAP = r"[\s.,:_/\-]{0,3}"
_CHARACTER = "[0-9A-Z]"
_PREFIXED = re.compile(rf"(?<![0-9A-Z]){PREFIX}{_GAP}({_CHARACTER}(?:{_GAP}{_CHARACTER}){{{LENGTH - 1}}})(?![0-9A-Z])")
_BARE = re.compile(rf"(?<![0-9A-Z])([{ALPHABET}]{{4}}[\s\-]?[{ALPHABET}]{{4}})(?![0-9A-Z])")
_INTRODUCED = re.compile(rf"(?<![0-9A-Z])MA(?:\s+(?:SO|VU VIEC|PHAN ANH|TRA CUU))?\s*(?:LA\s*)?:?\s*{_BARE.pattern}")
_WORDS_AROUND = re.compile(r"(?:MA|SO|VU|VIEC|PHAN|ANH|TRA|CUU|LA|CUA|TOI|[\s.,:;!?\"'()#*\-])*")


def check_character(payload: str) -> str:
    """The character that makes the weighted sum of all eight (weights 1..8) a multiple of 13."""
    total = sum(weight * _VALUE[char] for weight, char in enumerate(payload, start=1))
    inverse = pow(LENGTH, -1, len(ALPHABET))
    return ALPHABET[-total * inverse % len(ALPHABET)]


def new_code(rng: random.Random | None = None) -> str:
    """A random code with at least one letter among its digits; the caller's unique column settles the rare clash."""
    source = rng if rng is not None else secrets.SystemRandom()
    while True:
        payload = "".join(source.choice(ALPHABET) for _ in range(LENGTH - 1))
        if not payload.isdigit():
            return _written(payload + check_character(payload))


def parse_code(text: str) -> str | None:
    """The first valid code in free text, as it is written officially; None when there is none.

    After "LN" misread characters (O for 0, S for 5, ...) and any spacing are forgiven, since the check character still
    has to fit; without "LN" only a code after "mã" or one that is the whole message counts.
    """
    shouted = _shouted(text)
    for match in _PREFIXED.finditer(shouted):
        if code := _valid(match.group(1).translate(_MISREAD)):
            return code
    introduced = _INTRODUCED.search(shouted) or _BARE.fullmatch(shouted.strip())
    return _valid(introduced.group(1)) if introduced else None


def is_case_code_only(text: str) -> bool:
    """Whether the message holds a valid code and nothing else but words like "mã số của tôi là"."""
    if parse_code(text) is None:
        return False
    shouted = _shouted(text)
    found = _PREFIXED.search(shouted) or _BARE.search(shouted)
    return found is not None and all(
        _WORDS_AROUND.fullmatch(part) for part in (shouted[: found.start()], shouted[found.end() :])
    )


def looks_mistyped(text: str) -> bool:
    """Whether something was meant as a code ("LN" and eight characters) but the check character does not fit."""
    return parse_code(text) is None and _PREFIXED.search(_shouted(text)) is not None


def _valid(raw: str) -> str | None:
    characters = re.sub(r"[^0-9A-Z]", "", raw)
    well_formed = len(characters) == LENGTH and all(char in _VALUE for char in characters)
    if not well_formed or characters[:-1].isdigit() or check_character(characters[:-1]) != characters[-1]:
        return None
    return _written(characters)


def _written(characters: str) -> str:
    return f"{PREFIX}-{characters[:4]}-{characters[4:]}"


def _shouted(text: str) -> str:
    """Upper case without diacritics, with every kind of dash as '-' and invisible characters dropped."""
    plain = unicodedata.normalize("NFKD", text).upper().replace("Đ", "D")
    kept = (char for char in plain if unicodedata.category(char) not in {"Mn", "Cf"})
    return "".join("-" if unicodedata.category(char) == "Pd" else char for char in kept)
