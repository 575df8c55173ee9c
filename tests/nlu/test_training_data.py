"""The labelled messages and terms use the project's vocabulary, and survive a trip through Rasa's format."""

import csv
from collections import Counter

import pytest
import yaml

from nlu import sources, training
from nlu.training import LabelledMessage, near_copies, read_blocks, read_rasa, read_terms, write_rasa

FOLDER = sources.project_path("bot/dialogue/data/nlu")
TAXONOMY = yaml.safe_load(sources.project_path("feedback/data/taxonomy.yml").read_text(encoding="utf-8"))
MESSAGES = read_rasa(FOLDER)
WITH_PROBLEM = {"phan_anh", "khieu_nai", "to_cao"}


def test_every_label_is_a_slug_of_the_taxonomy():
    assert {m.kind for m in MESSAGES} == set(TAXONOMY["kinds"])
    assert {m.field for m in MESSAGES} - {None} <= set(TAXONOMY["fields"])
    assert {m.problem for m in MESSAGES} - {None} <= set(TAXONOMY["problems"])


def test_a_problem_is_labelled_exactly_where_the_kind_has_one():
    assert [m.text for m in MESSAGES if (m.problem is not None) != (m.kind in WITH_PROBLEM)] == []


def test_no_message_is_labelled_twice_in_different_ways():
    labels = {}
    for message in MESSAGES:
        key = message.text.strip().lower()
        assert labels.setdefault(key, (message.kind, message.field)) == (message.kind, message.field), key


def test_every_intent_is_a_kind_or_an_act_and_known_to_the_domain():
    domain = yaml.safe_load(sources.project_path("bot/dialogue/domain.yml").read_text(encoding="utf-8"))
    known = {name for intent in domain["intents"] for name in ([intent] if isinstance(intent, str) else intent)}
    assert {intent for file in FOLDER.glob("*.yml") for intent, _ in read_blocks(file)} <= known


def test_every_phone_number_in_the_messages_is_an_invented_one():
    import re

    text = "\n".join(m.text for m in MESSAGES)
    mobiles = re.findall(r"(?<![\d.])0[35789]\d(?:[ .]?\d){7}(?!\d)", text)
    assert [number for number in mobiles if not number.startswith("095")] == []


@pytest.mark.parametrize("path", ["nlu/data/terms.yml", "nlu/data/procedures.csv"])
def test_each_term_names_a_known_field_and_no_term_means_two_things(path):
    terms = read_terms(sources.project_path(path))
    assert len(terms) > 100
    assert {term.field for term in terms} <= set(TAXONOMY["fields"])
    if path.endswith("terms.yml"):
        counts = Counter(term.text.lower() for term in terms)
        assert [text for text, n in counts.items() if n > 1] == []


def test_every_topic_of_the_messages_has_terms_under_its_field():
    taught = {(term.field, term.topic) for term in read_terms(sources.project_path("nlu/data/terms.yml"))}
    assert {m.topic for m in MESSAGES} - {None} <= {topic for _, topic in taught}


def test_messages_come_back_from_rasa_format_as_they_were(tmp_path):
    message = LabelledMessage(
        'Anh "Ba" nói: 50% # chưa xong\nnha', "phan_anh", field="khac", problem="khac", urgent=True
    )
    write_rasa([message], tmp_path / "a.yml", about="test")
    assert read_rasa(tmp_path) == [message]


def test_every_file_of_messages_is_read_by_lines_as_yaml_would_read_it():
    for file in FOLDER.glob("*.yml"):
        written = file.read_text(encoding="utf-8")
        assert training._plain_examples(written) == training._yaml_examples(written), file.name


@pytest.mark.parametrize(
    "examples",
    [
        "  - text: mất nước cả tuần\n    metadata: {field: dien_nuoc}\n",
        '    - text: "mất nước cả tuần"\n      metadata: {"field": "dien_nuoc"}\n',
        '  - metadata: {"field": "dien_nuoc"}\n    text: "mất nước cả tuần"\n',
        '  - text: "mất nước\n      cả tuần"\n    metadata:\n      field: dien_nuoc\n',
    ],
    ids=["no quotes", "deeper", "metadata first", "two lines"],
)
def test_a_file_that_somebody_wrote_in_another_shape_is_read_too(tmp_path, examples):
    file = tmp_path / "a.yml"
    file.write_text(f'version: "3.1"\nnlu:\n- intent: phan_anh\n  examples:\n{examples}', encoding="utf-8")
    assert read_rasa(file) == [LabelledMessage("mất nước cả tuần", "phan_anh", field="dien_nuoc")]


def test_a_message_that_shares_its_wording_with_another_is_a_near_copy_of_it():
    texts = ["duong hu o xa Hoang Loc sua gium nha", "cho hỏi làm căn cước ở đâu"]
    assert near_copies(texts, ["cho em hỏi", "đường hư ở xã Hoằng Lộc sửa giùm"]) == texts[:1]


def test_the_catalogue_of_procedures_has_the_columns_that_the_terms_are_read_from():
    with sources.project_path("nlu/data/procedures.csv").open(encoding="utf-8", newline="") as rows:
        assert {"name", "aliases", "field", "topic"} <= set(next(csv.reader(rows)))
