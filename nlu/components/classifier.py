"""The Rasa component around the message model: training examples in, labels on the message out."""

from __future__ import annotations

import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu import sources
from nlu.components.features import NgramSpace
from nlu.components.further import Cut, Further, Written, read_examples
from nlu.components.heads import Fit
from nlu.components.importer import labels_of
from nlu.components.model import Example, HeadSettings, MessageModel, with_copies
from nlu.components.tokenizer import spans
from nlu.joins import Joins
from nlu.places import communes_of, provinces
from nlu.text import fold
from nlu.training import read_terms
from nlu.words import segment, split_beside

MODEL_FILE = "message_model.joblib"
FURTHER_FILE = "further.joblib"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MessageClassifier(GraphComponent):
    """Sets what config.yml's `heads` name, and the intent from the head that `intent_from` names.

    A training example's labels are its metadata; the label of `intent_from` is its intent unless the metadata has one.
    `copies` are those of `with_copies`; messages whose label is one of its `nowhere` are never given a place.
    `vocabulary` names files of terms that teach the heads whose labels they carry. `further` tells how a second matter
    in the same message is found. It is set as `also`, and where the first ends and it begins as `also_at`; the labels
    are then those of the first.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "ngrams": {"words": [1, 2], "folded_words": [1, 2], "folded_characters": [2, 5]},
            "least_messages": 2,
            "edges": 0,
            "least_marked_share": 0.3,
            "copies": {"folded": 1, "noisy": 1},
            "vocabulary": [],
            "ridge": 2.0,
            "balance": 0.5,
            "trust": 0.03,
            "own": 1.0,
            "one_width": False,
            "threads": 2,
            "intent_from": "kind",
            "heads": {},
            "further": {},
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageClassifier:
        space = NgramSpace(
            {view: (n[0], n[1]) for view, n in config["ngrams"].items()}, config["least_messages"], config["edges"]
        )
        model = MessageModel(settings_of(config), space)
        return cls(config, model, further_of(config), model_storage=model_storage, resource=resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MessageClassifier:
        with model_storage.read_from(resource) as directory:
            model = joblib.load(Path(directory) / MODEL_FILE)
            learned = joblib.load(Path(directory) / FURTHER_FILE)
        model.settings = settings_of(config)  # how answers are chosen is read from the configuration, not learned
        further = further_of(config)
        if further is not None:
            further.learned = learned
        return cls(config, model, further, model_storage=model_storage, resource=resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return sources.fingerprint()

    def __init__(
        self,
        config: dict[str, Any],
        model: MessageModel,
        further: Further | None,
        *,
        model_storage: ModelStorage,
        resource: Resource,
    ) -> None:
        self._config = config
        self._model = model
        self._further = further
        self._model_storage = model_storage
        self._resource = resource

    def train(self, training_data: TrainingData) -> Resource:
        fit = Fit(**{name: self._config[name] for name in ("ridge", "balance", "trust", "own", "one_width")})
        share = self._config["least_marked_share"]
        self._model.fit(
            [*self._messages(training_data), *self._terms()],
            lambda texts: split_beside(texts, least_marked_share=share),
            fit=fit,
            threads=self._config["threads"],
        )
        if self._further:
            examples = read_examples(sources.project_path(self._config["further"]["examples"]))
            examples += [(text, None) for text in self._of_one_matter(training_data)]
            self._further.learn([(self._written(text), begins) for text, begins in examples], self._model.chances)
        with self._model_storage.write_to(self._resource) as directory:
            joblib.dump(self._model, Path(directory) / MODEL_FILE)
            joblib.dump(self._further and self._further.learned, Path(directory) / FURTHER_FILE)
        return self._resource

    def _messages(self, training_data: TrainingData) -> list[Example]:
        rng = random.Random(0)  # noqa: S311 - repeatable, not secret
        examples = []
        units = [(f"{unit.type} {unit.name}", of.name) for of in provinces() for unit in communes_of(of.code)]
        copies = dict(self._config["copies"])
        nowhere = copies.pop("nowhere", ())
        for group, message in enumerate(training_data.intent_examples):
            labels = {self._config["intent_from"]: message.get(INTENT), **labels_of(message)}
            where = [] if labels[self._config["intent_from"]] in nowhere else units
            texts = with_copies(message.get(TEXT), rng=rng, units=where, **copies)
            examples += [Example(text, labels, group, in_words=in_words) for text, in_words in texts.items()]
        return examples

    def _of_one_matter(self, training_data: TrainingData) -> list[str]:
        """Some of the training messages, drawn: those that are not labelled with a second matter."""
        examples = training_data.intent_examples
        texts = [one.get(TEXT) for one in examples if "also" not in labels_of(one)]
        most = min(self._config["further"]["plain"], len(texts))
        return random.Random(0).sample(texts, most)  # noqa: S311 - repeatable, not secret

    def _terms(self) -> list[Example]:
        terms = [term for path in self._config["vocabulary"] for term in read_terms(sources.project_path(path))]
        return [
            Example(text, asdict(term), group=-number, term=True)
            for number, term in enumerate(terms, start=1)
            for text in (term.text, fold(term.text))
        ]

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT) is not None:
                self._label(message)
        return messages

    def _written(self, text: str) -> Written:
        return Written(text, spans(text, segment(text, least_marked_share=self._config["least_marked_share"])))

    def _label(self, message: Message) -> None:
        written = Written(message.get(TEXT), [(one.start, one.end) for one in message.get(TOKENS_NAMES[TEXT]) or []])
        found = self._model.read(written.whole)
        if self._further:
            cut, found, also = self._two(written, found, self._further)
            message.set("also", also, add_to_output=True)
            message.set("also_at", [cut.start, cut.end] if cut else None, add_to_output=True)
        for name, value in found.items():
            message.set(name, value, add_to_output=True)
        name = self._config["intent_from"]
        ranking = dict(found[self._model.settings[name].ranking or name])
        intents = [{"name": found[name], "confidence": ranking.pop(found[name])}]
        intents += [{"name": label, "confidence": p} for label, p in ranking.items()]
        message.set(INTENT, intents[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, intents, add_to_output=True)

    def _two(
        self, written: Written, whole: dict[str, Any], further: Further
    ) -> tuple[Cut | None, dict[str, Any], list[list[str | None]]]:
        """Where the message is cut, what it is (or its first matter), and its second matter: [[name, apart]]."""
        cut = further.find(written, self._model.chances)
        if cut is None:
            return None, whole, []
        first, second = map(self._model.read, written.parts(cut))
        name, apart = further.name, further.apart[0]
        if {first[name], second[name]} & set(further.never) or None in (first[apart], second[apart]):
            return None, whole, []
        kept = self._model.settings[name].recall_first
        if whole[name] in kept and first[name] != whole[name]:
            # It must not be missed: all else then stays as it is, and where neither part has it, it needs all words.
            return (cut, whole, [[second[name], second[apart]]]) if second[name] == whole[name] else (None, whole, [])
        for name_of, settings in self._model.settings.items():  # a yes of the whole stays
            if settings.least_precision is not None and whole[name_of]:
                first |= {one: whole[one] for one in (name_of, settings.ranking) if one}
        return cut, first, [[second[name], second[apart]]]


def settings_of(config: dict[str, Any]) -> dict[str, HeadSettings]:
    return {name: HeadSettings(**(settings or {})) for name, settings in config["heads"].items()}


def further_of(config: dict[str, Any]) -> Further | None:
    settings = {name: value for name, value in config["further"].items() if name not in ("examples", "plain")}
    return Further(Joins.load(), name=config["intent_from"], **settings) if settings else None
