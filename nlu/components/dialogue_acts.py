"""Sets `act`, and makes the act the intent where the message is nothing else."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu import sources
from nlu.acts import ActRules


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class DialogueActs(GraphComponent):
    """`act`: the slug of the act or None. The phrases are data: the file that `rules` names."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"rules": "nlu/data/dialogue_acts.yml"}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DialogueActs:
        return cls(ActRules.load(sources.project_path(config["rules"])))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return sources.fingerprint()

    def __init__(self, rules: ActRules) -> None:
        self._rules = rules

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            act = self._rules.find(message.get(TEXT) or "")
            message.set("act", act, add_to_output=True)
            if act:
                message.set(INTENT, {"name": act, "confidence": 1.0}, add_to_output=True)
        return messages
