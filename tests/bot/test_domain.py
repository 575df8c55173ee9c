"""domain.yml, rules.yml, texts.yml and the program agree with each other."""

from __future__ import annotations

import re
import string
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import payloads
from bot.actions import answering, gathering
from bot.actions.questions import QUESTIONS
from bot.actions.registry import all_actions
from bot.actions.turn import FORM, REPORT, STRAYS
from bot.texts import load_texts
from bot.understanding import ACTS, MENDS, PICKS
from feedback import taxonomy
from tests.bot.talk import DIALOGUE, first_actions

LONGEST_TEXT = 600
SOURCES = "\n".join(path.read_text("utf-8") for path in Path(gathering.__file__).parent.glob("*.py"))
# Names that the code puts together: unreadable_<reason>.
COMPOSED = ("unreadable_",)


@pytest.fixture(scope="module")
def domain() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DIALOGUE / "domain.yml").read_text("utf-8"))
    return loaded


def test_the_domains_actions_are_the_registered_ones(domain: dict[str, Any]) -> None:
    assert sorted(domain["actions"]) == sorted(action.name for action in all_actions(home_province="38"))


def test_the_domains_intents_are_the_kinds_the_acts_and_the_buttons(domain: dict[str, Any]) -> None:
    names = {next(iter(intent)) for intent in domain["intents"]}
    assert names == set(taxonomy.kinds()) | ACTS | set(MENDS) | PICKS


def test_every_intent_leads_somewhere(domain: dict[str, Any]) -> None:
    names = {next(iter(intent)) for intent in domain["intents"]}
    assert set(first_actions()) == names
    assert set(first_actions().values()) <= {*domain["actions"], FORM}


def test_the_form_asks_the_questions_that_the_program_knows(domain: dict[str, Any]) -> None:
    assert tuple(domain["forms"][FORM]["required_slots"]) == QUESTIONS
    assert set(domain["slots"]) == {*QUESTIONS, REPORT, STRAYS}


def test_what_buttons_carry_is_an_entity_of_the_domain(domain: dict[str, Any]) -> None:
    carried = {"loai", "commune_code", "province_code", "procedure_code", "lat", "lon", "so_tep"}
    assert carried <= set(domain["entities"])


def test_a_session_never_expires_by_itself(domain: dict[str, Any]) -> None:
    assert domain["session_config"] == {"session_expiration_time": 0, "carry_over_slots_to_new_session": True}


@pytest.mark.parametrize("name", sorted(load_texts().buttons))
def test_a_button_fits_the_grammar_of_payloads(name: str) -> None:
    title, payload = load_texts().buttons[name]
    assert payloads.parse(payload) is not None and len(payload.encode()) <= payloads.MAX_BYTES
    assert 0 < len(title) <= 40


def test_every_act_and_mend_may_be_a_button() -> None:
    assert set(MENDS) | ACTS == payloads.ACTS


@pytest.mark.parametrize("name", sorted(load_texts().texts))
def test_a_text_is_short_and_has_no_blank_line(name: str) -> None:
    text = load_texts().texts[name]
    assert 0 < len(text) <= LONGEST_TEXT
    assert "\n\n" not in text, "the engine cuts a message at a blank line"
    assert not re.search(r"\b(bạn|quý khách|em)\b", text, re.IGNORECASE)


@pytest.mark.parametrize("name", sorted(load_texts().texts))
def test_a_text_is_used(name: str) -> None:
    assert f'"{name}"' in SOURCES or name.startswith(COMPOSED)


@pytest.mark.parametrize("name", sorted(load_texts().buttons))
def test_a_button_is_used(name: str) -> None:
    assert f'"{name}"' in SOURCES


def test_every_text_named_in_the_code_exists() -> None:
    named = set(re.findall(r'(?:say|_say)\(\s*"(\w+)"', SOURCES)) | set(re.findall(r'texts\["(\w+)"\]', SOURCES))
    assert named and named <= set(load_texts().texts)


def test_placeholders_are_plain_names() -> None:
    for text in load_texts().texts.values():
        for _, field, _, _ in string.Formatter().parse(text):
            assert field is None or field.isidentifier()


def test_every_kind_that_can_be_asked_has_plain_words() -> None:
    texts = load_texts()
    assert set(texts.kinds) == set(texts.wishes) == set(texts.kind_words) == set(answering.kinds.ASKABLE)


def test_every_pair_of_kinds_can_be_asked_about_in_one_short_sentence() -> None:
    texts = load_texts()
    for first, second in combinations(texts.wishes, 2):
        asked = texts.say("ask_between", first=texts.wishes[first], second=texts.wishes[second])
        assert asked.endswith("?") and len(asked.split()) <= 20


def test_every_intent_action_and_question_is_documented(domain: dict[str, Any]) -> None:
    page = (DIALOGUE.parents[1] / "docs" / "dialogue.md").read_text("utf-8")
    intents = {next(iter(intent)) for intent in domain["intents"]}
    missing = [name for name in sorted({*intents, *domain["actions"], *QUESTIONS}) if f"`{name}`" not in page]
    assert missing == []
