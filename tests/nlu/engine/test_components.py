"""The parts of the components, each by itself."""

import inspect
from collections import Counter

import numpy as np
import pytest
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.utils.common import class_from_module_path

from nlu import sources
from nlu.components.features import NgramSpace, character_ngrams, word_ngrams
from nlu.components.heads import calibrated
from nlu.components.importer import MessageImporter
from nlu.components.model import Example, HeadSettings, MessageModel, chosen
from nlu.components.tokenizer import WordTokenizer, segment, spans


def test_two_syllable_words_are_one_token_where_the_text_has_marks():
    assert "hồ sơ" in segment("Tôi nộp hồ sơ ở phường", least_marked_share=0.3)


def test_unmarked_text_falls_back_to_syllables():
    assert segment("toi nop ho so", least_marked_share=0.3) == ["toi", "nop", "ho", "so"]


def test_tokens_stand_where_they_say_in_the_text_as_written():
    text = "Tôi  nộp hồ   sơ, 3 tháng rồi!"
    tokens = WordTokenizer(WordTokenizer.get_default_config()).tokenize(Message({"text": text}), "text")
    assert [text[token.start : token.end] for token in tokens] == [token.text for token in tokens]
    assert any(token.text.split() == ["hồ", "sơ"] for token in tokens)


def test_a_word_that_is_not_in_the_text_gets_no_span():
    assert spans("một hai", ["một", "ba", "hai"]) == [(0, 3), (4, 7)]


def test_ngrams_of_words_and_of_characters():
    assert word_ngrams(["a", "b", "c"], 1, 2) == ["a", "b", "c", "a b", "b c"]
    assert character_ngrams(["ab"], 2, 3) == [" a", "ab", "b ", " ab", "ab "]


def test_an_ngram_of_one_message_and_its_copies_is_not_kept():
    space = NgramSpace({"words": (1, 1)}, least_messages=2)
    counted = [{"words": Counter(words.split())} for words in ("a b", "a b", "a c")]
    space.fit(counted, [0, 0, 1])
    assert set(space.columns["words"]) == {"a"}


def test_each_view_of_a_row_has_length_one():
    space = NgramSpace({"words": (1, 2), "folded_characters": (2, 3)}, least_messages=1)
    counts = space.count("Tôi hỏi", ["tôi", "hỏi"])
    features = space.fit([counts], [0])
    indices, values = space.row(counts)
    assert float(values @ values) == pytest.approx(2)
    assert features[0].indices.tolist() == indices.tolist() and features[0].data == pytest.approx(values)


def test_probabilities_of_one_message_sum_to_one_and_of_a_binary_head_lie_between():
    assert calibrated(np.array([[1.0, -1.0, 0.0]]), scale=3, shift=0).sum() == pytest.approx(1)
    assert 0 < calibrated(np.array([[-2.0]]), scale=1, shift=0)[0, 0] < 0.5


def test_a_label_that_must_not_be_missed_wins_from_its_own_threshold():
    ranking = [("a", 0.6), ("b", 0.3), ("c", 0.1)]
    assert chosen(ranking, HeadSettings()) == "a"
    assert chosen(ranking, HeadSettings(recall_first={"b": 0.25})) == "b"
    assert chosen(ranking, HeadSettings(recall_first={"b": 0.35})) == "a"
    assert chosen([("", 0.9), ("a", 0.1)], HeadSettings(may_be_absent=True)) is None


def test_the_model_learns_labels_that_it_has_never_heard_of():
    examples = [
        Example(text, {"colour": colour, "warm": colour == "red"}, group)
        for group, (text, colour) in enumerate([("lửa cháy nóng", "red"), ("nước biển lạnh", "blue")] * 6)
    ]
    settings = {"colour": HeadSettings(ranking="colours"), "warm": HeadSettings(least_precision=0.5)}
    model = MessageModel(settings, NgramSpace({"words": (1, 1)}, least_messages=1))
    model.fit(examples, str.split, c=1.0, threads=1)
    found = model.read("lửa nóng", ["lửa", "nóng"])
    assert (found["colour"], found["warm"]) == ("red", True)
    assert [label for label, _ in found["colours"]] == ["red", "blue"]


def test_every_component_annotates_its_parameters_and_carries_the_hash_of_the_package(pipeline):
    for step in pipeline:
        component = class_from_module_path(step["name"])
        for name in ("create", "load", "process", "train"):
            method = getattr(component, name, None)
            if method is None or method.__module__ != component.__module__:
                continue
            parameters = [p for p in inspect.signature(method).parameters.values() if p.name not in ("self", "cls")]
            assert all(p.annotation is not inspect.Parameter.empty for p in parameters), (step["name"], name)
        assert component.fingerprint_addon({}) == sources.fingerprint()


def test_the_hash_of_the_package_changes_with_its_data(tmp_path, monkeypatch):
    (tmp_path / "a.yml").write_text("a: 1")
    monkeypatch.setattr(sources, "PACKAGE", tmp_path)
    sources.fingerprint.cache_clear()
    before = sources.fingerprint()
    (tmp_path / "a.yml").write_text("a: 2")
    sources.fingerprint.cache_clear()
    assert sources.fingerprint() != before
    monkeypatch.undo()
    sources.fingerprint.cache_clear()


def test_the_importer_reads_what_rasa_s_own_reader_would():
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

    file = str(sources.project_path("bot/dialogue/data/nlu/dialogue_acts.yml"))
    ours = MessageImporter(training_data_paths=[file]).get_nlu_data().training_examples
    theirs = RasaYAMLReader().read(file).training_examples
    assert [(m.get("text"), m.get("intent")) for m in ours] == [(m.get("text"), m.get("intent")) for m in theirs]


def test_a_word_tokenizer_is_not_asked_about_messages_without_text():
    message = Message({"intent": "x"})
    WordTokenizer(WordTokenizer.get_default_config()).process([message])
    assert message.get("text_tokens") is None
