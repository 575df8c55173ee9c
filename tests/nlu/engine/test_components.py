"""The parts of the components, each by itself."""

import inspect
import random
from copy import deepcopy

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import class_from_module_path
from scipy.sparse import csr_matrix

from nlu import sources
from nlu.components import planes
from nlu.components.features import BEGINNING, END, NgramSpace, character_ngrams, joined, keys_of, word_ngrams
from nlu.components.further import MOST_READ, Further, Written, read_examples
from nlu.components.heads import Fit, HeadData, chances, lowest_threshold, question
from nlu.components.importer import LabelledExample, MessageImporter
from nlu.components.model import Example, HeadSettings, MessageModel, chosen, open_choice, with_copies
from nlu.components.procedures import ProcedureLinker
from nlu.components.rows import Rows
from nlu.components.scope import Neighbours
from nlu.components.tokenizer import WordTokenizer, spans
from nlu.joins import Joins
from nlu.training import LabelledMessage, write_rasa
from nlu.words import MANY, Split, segment, split_beside, split_given, split_syllables, split_text


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


def split(text):
    """A text whose words are its syllables."""
    return split_given(text, text.split())


def split_all(texts):
    return [split(text) for text, _ in texts]


def written_out(rows):
    """Rows as one dense matrix."""
    return rows @ np.eye(rows.shape[1], dtype=np.float32)


def test_ngrams_stay_within_their_message_and_keep_the_order_of_their_words():
    (row, one), (pair_row, pair) = word_ngrams(keys_of(["a", "b", "c", "a"]), np.array([0, 3, 3, 4]), 1, 2)
    assert row.tolist() == [0, 0, 0, 2] and one.tolist() == keys_of(["a", "b", "c", "a"]).tolist()
    a, b, c = (keys_of([word]) for word in "abc")
    assert pair_row.tolist() == [0, 0] and pair.tolist() == [*joined(a, b), *joined(b, c)]
    assert joined(a, b) != joined(b, a)


def test_ngrams_of_characters_stay_within_a_word():
    assert character_ngrams("ab", 2, 3) == [" a", "ab", "b ", " ab", "ab "]


def test_an_ngram_of_one_message_and_its_copies_is_not_kept():
    space = NgramSpace({"words": (1, 1), "folded_characters": (5, 5)}, least_messages=2)
    space.fit([split(words) for words in ("tôi hỏi", "tôi hỏi", "tôi mua")], [0, 0, 1])
    assert space.keys["words"].tolist() == keys_of(["tôi"]).tolist()
    assert space.keys["folded_characters"].tolist() == keys_of([" toi "]).tolist()


def test_each_view_of_a_row_has_length_one():
    space = NgramSpace(
        {"words": (1, 2), "folded_words": (1, 2), "folded_characters": (2, 3)}, least_messages=1, edges=2
    )
    texts = [split("tôi hỏi, tôi hỏi mãi"), split("Tôi")]
    features = written_out(space.fit(texts, [0, 1]))
    for text, learned in zip(texts, features, strict=True):
        indices, values = space.row(text)
        assert float(values @ values) == pytest.approx(3)
        assert np.flatnonzero(learned).tolist() == sorted(indices.tolist())
        assert learned[indices] == pytest.approx(values)


def test_a_message_of_no_known_word_has_an_empty_row():
    space = NgramSpace(
        {"words": (1, 2), "folded_words": (1, 2), "folded_characters": (2, 3)}, least_messages=1, edges=2
    )
    space.fit([split("đường hư"), split("")], [0, 1])
    assert [len(one) for text in ("", "xyz") for one in space.row(split(text))] == [0, 0, 0, 0]


def test_a_block_that_is_a_product_counts_as_if_it_were_written_out():
    rng = np.random.default_rng(3)
    one, left, right = (rng.random(shape).astype(np.float32) for shape in ((7, 3), (7, 4), (4, 5)))
    rows = Rows(((csr_matrix(one),), (csr_matrix(left), csr_matrix(right))))
    whole = np.hstack([one, left @ right])
    assert rows.shape == whole.shape and np.allclose(written_out(rows), whole, atol=1e-5)
    turned = np.empty((whole.shape[1], 3), dtype=np.float32)
    rows.turned().times(one, out=turned)
    assert np.allclose(turned, whole.T @ one, atol=1e-4)
    assert np.allclose(rows.squares(), (whole**2).sum(axis=0), atol=1e-4)
    assert np.allclose(written_out(rows[np.array([2, 5])]), whole[[2, 5]], atol=1e-5)


def test_probabilities_of_one_message_sum_to_one_and_of_a_binary_head_lie_between():
    assert chances(np.array([[1.0, -1.0, 0.0]])).sum() == pytest.approx(1)
    assert 0 < chances(np.array([[-2.0]]))[0, 0] < 0.5


def test_a_label_that_must_not_be_missed_wins_from_its_own_threshold():
    ranking = [("a", 0.6), ("b", 0.3), ("c", 0.1)]
    assert chosen(ranking, {}, {}) == "a"
    assert chosen(ranking, {"b": 0.25}, {}) == "b"
    assert chosen(ranking, {"b": 0.35}, {}) == "a"
    assert chosen([("", 0.9), ("a", 0.1)], {"a": 0.2}, {}) == ""


def test_a_label_is_said_rather_than_the_likeliest_where_that_is_one_that_must_give_way():
    rather = {"say": ["b", "d"], "than": ["a"], "times": 1.5}
    assert chosen([("a", 0.5), ("b", 0.3), ("c", 0.2)], {}, rather) == "a"
    assert chosen([("a", 0.5), ("b", 0.34), ("c", 0.16)], {}, rather) == "b"
    assert chosen([("a", 0.4), ("c", 0.3), ("d", 0.29), ("b", 0.01)], {}, rather) == "d"
    assert chosen([("c", 0.41), ("b", 0.4), ("a", 0.19)], {}, rather) == "c"  # c need not give way
    assert chosen([("a", 0.4), ("b", 0.35), ("c", 0.25)], {"c": 0.2}, rather) == "c"  # its own threshold comes first


def test_what_is_said_rather_is_asked_about_and_the_ranking_stays():
    texts = [("hỏi lệ phí", "a"), ("đường hư", "b"), ("cảm ơn", "c")] * 20
    examples = [Example(text, {"kind": kind}, group) for group, (text, kind) in enumerate(texts)]
    settings = {"ranking": "kinds", "ask": {"sure": 0.0, "apart": 0.0}}
    ours = NgramSpace({"words": (1, 1), "folded_words": (1, 1), "folded_characters": (2, 3)})
    model = MessageModel({"kind": HeadSettings(**settings)}, ours)
    model.fit(examples, split_all, fit=Fit(), threads=1)
    plain = model.read(split_text("hỏi lệ phí", least_marked_share=0.3))
    rather = {"say": ["b"], "than": ["a"], "times": 1e9}
    model.settings = {"kind": HeadSettings(**settings, rather=rather)}
    turned = model.read(split_text("hỏi lệ phí", least_marked_share=0.3))
    assert (plain["kind"], plain["unsure"]) == ("a", None)
    assert (turned["kind"], turned["unsure"], turned["kinds"]) == ("b", ["a", "b"], plain["kinds"])


def test_the_threshold_is_the_lowest_that_keeps_the_precision():
    chance, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False])
    assert lowest_threshold(chance, right, least_precision=0.6)[0] == 0.7
    assert lowest_threshold(chance, right, least_precision=0.9)[0] == 0.9


def test_the_model_learns_labels_that_it_has_never_heard_of():
    examples = [
        Example(text, {"colour": colour, "warm": colour == "red"}, group)
        for group, (text, colour) in enumerate([("lửa cháy nóng", "red"), ("nước biển lạnh", "blue")] * 6)
    ]
    settings = {"colour": HeadSettings(ranking="colours"), "warm": HeadSettings(least_precision=0.5)}
    model = MessageModel(settings, NgramSpace({"words": (1, 1)}, least_messages=1))
    model.fit(examples, split_all, fit=Fit(ridge=0.1), threads=1)
    found = model.read(split("lửa nóng"))
    assert (found["colour"], found["warm"]) == ("red", True)
    assert [label for label, _ in found["colours"]] == ["red", "blue"]


def test_another_process_splits_many_texts_as_this_one_does_and_in_their_order():
    texts = [(f"Tôi nộp hồ sơ số {number} ở phường", number % 3 > 0) for number in range(MANY + 7)]
    beside = list(split_beside(texts, least_marked_share=0.3))
    assert beside == [
        split_text(text, least_marked_share=0.3) if whole else split_syllables(text) for text, whole in texts
    ]
    assert "hồ_sơ" in beside[1].words and "phuong" in beside[1].syllables
    assert beside[0].words[2:4] == ["hồ", "sơ"] and beside[0].syllables[2:4] == ["ho", "so"]


def test_a_copy_typed_in_haste_goes_without_the_search_for_words():
    copies = with_copies("Đường hư ở xã tôi không ai sửa", rng=random.Random(1), folded=1, noisy=1)
    assert list(copies)[1] == "duong hu o xa toi khong ai sua" and list(copies.values()) == [True, True, False]


def test_a_share_of_the_messages_comes_once_more_with_a_place():
    units = [("phường Hạc Thành", "Thanh Hóa")]
    rng = random.Random(1)
    copies = [with_copies("đường hư", rng=rng, folded=0, noisy=0, placed=0.5, units=units) for _ in range(40)]
    assert 10 < sum(len(texts) == 2 for texts in copies) < 30
    assert all(next(iter(texts)) == "đường hư" and sum(texts.values()) == 1 for texts in copies)


def test_a_part_lies_within_the_whole_and_the_whole_hears_its_parts():
    examples = [
        Example(text, {"animal": whole, "bird": part}, group)
        for group, (text, whole, part) in enumerate(
            [("vịt bơi", "chim", "vịt"), ("gà gáy", "chim", "gà"), ("mèo kêu", "thú", "mèo"), ("bò kêu", None, None)]
            * 20
        )
    ]
    settings = {
        "animal": HeadSettings(ranking="animals", may_be_absent=True, parts="bird"),
        "bird": HeadSettings(may_be_absent=True),
    }
    model = MessageModel(settings, NgramSpace({"words": (1, 1)}, least_messages=1))
    model.fit(examples, split_all, fit=Fit(ridge=0.1, trust=10), threads=1)
    heads = model.heads
    assert heads.heads["bird"].labels == ["", "gà", "mèo", "vịt"] and heads.heads["animal"].labels == [
        "",
        "chim",
        "thú",
    ]
    assert heads.wholes["animal"].of.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]]
    assert heads.possible("bird", {"animal": "chim"}) == ["gà", "vịt"]
    assert heads.possible("bird", {}) == heads.heads["bird"].labels
    own, parts = np.array([0.2, 0.5, 0.3]), np.array([0.0, 0.25, 0.0, 0.75])
    assert heads.wholes["animal"].mean(own, parts).tolist() == [0.1, 0.75, 0.15]
    assert (model.read(split("gà"))["animal"], model.read(split("gà"))["bird"]) == ("chim", "gà")
    assert (model.read(split("bò"))["animal"], model.read(split("bò"))["bird"]) == (None, None)


def test_the_digits_of_a_text_count_as_one_digit():
    assert split_given("Sau 12 ngày", ["Sau", "12", "ngày"]) == Split(["sau", "00", "ngày"], ["sau", "00", "ngay"])


def test_the_words_at_the_ends_of_a_message_count_as_such():
    space = NgramSpace({"folded_words": (1, 1)}, least_messages=1, edges=2)
    space.fit([split("Cho hỏi giá điện")], [0])
    cho, hoi, gia, dien = (keys_of([word]) for word in ("cho", "hoi", "gia", "dien"))
    ends = [(BEGINNING, cho), (BEGINNING, hoi), (gia, END), (dien, END), (BEGINNING, cho, hoi), (gia, dien, END)]
    ends += [(BEGINNING, cho, hoi, gia), (hoi, gia, dien, END)]
    expected = {int(key[0]) for key in (cho, hoi, gia, dien, *(joined(*one) for one in ends))}
    assert set(space.keys["folded_words"].tolist()) == expected
    plain = NgramSpace({"folded_words": (1, 1)}, least_messages=1)
    plain.fit([split("Cho hỏi")], [0])
    assert len(plain.keys["folded_words"]) == 2


def in_one_block(rows):
    return Rows(((csr_matrix(rows),),))


def least_squares(rows, targets, *, ridge):
    """The plane by the normal equations, its bias last."""
    design = np.hstack([rows, np.ones((len(rows), 1))])
    return np.linalg.solve(design.T @ design + ridge * np.eye(design.shape[1]), design.T @ targets)


def solved(rows, targets, *, ridge, steps):
    """The plane by conjugate gradients from nothing, its bias last."""
    system = planes.System.of(in_one_block(rows), ridge=ridge)
    plane = np.zeros((rows.shape[1] + 1, 1), dtype=np.float32)
    targets = targets.astype(np.float32)[:, None]
    scores = np.zeros_like(targets)
    planes.conjugate_gradients(system, targets, np.ones_like(targets), plane, scores, steps=steps)
    assert np.allclose(scores, rows @ plane[:-1] + plane[-1], atol=1e-3)
    return plane[:, 0]


def test_columns_of_very_different_weight_are_learned_in_the_same_steps():
    rng = np.random.default_rng(2)
    often = (rng.random((4000, 1)) < 0.5).astype(np.float32)
    rare = (rng.random((4000, 1)) < 0.003).astype(np.float32)
    rows = np.hstack([often, rare, rng.normal(size=(4000, 3)).astype(np.float32)])
    targets = np.where((rows[:, 1] > 0) | (rows[:, 2] > 1), 1.0, -1.0)
    found = solved(rows, targets, ridge=0.5, steps=8)
    assert np.allclose(found, least_squares(rows, targets, ridge=0.5), atol=2e-3)


def test_planes_begin_as_the_least_squares_solution():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(60, 5)).astype(np.float32)
    targets = np.where(rows[:, 0] + 0.2 * rng.normal(size=60) > 0, 1.0, -1.0)
    found = solved(rows, targets, ridge=1.0, steps=8)
    assert np.allclose(found, least_squares(rows, targets, ridge=1.0), atol=1e-3)


def test_what_is_right_beyond_doubt_does_not_move_the_plane():
    rows = np.array([[-1.0]] * 20 + [[0.5]] * 20 + [[9.0]] * 20, dtype=np.float32)
    task = HeadData("side", np.arange(60), np.array(["a"] * 20 + ["b"] * 40), judged=np.ones(60, dtype=bool))
    found = planes.fit(planes.System.of(in_one_block(rows), ridge=0.1), [question(task, balance=0)], threads=2)
    pulled = least_squares(rows, np.array([-1.0] * 20 + [1.0] * 40), ridge=0.1)
    assert pulled @ [0.2, 1] < 0  # the rows at 9 draw the border to their own side
    assert found.weights[0, 1] * -0.7 + found.bias[1] < 0 < found.weights[0, 1] * 0.2 + found.bias[1]


def test_each_message_is_scored_once_and_by_planes_that_saw_none_of_its_copies():
    groups = np.repeat(np.arange(40), 2)
    rows = in_one_block(np.repeat(np.eye(40, dtype=np.float32), 2, axis=0))  # a word of its own for each message
    task = HeadData("side", np.arange(80), np.where(groups % 2, "a", "b"), judged=np.ones(80, dtype=bool))
    system, asked = planes.System.of(rows, ridge=0.1), [question(task, balance=0)]
    chosen, scores = planes.unseen_scores(system, asked, groups, threads=2, parts=2)
    assert sorted(groups[chosen].tolist()) == list(range(40)) and scores.shape == (40, 2)
    assert len(np.unique(scores[:, 0].round(4))) == 2  # nothing but the bias of either part
    known = rows @ planes.fit(system, asked, threads=2).weights.astype(np.float32)
    assert (known[groups % 2 == 1, 0] > 0.5).all() and (known[groups % 2 == 0, 0] < -0.5).all()


def test_one_question_hears_what_another_says():
    settings = {"animal": HeadSettings(may_be_absent=True), "bird": HeadSettings()}
    texts = [("vịt bơi", "vịt"), ("gà gáy", "gà"), ("mèo kêu", "mèo")] * 20
    examples = [
        Example(text, {"animal": "thú" if bird == "mèo" else "chim", "bird": bird}, group)
        for group, (text, bird) in enumerate(texts)
    ]
    model = MessageModel(settings, NgramSpace({"words": (1, 1)}, least_messages=1))
    model.fit(examples, split_all, fit=Fit(ridge=0.1, trust=10), threads=1)
    assert model.heads.heads["animal"].weights.shape == (5, 2)
    assert model.read(split("gà"))["animal"] == "chim"


def test_two_labels_that_are_near_in_probability_are_both_named():
    assert open_choice([("a", 0.7), ("b", 0.2)], "a", sure=0.55, apart=0.15) is None
    assert open_choice([("a", 0.5), ("b", 0.2)], "a", sure=0.55, apart=0.15) == ["a", "b"]
    assert open_choice([("a", 0.56), ("b", 0.44)], "a", sure=0.55, apart=0.15) == ["a", "b"]


ROAD, WASTE = "đường làng hư nặng lắm", "rác hôi cả xóm rồi"


def chances_by_words(splits):
    """What a model might say: a part is about roads, or about waste, or about both, by its words."""
    topics = []
    for split_ in splits:
        road, waste = "duong" in split_.syllables, "rac" in split_.syllables
        topics.append([0.5, 0.5] if road == waste else [0.98, 0.02] if road else [0.02, 0.98])
    return {"kind": np.tile([0.9, 0.1], (len(splits), 1)), "topic": np.array(topics)}


def written(text):
    return Written(text, spans(text, text.split()))


def two_matters():
    """Learned from messages of two matters (with "rồi" between them or nothing) and of one."""
    further = Further(Joins.load(), "kind", ["topic"], 0.5)
    two = [(f"{ROAD} {one}{WASTE} {n}", len(ROAD) + 1) for n in range(40) for one in ("", "ngoài ra ")]
    one = [(f"{ROAD} {ROAD} ngoài ra {ROAD} {n}", None) for n in range(80)]
    further.learn([(written(text), begins) for text, begins in two + one], chances_by_words)
    return further


def test_a_second_matter_begins_where_the_parts_are_surely_of_two_topics():
    further = two_matters()
    message = written(f"{WASTE}\n{ROAD}")
    cut = further.find(message, chances_by_words)
    assert "rác" in message.text[: cut.start] and "đường" in message.text[cut.end :]
    assert further.find(written(f"{ROAD} ngoài ra {ROAD}"), chances_by_words) is None


def test_a_line_break_is_a_sign():
    cuts = Further(Joins.load(), "kind", ["topic"], 0.5).cuts(f"{WASTE}\n{ROAD}")
    assert [cut.start for cut in cuts if "line" in cut.signs] == [len(WASTE)]


def test_a_message_that_is_read_surely_is_not_looked_at():
    further = two_matters()
    further.doubt = 2.0
    assert further.find(written(f"{WASTE} {ROAD}"), chances_by_words) is None


def test_nothing_is_found_before_it_is_learned():
    assert Further(Joins.load(), "kind", ["topic"], 0.5).find(written(f"{WASTE} {ROAD}"), chances_by_words) is None


@pytest.mark.parametrize(
    ("text", "word", "sign"),
    [
        ("đường làng hư nặng, ngoài ra rác hôi cả xóm", "ngoài", "goes_on"),
        ("đường làng hư nặng, ngoài ra rác hôi cả xóm", "ngoài", "comma"),
        ("đường làng hư nặng. Cho hỏi làm khai sinh", "Cho", "stop"),
        ("đường làng hư nặng. Cho hỏi làm khai sinh", "Cho", "asks"),
        ("duong lang hu nang roi rac hoi ca xom", "roi", "then"),
        ("1) đường làng hư nặng 2) rác hôi cả xóm", "2)", "listed"),
    ],
)
def test_signs_stand_where_the_second_matter_begins(text, word, sign):
    cuts = Further(Joins.load(), "kind", ["topic"], 0.5).cuts(text)
    assert [text[cut.end :].split()[0] for cut in cuts if sign in cut.signs] == [word]


def test_few_words_are_no_matter_and_a_long_message_tells_one():
    further = Further(Joins.load(), "kind", ["topic"], 0.5)
    assert further.cuts("rác hôi cả xóm, đường làng hư nặng") != []
    assert further.cuts("rác hôi cả xóm, đường hư nặng") == []
    assert further.cuts("rác hôi cả xóm, sđt của 0950000123 nhé") == []
    assert further.cuts("rác hôi cả xóm. " * 100) == []
    assert len(further.cuts("rác hôi cả xóm. " * 36)) == MOST_READ // 144


def test_examples_tell_where_the_second_matter_begins(tmp_path):
    file = tmp_path / "two.txt"
    file.write_text("# chú thích\nrác hôi, || ngoài ra đường hư\nđường hư,\\nngập\n", encoding="utf-8")
    assert read_examples(file) == [("rác hôi, ngoài ra đường hư", 9), ("đường hư,\nngập", None)]


def test_several_messages_have_the_rows_that_each_has_alone():
    splits = [split("rác hôi cả xóm"), split(""), split("rác rác đường hư"), split("lạ")]
    space = NgramSpace(
        {"words": (1, 2), "folded_words": (1, 2), "folded_characters": (2, 4)}, least_messages=1, edges=2
    )
    space.fit(splits[:3], [0, 1, 2])
    columns, values = space.rows(splits)
    for one, row in zip(splits, values, strict=True):
        alone, expected = space.row(one)
        assert columns[row != 0].tolist() == alone.tolist()
        assert row[row != 0] == pytest.approx(expected)


def test_likeness_is_the_mean_cosine_to_the_nearest_messages():
    neighbours = Neighbours(count=2)
    neighbours.fit(
        Rows(
            (
                (csr_matrix((3, 1), dtype=np.float32),),
                (csr_matrix(np.eye(3, dtype=np.float32)),),
            )
        ),
        np.arange(3),
    )
    one = np.array([1, 2]), np.array([0.6, 0.8], dtype=np.float32)
    assert neighbours.likeness(*one) == pytest.approx(0.7)
    assert neighbours.likeness(np.array([0]), np.array([1.0])) == 0
    few = Neighbours(count=9)
    few.fit(Rows(neighbours.rows.blocks), np.arange(2))
    assert few.likeness(np.array([0, 1]), np.array([0.6, 0.8], dtype=np.float32)) == pytest.approx(0.7)
    few.fit(Rows(neighbours.rows.blocks), np.arange(0))
    assert few.likeness(np.array([0]), np.array([1.0])) == 0


def test_no_more_messages_are_compared_than_are_wanted_and_the_same_ones_each_time():
    rows = Rows(((csr_matrix(np.arange(20, dtype=np.float32)[:, None]),),))
    kept = []
    for _ in range(2):
        neighbours = Neighbours(most=5)
        neighbours.fit(rows, np.arange(3, 17))
        kept.append(neighbours.rows.blocks[0][0].toarray().ravel().tolist())
    assert kept[0] == kept[1] and len(set(kept[0])) == 5 and set(kept[0]) <= set(range(3, 17))


def test_a_text_unlike_all_that_was_learned_has_a_low_scope():
    examples = [
        Example(text, {"kind": kind}, group)
        for group, (text, kind) in enumerate([("đường hư", "in"), ("rác hôi", "in"), ("phim hay", "out")] * 20)
    ]
    settings = {"kind": HeadSettings(ranking="kinds", outside="out")}
    model = MessageModel(settings, NgramSpace({"folded_characters": (2, 3)}, least_messages=1))
    model.fit(examples, split_all, fit=Fit(ridge=0.1, trust=10), threads=1)
    inside, near, far = (model.read(split(text))["scope"] for text in ("đường hư", "phim hay", "xyz"))
    assert inside > 0.5 > near and far == 0


def test_the_procedure_linker_learns_names_from_examples(tmp_path):
    storage, resource = LocalModelStorage(tmp_path), Resource("linker")
    context = ExecutionContext(GraphSchema({}))
    config = {"top": 3, "prefer": {"topic": 2.0}}
    linker = ProcedureLinker.create(config, storage, resource, context)
    example = {"procedure": "xin tờ bơ gơ zét", "procedure_codes": ["1.001193"]}
    linker.train(TrainingData([Message({"text": "x", "intent": "hoi_dap", "metadata": {"example": example}})]))
    learned = ProcedureLinker.load(config, storage, resource, context)
    [message] = learned.process([Message({"text": "toi xin to bo go zet"})])
    assert message.get("procedures")[0]["code"] == "1.001193"
    assert linker.process([Message({"text": "zzz"})])[0].get("procedures") == []


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


def test_the_hash_of_the_package_changes_with_its_data_and_not_with_what_measures_a_model(tmp_path, monkeypatch):
    (tmp_path / "a.yml").write_text("a: 1")
    monkeypatch.setattr(sources, "PACKAGE", tmp_path)
    sources.fingerprint.cache_clear()
    before = sources.fingerprint()
    (tmp_path / "a.yml").write_text("a: 2")
    sources.fingerprint.cache_clear()
    changed = sources.fingerprint()
    assert changed != before
    monkeypatch.setattr(sources, "MEASURING", tmp_path / "measuring")
    (tmp_path / "measuring").mkdir()
    (tmp_path / "measuring" / "floors.yml").write_text("a: 1")
    sources.fingerprint.cache_clear()
    assert sources.fingerprint() == changed
    monkeypatch.undo()
    sources.fingerprint.cache_clear()


def test_the_importer_reads_what_rasa_s_own_reader_would():
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

    file = str(sources.project_path("bot/dialogue/data/nlu/dialogue_acts.yml"))
    ours = MessageImporter(training_data_paths=[file]).get_nlu_data().training_examples
    theirs = RasaYAMLReader().read(file).training_examples
    assert [(m.get("text"), m.get("intent")) for m in ours] == [(m.get("text"), m.get("intent")) for m in theirs]


def test_the_importer_gives_each_example_its_labels_and_nothing_for_those_that_it_lacks(tmp_path):
    message = LabelledMessage("a", "phan_anh", "dat_dai", "dat_dai", "phi", True, style="short", procedure_codes=("1",))
    write_rasa([message, LabelledMessage("b", "giao_tiep")], tmp_path / "a.yml", about="two")
    one, other = MessageImporter(training_data_paths=[str(tmp_path / "a.yml")]).get_nlu_data().training_examples
    told = {"field": "dat_dai", "topic": "dat_dai", "problem": "phi", "urgent": True, "style": "short"}
    assert one.get("metadata") == {"example": {"kind": "phan_anh", **told, "procedure_codes": ("1",)}}
    assert other.get("metadata") == {"example": {"kind": "giao_tiep"}}


def test_rasa_s_copies_of_an_example_cost_nothing_and_twins_are_still_found():
    labels = {"example": {"field": "dat_dai", "procedure_codes": (), "urgent": False}}
    one, twin = (LabelledExample({"text": "a", "intent": "hoi_dap ", "metadata": deepcopy(labels)}) for _ in range(2))
    other = LabelledExample({"text": "a", "intent": "hoi_dap", "metadata": {"example": {"field": "ho_tich"}}})
    merged = TrainingData().merge(TrainingData([one, other, twin])).merge(TrainingData())
    assert [message is known for message, known in zip(merged.training_examples, [one, other], strict=True)] == [
        True
    ] * 2
    assert one.get("intent") == "hoi_dap"


def test_an_example_that_changes_has_another_fingerprint():
    example = LabelledExample({"text": "a", "intent": "hoi_dap"})
    seen = {example.fingerprint()}
    for name, value in [("intent", "to_cao"), ("text", "b"), ("entities", [{"entity": "place"}])]:
        example.set(name, value)
        seen.add(example.fingerprint())
    assert len(seen) == 4


def test_the_importer_reads_once_whatever_language_rasa_asks_for():
    importer = MessageImporter(training_data_paths=[str(sources.project_path("bot/dialogue/data/nlu/widened.yml"))])
    assert importer.get_nlu_data() is importer.get_nlu_data(language="vi")


def test_a_word_tokenizer_is_not_asked_about_messages_without_text():
    message = Message({"intent": "x"})
    WordTokenizer(WordTokenizer.get_default_config()).process([message])
    assert message.get("text_tokens") is None
