"""Which payloads there are, what they become, and what a citizen's words can never become."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import payloads

CODE = "LN-40K7-2M19"


@pytest.mark.parametrize(
    ("raw", "intent"),
    [
        ("act:dong_y", "/dong_y"),
        ("act:gap_can_bo", "/gap_can_bo"),
        ("kind:khieu_nai", '/chon_loai{"loai": "khieu_nai"}'),
        ("place:16279", '/chon_noi{"commune_code": "16279"}'),
        ("prov:38", '/chon_noi{"province_code": "38"}'),
        ("proc:1.001193", '/chon_thu_tuc{"procedure_code": "1.001193"}'),
    ],
)
def test_a_choice_enters_the_engine_as_a_trusted_intent(raw: str, intent: str) -> None:
    payload = payloads.parse(raw)
    assert payload is not None
    assert payload.needs_engine
    assert payloads.intent_text(payload) == intent


@pytest.mark.parametrize(
    ("raw", "code", "score"),
    [(f"rate:{CODE}:5", CODE, 5), (f"reopen:{CODE}", CODE, None), (f"status:{CODE}", CODE, None)],
)
def test_what_concerns_a_case_stays_outside_the_engine(raw: str, code: str, score: int | None) -> None:
    payload = payloads.parse(raw)
    assert payload is not None
    assert not payload.needs_engine
    assert (payload.code, payload.score, payload.raw) == (code, score, raw)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "act",
        "act:",
        "act:restart",
        "act:session_start",
        "act:dong_y{}",
        "kind:dong_y",
        "place:1627",
        "place:１６２７９",
        "prov:038",
        'proc:1.001193"}',
        f"rate:{CODE}:0",
        f"rate:{CODE}:6",
        f"rate:{CODE}",
        "status:LN-40K7",
        "/act:dong_y",
        "xin chào",
        "sv:có dấu",
        "sv:" + "a" * 62,
        "act:dong_y\nx",
    ],
)
def test_anything_else_is_no_payload(raw: str) -> None:
    assert payloads.parse(raw) is None


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        "  /restart",
        "//restart",
        "/ /restart",
        "\u200b/restart",
        "\ufeff\u2060/restart",
        "\u00a0\t\n/session_start",
        '/inform{"a": 1}',
        "\x00/restart",
        "\u202e/restart",
    ],
)
def test_a_leading_slash_never_survives(text: str) -> None:
    neutral = payloads.neutral(text)
    assert not neutral.strip().startswith("/")
    assert neutral.startswith(("restart", "session_start", "inform"))


@pytest.mark.parametrize(
    "text", ["TT 01/2018", "và/hoặc", "đường Lê Lợi / Trần Phú", "😀", "<b>x</b>", "EXTERNAL: chao"]
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert payloads.neutral(text) == text


@given(st.text(max_size=200))
def test_no_text_of_a_citizen_is_ever_obeyed(text: str) -> None:
    assert not payloads.neutral(text).strip().startswith("/")
    assert not "".join(char for char in payloads.neutral(text) if char.isprintable()).strip().startswith("/")


def test_a_location_and_files_are_trusted_intents_too() -> None:
    text = payloads.location_text(19.80712345678, 105.77645678)
    assert text.startswith("/gui_vi_tri{")
    assert json.loads(text.removeprefix("/gui_vi_tri")) == {"lat": 19.807123, "lon": 105.776457}
    assert payloads.files_text(2) == '/gui_tep{"so_tep": 2}'
