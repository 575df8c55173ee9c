"""Names the administrative procedures that a message is about: retrieval over the catalogue, with learned names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu import sources
from nlu.components.importer import labels_of
from nlu.procedures import Catalogue

NAMES_FILE = "names.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ProcedureLinker(GraphComponent):
    """`procedures`: the best `top` of the catalogue as {code, name, score}, best first.

    Learns names from examples whose metadata has `procedure` (words of the message) and `procedure_codes`. `prefer`
    maps a column of the catalogue to a factor: a candidate that agrees there with the message's own label gains by it.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"top": 3, "prefer": {}}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ProcedureLinker:
        return cls(config, {}, model_storage=model_storage, resource=resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ProcedureLinker:
        with model_storage.read_from(resource) as directory:
            names = json.loads((Path(directory) / NAMES_FILE).read_text(encoding="utf-8"))
        return cls(config, names, model_storage=model_storage, resource=resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return sources.fingerprint()

    def __init__(
        self,
        config: dict[str, Any],
        names: dict[str, list[str]],
        *,
        model_storage: ModelStorage,
        resource: Resource,
    ) -> None:
        self._config = config
        self._catalogue = Catalogue.load().with_names(names)
        self._model_storage = model_storage
        self._resource = resource

    def train(self, training_data: TrainingData) -> Resource:
        names: dict[str, list[str]] = {}
        for message in training_data.intent_examples:
            labels = labels_of(message)
            for code in (labels.get("procedure_codes") or ())[:1]:
                if labels.get("procedure"):
                    names.setdefault(code, []).append(labels["procedure"])
        with self._model_storage.write_to(self._resource) as directory:
            (Path(directory) / NAMES_FILE).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            labels = {column: (message.get(column), factor) for column, factor in self._config["prefer"].items()}
            text = message.get(TEXT) or ""
            first, _ = message.get("also_at") or (len(text), None)  # the labels are those of the first matter
            found = self._catalogue.find(text[:first], n=self._config["top"], prefer=labels)
            procedures = [{"code": one.code, "name": one.name, "score": one.score} for one in found]
            message.set("procedures", procedures, add_to_output=True)
        return messages
