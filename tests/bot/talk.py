"""A dialogue without the engine: rules.yml played over the real action server, with parses given by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

from bot import payloads
from bot.actions.executor import ActionServer
from bot.actions.registry import all_actions
from bot.actions.turn import FORM
from bot.models import Conversation, InboxMessage
from feedback.database import Database
from feedback.models import Citizen
from nlu import places

DIALOGUE = Path(__file__).parents[2] / "bot" / "dialogue"
HAC_THANH, HAM_RONG = "14797", "14758"


def first_actions() -> dict[str, str]:
    """What the rules do first for each intent."""
    rules = yaml.safe_load((DIALOGUE / "data" / "rules.yml").read_text("utf-8"))["rules"]
    return {rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in rules if "intent" in rule["steps"][0]}


@dataclass
class Said:
    """What came back in one turn."""

    texts: list[str] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)
    inbox_id: int = 0

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


@dataclass
class Talk:
    """One citizen's conversation. `say` takes words and their parse, `press` a button's payload."""

    database: Database
    clock: Callable[[], datetime]
    channel: str = "webchat"
    server: ActionServer = field(init=False)
    slots: dict[str, Any] = field(default_factory=dict)
    active: bool = False
    citizen_id: int = 0
    conversation_id: int = 0
    n: int = 0
    called: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = ActionServer(all_actions(home_province="38"), self.database, self.clock)
        with self.database.write() as session:
            citizen = Citizen(created_at=self.clock())
            session.add(citizen)
            session.flush()
            conversation = Conversation(
                key=uuid4().hex,
                channel=self.channel,
                account="web",
                external_id=uuid4().hex,
                citizen_id=citizen.id,
                created_at=self.clock(),
                awaiting={},
            )
            session.add(conversation)
            session.flush()
            self.citizen_id, self.conversation_id = citizen.id, conversation.id

    async def say(self, text: str, kind: str = "phan_anh", *, sure: float = 0.95, **parse: Any) -> Said:
        place = places.resolve(text)
        message = {
            "text": text,
            "intent": {"name": parse.get("act") or kind, "confidence": sure},
            "kind": kind,
            "kinds": parse.pop("kinds", None)
            or [[kind, sure], ["hoi_dap" if kind != "hoi_dap" else "phan_anh", 1 - sure]],
            "place": place.as_dict() if place else None,
            "entities": parse.pop("entities", []),
            **parse,
        }
        return await self.send(message)

    async def press(self, payload: str) -> Said:
        known = payloads.parse(payload)
        assert known is not None, payload
        return await self.obey(payloads.intent_text(known))

    async def obey(self, text: str) -> Said:
        intent, brace, data = text[1:].partition("{")
        values = yaml.safe_load(brace + data) if brace else {}
        entities = [{"entity": name, "value": value} for name, value in values.items()]
        return await self.send({"text": text, "intent": {"name": intent}, "entities": entities})

    async def send(self, message: Mapping[str, Any], *, inbox_id: int | None = None) -> Said:
        inbox_id = inbox_id or self._store()
        message = {**message, "metadata": {**self._metadata(), "inbox_id": inbox_id}}
        said = Said(inbox_id=inbox_id)
        name = FORM if self.active else first_actions().get(message["intent"]["name"], "action_default_fallback")
        while name:
            name = await (self._form(message, said) if name == FORM else self._action(name, message, said))
        return said

    async def _form(self, message: Mapping[str, Any], said: Said) -> str:
        self.active = True
        after = await self._action("validate_report_form", message, said)
        self.active = self.slots.get("requested_slot") is not None
        return after or ("" if self.active else "action_finish_report")

    async def _action(self, name: str, message: Mapping[str, Any], said: Said) -> str:
        self.called.append(name)
        result = await self.server.run(
            {
                "next_action": name,
                "sender_id": "test",
                "tracker": {
                    "sender_id": "test",
                    "slots": dict(self.slots),
                    "latest_message": message,
                    "events": [],
                    "paused": False,
                    "active_loop": {"name": FORM} if self.active else {},
                },
            }
        )
        for response in result["responses"]:
            assert len(response["buttons"]) <= 5, "Zalo shows five buttons"
            if response["text"]:
                said.texts.append(response["text"])
            said.buttons += [button["payload"] for button in response["buttons"]]
            said.custom |= response["custom"]
        follow = ""
        for event in result["events"]:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
            if event["event"] == "followup":
                follow = event["name"]
        return follow

    def _metadata(self) -> dict[str, Any]:
        return {"conversation_id": self.conversation_id, "citizen_id": self.citizen_id, "channel": self.channel}

    def _store(self) -> int:
        self.n += 1
        with self.database.write() as session:
            message = InboxMessage(
                conversation_id=self.conversation_id,
                n=self.n,
                channel=self.channel,
                account="web",
                event_id=uuid4().hex,
                kind="text",
                text="",
                files=[],
                received_at=self.clock(),
            )
            session.add(message)
            session.flush()
            return message.id
