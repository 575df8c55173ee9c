"""The table of states and moves."""

from __future__ import annotations

import re

import pytest

from bot.core_texts import core_texts
from feedback import taxonomy
from feedback.errors import MoveNotAllowed
from feedback.models import Case
from feedback.states import (
    ALL_STATES,
    ANSWERED_STATES,
    CARRIED,
    ENDED_STATES,
    GROUNDS,
    MOVES,
    OPEN_STATES,
    ROLES,
    STATES,
    allowed,
    grounds_for,
    moves_from,
)


def test_every_move_leads_from_and_to_known_states_by_known_roles() -> None:
    for move in MOVES.values():
        assert move.target is None or move.target in STATES
        assert move.sources - {None} <= set(STATES) and move.sources
        assert move.by <= set(ROLES) and move.by
        assert move.title and move.basis and set(move.carries) <= set(CARRIED)


def test_every_state_can_be_reached_and_every_one_but_a_final_one_can_be_left() -> None:
    assert {move.target for move in MOVES.values()} - {None} == set(STATES)
    leaving = {
        source for name, move in MOVES.items() if move.target is not None and name != "record_national"
        for source in move.sources
    }  # fmt: skip
    assert set(STATES) - leaving == {"da_rut"}


def test_a_state_is_open_answered_or_ended() -> None:
    assert sorted((*OPEN_STATES, *ANSWERED_STATES, *ENDED_STATES)) == sorted(STATES)


@pytest.mark.parametrize("state", STATES)
def test_the_stage_of_a_case_is_the_group_of_its_state(state: str) -> None:
    case = Case(state="moi")
    case.state = state
    assert case.stage == Case(state=state).stage == ALL_STATES[state].group


def test_the_states_of_the_national_system_are_all_there() -> None:
    named = {state.national for state in ALL_STATES.values()} - {None}
    assert {
        "Mới tiếp nhận",
        "Tiếp nhận ở địa phương",
        "Phản ánh chờ bổ sung",
        "Phản ánh đã bổ sung",
        "Xử lý ở địa phương",
        "Trả lại",
        "BNĐP gửi trả BNĐP khác",
        "Từ chối tiếp nhận",
        "PAKN chờ công khai",
        "Đã công khai",
    } <= named


def test_every_state_has_words_for_the_citizen() -> None:
    assert set(core_texts()["states"]) == set(STATES)


def test_what_the_citizen_is_told_uses_only_what_the_move_carries() -> None:
    for name, move in MOVES.items():
        used = set(re.findall(r"{(\w+)}", move.told or ""))
        assert used <= {"code", "office", "due", *move.carries}, name


def test_the_citizen_never_takes_a_step_of_the_office_nor_the_office_one_of_the_citizen() -> None:
    both = {name for name, move in MOVES.items() if "citizen" in move.by and move.by & {"officer", "leader"}}
    assert both == {"open", "open_waiting", "open_referred", "give_more"}


def test_refusing_needs_a_ground_that_its_regime_knows() -> None:
    assert "ground" in MOVES["refuse"].carries
    for ground in GROUNDS.values():
        assert ground.source and set(ground.regimes) <= set(taxonomy.regimes())
    for regime in ("pakn_qdhc", "pakn_hanh_vi", "hien_truong", "khieu_nai", "to_cao", "hoi_dap"):
        assert grounds_for(regime)
    assert {ground.slug for ground in grounds_for("to_cao")} <= {slug for slug in GROUNDS if slug.startswith("tc_")}


def test_only_a_leader_assigns_approves_and_extends() -> None:
    for name in ("assign", "reassign", "approve", "send_back", "extend"):
        assert MOVES[name].by == {"leader"}


def test_the_moves_from_a_state_are_those_of_the_roles() -> None:
    names = {move.name for move in moves_from("da_tra_loi", by=frozenset({"citizen"}))}
    assert names == {"rate", "reopen"}


@pytest.mark.parametrize(
    ("name", "state", "by"),
    [
        ("answer", "da_tra_loi", "officer"),
        ("answer", "da_rut", "officer"),
        ("answer", "cho_nop_don", "officer"),
        ("answer", "cho_duyet", "officer"),
        ("answer", "cho_bo_sung", "officer"),
        ("answer", "moi", "citizen"),
        ("approve", "cho_duyet", "officer"),
        ("rate", "moi", "citizen"),
        ("rate", "da_tra_loi", "officer"),
        ("reopen", "dang_xu_ly", "citizen"),
        ("withdraw", "da_tra_loi", "citizen"),
        ("accept", "dang_xu_ly", "officer"),
        ("accept", "cho_nop_don", "officer"),
        ("send_letter", "moi", "officer"),
        ("transfer", "cho_nop_don", "officer"),
        ("open", "moi", "citizen"),
    ],
)
def test_what_the_table_does_not_allow_is_refused_with_a_reason(name: str, state: str, by: str) -> None:
    with pytest.raises(MoveNotAllowed) as refused:
        allowed(name, state=state, by=by)
    assert MOVES[name].title in refused.value.message
