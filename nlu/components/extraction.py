"""Finds codes, numbers and the place of a message by the rules of nlu.entities and nlu.places."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu import sources
from nlu.entities import extract
from nlu.places import resolve


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityRules(GraphComponent):
    """`entities`: codes, identity numbers, phones, dates, ... with offsets into the message as written."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EntityRules:
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return sources.fingerprint()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            found = [
                {
                    "entity": entity.entity,
                    "value": entity.value,
                    "start": entity.start,
                    "end": entity.end,
                    "text": entity.text,
                    "extractor": type(self).__name__,
                }
                for entity in extract(message.get(TEXT) or "")
            ]
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PlaceResolver(GraphComponent):
    """`place`: the commune and province that the message names, None when it names none.

    `home_province` (a code or None) decides between communes of one name when the message does not.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"home_province": None}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PlaceResolver:
        resolve("")  # loads the gazetteer now, so that the first citizen need not wait for it
        return cls(home_province=config["home_province"])

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return sources.fingerprint()

    def __init__(self, *, home_province: str | None) -> None:
        self._home_province = home_province

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            place = resolve(message.get(TEXT) or "", self._home_province)
            message.set("place", place.as_dict() if place else None, add_to_output=True)
            if place and place.end > place.start:
                self._add_entity(message, text=place.text, start=place.start, end=place.end)
        return messages

    def _add_entity(self, message: Message, *, text: str, start: int, end: int) -> None:
        entity = {
            "entity": "place",
            "value": text,
            "start": start,
            "end": end,
            "text": text,
            "extractor": type(self).__name__,
        }
        message.set(ENTITIES, [*message.get(ENTITIES, []), entity], add_to_output=True)
