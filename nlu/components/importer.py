"""Reads the labelled messages into Rasa once; Rasa's own YAML reader takes 15 s a pass and makes four passes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import rasa.shared.utils.common
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_EXAMPLE, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.training import read_blocks


class LabelledExample(Message):
    """A training message that costs little, however often Rasa copies it and looks for a second one like it.

    Each of Rasa's importers copies all messages of the one below and never changes them, so a copy is the message
    itself. Its fingerprint is counted in one step, and stays where the intent is set to what it is already.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> LabelledExample:
        return self

    def set(self, prop: str, info: Any, add_to_output: bool = False) -> None:
        if prop != INTENT or info != self.data.get(INTENT) or add_to_output:
            super().set(prop, info, add_to_output)

    def fingerprint(self) -> str:
        if self._cached_fingerprint is None and self._is_as_read():
            written = json.dumps(self.data, ensure_ascii=False, sort_keys=True).encode()
            self._cached_fingerprint = hashlib.md5(written, usedforsecurity=False).hexdigest()
        return super().fingerprint()

    def _is_as_read(self) -> bool:
        return not self.features and self.data.keys() <= {TEXT, INTENT, METADATA}


def labels_of(message: Message) -> dict[str, Any]:
    """What a training example's metadata tells of it; empty where there is none."""
    return (message.get(METADATA) or {}).get(METADATA_EXAMPLE) or {}


class MessageImporter(RasaFileImporter):
    """Rasa's file importer for NLU files that hold labelled messages only (no lookups, synonyms, markup)."""

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        return self._nlu_data()

    @rasa.shared.utils.common.cached_method
    def _nlu_data(self) -> TrainingData:
        """The same for every language: Rasa asks for two, and keeps what it got for each."""
        messages: list[Message] = []
        for file in self._nlu_files:
            for intent, message in read_blocks(Path(file)):
                labels = {name: label for name, label in asdict(message).items() if label and name != "text"}
                data = {TEXT: message.text, INTENT: intent, METADATA: {METADATA_EXAMPLE: labels}}
                messages.append(LabelledExample(data))
        return TrainingData(messages)
