"""Every conversation of the table is answered as it says."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from feedback.models import Case
from tests.bot.fakes import Stage
from tests.bot.played import PlayedEngine, Player, faults, table


@pytest.mark.parametrize("row", table(), ids=lambda row: row["name"])
async def test_a_conversation_is_answered_as_the_table_says(stage: Stage, row: dict[str, Any]) -> None:
    stage.engine = PlayedEngine.on(stage)  # type: ignore[assignment]
    assert await play(stage, row) == []


async def play(stage: Stage, row: dict[str, Any]) -> list[str]:
    """The faults of one conversation, each with the words that led to it."""
    player = Player(stage)
    found: list[str] = []
    for turn in row["turns"]:
        heard = await player.hear(turn)
        said = turn.get("said", turn.get("location", "photo"))
        found += [f"{said!r}: {fault}\n    {heard.text}\n    {heard.buttons}" for fault in faults(heard, turn)]
    return [*found, *opened_faults(stage, player, row)]


def opened_faults(stage: Stage, player: Player, row: dict[str, Any]) -> list[str]:
    with stage.database.read() as session:
        rows = select(Case).where(Case.citizen_id == player.conversation.citizen_id).order_by(Case.id)
        cases = [f"{case.kind}/{case.state}" for case in session.scalars(rows)]
    wanted = row.get("cases", [])
    return [] if cases == wanted else [f"cases {cases}, wanted {wanted}"]


def test_the_table_holds_enough_conversations_with_names_of_their_own() -> None:
    names = [row["name"] for row in table()]
    assert len(names) >= 60 and len(set(names)) == len(names)
