"""These tests need the dialogue engine's environment; elsewhere they are left out, in words.

bot/dialogue/.venv/bin/python -m pytest tests/nlu/engine --confcutdir=tests/nlu/engine
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest
import yaml

from nlu import sources

HAS_ENGINE = find_spec("rasa") is not None
if not HAS_ENGINE:
    collect_ignore_glob = ["test_*.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not HAS_ENGINE:
        terminalreporter.write_line(
            "NOT HERE: tests/nlu/engine needs the engine's environment (bot/dialogue/.venv); `make test` runs it there",
            yellow=True,
        )


@pytest.fixture(scope="session")
def pipeline() -> list[dict[str, Any]]:
    """The understanding as config.yml has it."""
    config = yaml.safe_load(sources.project_path("config.yml").read_text(encoding="utf-8"))
    return list(config["pipeline"])


@pytest.fixture(scope="session")
def parse(pipeline: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Any]]:
    """The whole pipeline of config.yml as a function: the model that LANGNGHE_TEST_MODEL names, or trained here."""
    if model := os.environ.get("LANGNGHE_TEST_MODEL"):
        return parse_with(model)
    from rasa.engine.graph import ExecutionContext, GraphSchema
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.resource import Resource
    from rasa.shared.nlu.training_data.message import Message
    from rasa.shared.utils.common import class_from_module_path

    from nlu.components.importer import MessageImporter

    data = MessageImporter(training_data_paths=[str(sources.project_path("bot/dialogue/data/nlu"))]).get_nlu_data()
    storage = LocalModelStorage(tmp_path_factory.mktemp("storage"))
    context = ExecutionContext(GraphSchema({}))
    components = []
    for number, step in enumerate(pipeline):
        component_class = class_from_module_path(step["name"])
        settings = {**component_class.get_default_config(), **{k: v for k, v in step.items() if k != "name"}}
        component = component_class.create(settings, storage, Resource(str(number)), context)
        if hasattr(component, "train"):
            resource = component.train(data)
            component = component_class.load(settings, storage, resource, context)
        components.append(component)

    def parsed(text: str) -> dict[str, Any]:
        messages = [Message({"text": text})]
        for component in components:
            messages = component.process(messages)
        return messages[0].as_dict(only_output_properties=True)

    return parsed


def parse_with(model: str) -> Callable[[str], dict[str, Any]]:
    from rasa.core.agent import Agent

    agent = Agent.load(model)
    return lambda text: asyncio.run(agent.parse_message(text))
