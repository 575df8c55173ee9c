"""The frozen test messages keep the vocabulary and share no wording with the training messages."""

from collections import Counter

import pytest
import yaml

from nlu import sources
from nlu.places import commune
from nlu.procedures import Catalogue
from nlu.training import near_copies, read_jsonl, read_rasa

FILES = sorted(sources.project_path("tests/data/messages").glob("*.jsonl"))
MESSAGES = [message for file in FILES for message in read_jsonl(file)]
TAXONOMY = yaml.safe_load(sources.project_path("feedback/data/taxonomy.yml").read_text(encoding="utf-8"))


def test_every_label_is_a_slug_of_the_taxonomy_and_a_problem_stands_where_the_kind_has_one():
    assert {m.kind for m in MESSAGES} <= set(TAXONOMY["kinds"])
    assert {m.field for m in MESSAGES} - {None} <= set(TAXONOMY["fields"])
    assert {m.problem for m in MESSAGES} - {None} <= set(TAXONOMY["problems"])
    assert [m.text for m in MESSAGES if (m.problem is None) == (m.kind in {"phan_anh", "khieu_nai", "to_cao"})] == []


def test_spans_stand_in_the_text_and_codes_exist():
    catalogue = set(Catalogue.load().codes())
    for message in MESSAGES:
        for span in (message.place, message.procedure, message.agency, message.dossier, message.phone):
            assert span is None or span in message.text
        assert set(message.procedure_codes) <= catalogue
        unit = commune(message.commune) if message.commune else None
        assert message.commune is None or (unit and unit.province_code == message.province), message.text


def test_no_test_message_is_a_near_copy_of_a_training_message():
    training = read_rasa(sources.project_path("bot/dialogue/data/nlu"))
    assert near_copies([m.text for m in MESSAGES], [m.text for m in training]) == []


def test_the_test_is_wide_enough():
    kinds = Counter(m.kind for m in MESSAGES)
    assert len({m.text for m in MESSAGES}) == len(MESSAGES)
    if len(MESSAGES) < 3000:
        pytest.skip("the test set is being written")
    assert set(kinds) == set(TAXONOMY["kinds"]) and kinds["to_cao"] >= 200
