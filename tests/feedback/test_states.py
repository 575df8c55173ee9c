"""The table of states and moves."""

from __future__ import annotations

import pytest

from feedback.errors import MoveNotAllowed
from feedback.states import ANSWERED_STATES, MOVES, OPEN_STATES, STATES, allowed


def test_every_move_leads_from_and_to_known_states() -> None:
    for move in MOVES.values():
        assert move.target in STATES
        assert move.sources - {None} <= set(STATES)
        assert move.by <= {"citizen", "staff", "system"} and move.by


def test_every_state_can_be_reached() -> None:
    assert {move.target for move in MOVES.values()} == set(STATES)


def test_a_state_is_open_answered_or_withdrawn() -> None:
    assert [*OPEN_STATES, *ANSWERED_STATES, "da_rut"] == sorted(
        STATES, key=[*OPEN_STATES, *ANSWERED_STATES, "da_rut"].index
    )


@pytest.mark.parametrize(
    ("name", "state", "by"),
    [
        ("answer", "da_tra_loi", "staff"),
        ("answer", "da_rut", "staff"),
        ("answer", "cho_nop_don", "staff"),
        ("answer", "moi", "citizen"),
        ("rate", "moi", "citizen"),
        ("rate", "da_tra_loi", "staff"),
        ("reopen", "dang_xu_ly", "citizen"),
        ("withdraw", "da_tra_loi", "citizen"),
        ("accept", "dang_xu_ly", "staff"),
        ("open", "moi", "citizen"),
    ],
)
def test_what_the_table_does_not_allow_is_refused_with_a_reason(name: str, state: str, by: str) -> None:
    with pytest.raises(MoveNotAllowed) as refused:
        allowed(name, state=state, by=by)
    assert MOVES[name].title in refused.value.message
