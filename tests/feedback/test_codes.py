"""Case codes: what they are made of, every slip that the check character finds, and finding them in free text."""

from __future__ import annotations

import itertools
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.codes import ALPHABET, check_character, is_case_code_only, looks_mistyped, new_code, parse_code

CODE = "LN-40K7-2M1" + check_character("40K72M1")
BODY = CODE[3:].replace("-", "")


def test_a_new_code_is_ln_and_two_groups_of_four_from_the_alphabet_with_a_letter() -> None:
    for seed in range(500):
        prefix, first, second = new_code(random.Random(seed)).split("-")
        assert prefix == "LN" and len(first) == len(second) == 4
        assert set(first + second) <= set(ALPHABET)
        assert not (first + second[:3]).isdigit()


def test_new_codes_are_random_and_do_not_follow_each_other() -> None:
    codes = [new_code() for _ in range(2000)]
    assert len(set(codes)) >= 1999
    assert codes != sorted(codes)


def test_the_alphabet_has_no_letter_that_is_read_as_a_digit_or_sounds_like_another() -> None:
    letters = {char for char in ALPHABET if char.isalpha()}
    assert not letters & set("OQDILZSBGUVY")
    for alike in ("BP", "CKQ", "DVZ", "GR", "LN", "MN", "SX"):
        assert len(letters & set(alike)) <= 1


@pytest.mark.parametrize("seed", range(40))
def test_every_single_wrong_character_is_found(seed: int) -> None:
    body = new_code(random.Random(seed))[3:].replace("-", "")
    for place, char in itertools.product(range(8), ALPHABET):
        wrong = body[:place] + char + body[place + 1 :]
        assert wrong == body or parse_code(f"LN-{wrong}") is None


@pytest.mark.parametrize("seed", range(40))
def test_every_swap_of_two_characters_is_found(seed: int) -> None:
    body = new_code(random.Random(seed))[3:].replace("-", "")
    for left, right in itertools.combinations(range(8), 2):
        chars = list(body)
        chars[left], chars[right] = chars[right], chars[left]
        wrong = "".join(chars)
        assert wrong == body or parse_code(f"LN-{wrong}") is None


def test_every_single_error_and_swap_is_found_for_every_pair_of_values() -> None:
    """The weighted sum is linear, so differences of two values at each place (and pair of places) cover all codes."""
    for place, delta in itertools.product(range(1, 9), range(1, 13)):
        assert place * delta % 13
    for (left, right), delta in itertools.product(itertools.combinations(range(1, 9), 2), range(1, 13)):
        assert (left - right) * delta % 13


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        CODE.lower(),
        f"LN{BODY}",
        f"ln {BODY[:4]} {BODY[4:]}",
        f"mã {CODE} tới đâu rồi ạ?",
        f"ma so ln.{BODY[:4]}.{BODY[4:]}",
        "Ln - " + " ".join(BODY),
        CODE.replace("-", "\u2013"),
        CODE.replace("-", "\u2011"),
        CODE.replace("0", "O"),
        CODE.replace("1", "l"),
        f"cho em hỏi mã {BODY[:4]}-{BODY[4:]} với",
        f"mã số là: {BODY}",
        BODY,
        f"({CODE})",
        "\u200b" + CODE + "\u200b",
        CODE.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789LNKM"}),
    ],
)
def test_a_code_is_found_however_it_is_typed(text: str) -> None:
    assert parse_code(text) == CODE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "xe 36K1-2345 chạy ẩu trên đường",
        "so dien thoai 0951234567",
        "036099012345",
        "hồ sơ H26.16-260312-0001",
        f"ALN-{BODY}",
        f"LN-{BODY}9",
        f"LN-{BODY[:7]}",
        f"đường số {BODY} gần chợ",
        "LN",
        "😀" * 50,
    ],
)
def test_other_numbers_are_no_codes(text: str) -> None:
    assert parse_code(text) is None


def test_the_first_valid_code_wins_over_an_invalid_one_before_it() -> None:
    wrong = CODE[:-1] + ALPHABET[(ALPHABET.index(CODE[-1]) + 1) % 13]
    assert parse_code(f"{wrong} hay là {CODE}") == CODE
    assert looks_mistyped(wrong) and not looks_mistyped(CODE) and not looks_mistyped("xin chào")


@pytest.mark.parametrize(
    "text", [CODE, f"mã {CODE}", f" Mã số của tôi là {CODE.lower()}. ", BODY, f"ma {BODY}", f"{CODE}?"]
)
def test_a_message_that_is_only_a_code_needs_no_understanding(text: str) -> None:
    assert is_case_code_only(text)


@pytest.mark.parametrize(
    "text", ["", "xin chào", f"{CODE} tới đâu rồi", f"hủy {CODE}", CODE[:-1] + "?", f"{CODE} {CODE} nữa"]
)
def test_a_message_with_more_than_a_code_is_not_only_a_code(text: str) -> None:
    assert not is_case_code_only(text)


@given(st.integers(0, 2**32))
def test_a_new_code_parses_to_itself(seed: int) -> None:
    code = new_code(random.Random(seed))
    assert parse_code(code) == code and is_case_code_only(code)


@given(st.text(max_size=300))
def test_any_text_is_read_without_error(text: str) -> None:
    assert parse_code(text) is None or isinstance(is_case_code_only(text), bool)


@pytest.mark.parametrize("text", ["LN" + " - " * 30000, "LN-" + "4 " * 50000, "ma " * 30000, "1234-" * 20000])
def test_hostile_text_of_100_kb_is_read_fast(text: str) -> None:
    started = time.perf_counter()
    parse_code(text)
    is_case_code_only(text)
    assert time.perf_counter() - started < 1.0
