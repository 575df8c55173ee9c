"""Plays whole conversations from a table: inbox, worker, turns, actions and outbox are real, the parses are recorded.

The table is tests/bot/data/conversations.yml; what the engine made of each of its messages is in parses.json beside it,
written by `python -m tests.bot.played MODEL.tar.gz`. The same table is played with the engine itself in
test_dialogue_engine.py.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot import payloads
from bot.actions.executor import ActionServer
from bot.actions.registry import all_actions
from bot.actions.turn import FORM
from bot.engine import EngineReply, SavedTurn
from bot.models import Conversation
from integrations.channel import Button, Location, RemoteFile
from langnghe.reading import stream
from langnghe.settings import Settings
from nlu import places
from tests.bot.fakes import Stage, web
from tests.bot.talk import first_actions

DATA = Path(__file__).parent / "data"
TABLE = DATA / "conversations.yml"
PARSES = DATA / "parses.json"
_KEPT = (
    "intent",
    "act",
    "kind",
    "kinds",
    "unsure",
    "also",
    "also_at",
    "field",
    "topic",
    "problem",
    "urgent",
    "procedures",
    "entities",
)


@cache
def table() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))["conversations"]
    return loaded


@cache
def recorded() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = json.loads(PARSES.read_text(encoding="utf-8")) if PARSES.exists() else {}
    return loaded


@dataclass
class Heard:
    """What one message of the citizen was answered."""

    texts: list[str] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


class Player:
    """One citizen on the web page. A turn is {said | photo | location, must, must_not, buttons, first}."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.conversation: Conversation = stage.start()
        self.n = 0

    async def hear(self, turn: Mapping[str, Any]) -> Heard:
        before = len(self.stage.outbox(self.conversation.id))
        self.n += 1
        key, event_id = self.conversation.key, f"e{self.n}"
        if "location" in turn:
            lat, lon = turn["location"]
            await self.stage.accept(web(key, event_id, kind="location", location=Location(lat, lon)))
        elif "photo" in turn:
            photo = RemoteFile(ref="", name="anh.png", content_type="image/png", size=3)
            await self.stage.accept(web(key, event_id, kind="attachment", files=(photo,)), data=b"png")
        elif payloads.parse(str(turn["said"])):
            await self.stage.accept(web(key, event_id, payload=turn["said"]))
        else:
            await self.stage.accept(web(key, event_id, text=str(turn["said"])))
        await self.stage.run()
        rows = self.stage.outbox(self.conversation.id)[before:]
        buttons = [button["payload"] for row in rows for button in row.buttons]
        return Heard([row.text for row in rows if row.text], buttons)


def faults(heard: Heard, turn: Mapping[str, Any]) -> list[str]:
    """What was not said that must be, and what was said that must not; empty when all is well."""
    text, lower = heard.text, heard.text.lower()
    found = [] if text else ["silence"]
    found += [f"not said: {words}" for words in turn.get("must", ()) if words.lower() not in lower]
    found += [f"said: {words}" for words in turn.get("must_not", ()) if words.lower() in lower]
    for wanted in turn.get("buttons", ()):
        if not any(payload.startswith(wanted) for payload in heard.buttons):
            found.append(f"no button: {wanted}")
    first = str(turn.get("first", ""))
    if first and (not heard.texts or first.lower() not in heard.texts[0].splitlines()[0].lower()):
        found.append(f"not first: {first}")
    return found


@dataclass
class PlayedEngine:
    """Rasa's part without Rasa: rules.yml over the real action server, with parses that were recorded."""

    server: ActionServer
    slots: dict[str, dict[str, Any]] = field(default_factory=dict)
    active: dict[str, bool] = field(default_factory=dict)
    saved: dict[tuple[str, int], SavedTurn] = field(default_factory=dict)

    @classmethod
    def on(cls, stage: Stage) -> PlayedEngine:
        return cls(ActionServer(all_actions(home_province="38"), stage.database, stage.clock))

    async def turn(self, sender: str, text: str, metadata: Mapping[str, Any]) -> list[EngineReply]:
        message = {**read(text), "metadata": dict(metadata)}
        replies: list[EngineReply] = []
        actions: list[str] = []
        form = self.active.get(sender, False)
        name = FORM if form else first_actions().get(message["intent"]["name"], "action_default_fallback")
        while name:
            name = await self._next(sender, name, message, replies, actions)
        self.saved[sender, int(metadata["inbox_id"])] = SavedTurn(tuple(replies), tuple(actions))
        return replies

    async def _next(
        self, sender: str, name: str, message: Mapping[str, Any], replies: list[EngineReply], actions: list[str]
    ) -> str:
        if name != FORM:
            return await self._action(sender, name, message, replies, actions)
        self.active[sender] = True
        after = await self._action(sender, "validate_report_form", message, replies, actions)
        self.active[sender] = self.slots[sender].get("requested_slot") is not None
        return after or ("" if self.active[sender] else "action_finish_report")

    async def _action(
        self, sender: str, name: str, message: Mapping[str, Any], replies: list[EngineReply], actions: list[str]
    ) -> str:
        actions.append(name)
        slots = self.slots.setdefault(sender, {})
        tracker = {
            "sender_id": sender,
            "slots": dict(slots),
            "latest_message": message,
            "events": [],
            "paused": False,
            "active_loop": {"name": FORM} if self.active.get(sender) else {},
        }
        result = await self.server.run({"next_action": name, "sender_id": sender, "tracker": tracker})
        replies += [_reply(response) for response in result["responses"]]
        slots |= {event["name"]: event["value"] for event in result["events"] if event["event"] == "slot"}
        return next((event["name"] for event in result["events"] if event["event"] == "followup"), "")

    async def saved_turn(self, sender: str, inbox_id: int) -> SavedTurn | None:
        return self.saved.get((sender, inbox_id))

    async def take_back(self, sender: str, inbox_id: int) -> None:
        raise NotImplementedError

    async def forget(self, sender: str) -> None:
        self.slots.pop(sender, None)

    async def parse(self, text: str) -> dict[str, Any]:
        return read(text)

    async def ready(self) -> bool:
        return True


def _reply(response: Mapping[str, Any]) -> EngineReply:
    buttons = tuple(Button(button["title"], button["payload"]) for button in response["buttons"])
    return EngineReply(text=response["text"] or "", buttons=buttons, custom=response["custom"])


def read(text: str) -> dict[str, Any]:
    """The message as the engine would hand it to an action."""
    if text.startswith("/"):
        intent, brace, data = text[1:].partition("{")
        values = yaml.safe_load(brace + data) if brace else {}
        entities = [{"entity": name, "value": value} for name, value in values.items()]
        return {"text": text, "intent": {"name": intent}, "entities": entities}
    if text not in recorded():
        raise AssertionError(f"no parse is recorded for {text!r}: see tests/bot/played.py")
    place = places.resolve(text)
    return {**recorded()[text], "text": text, "place": place.as_dict() if place else None}


# --- recording ---


def messages() -> Sequence[str]:
    """All words of the table that reach the engine, and those that a row names for it in `parses`."""
    said = [str(turn["said"]) for row in table() for turn in row["turns"] if "said" in turn]
    extra = [str(text) for row in table() for text in row.get("parses", ())]
    return list(dict.fromkeys(payloads.neutral(text) for text in (*said, *extra) if not payloads.parse(text)))


def record(model: Path) -> None:
    with stream(Settings(), model) as parse:
        parses = {text: _kept(parse(text)) for text in messages() if text}
    lines = (
        f"{json.dumps(text, ensure_ascii=False)}: {json.dumps(p, ensure_ascii=False)}" for text, p in parses.items()
    )
    PARSES.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _kept(parsed: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: parsed.get(name) for name in _KEPT if parsed.get(name)}
    kept["kinds"] = [[kind, round(float(p), 3)] for kind, p in (parsed.get("kinds") or ())[:4]]
    kept["entities"] = [{"entity": e["entity"], "value": e["value"]} for e in parsed.get("entities") or ()]
    return kept


if __name__ == "__main__":
    record(Path(sys.argv[1]))
