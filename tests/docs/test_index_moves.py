"""The data of QĐ 766 know every move of a case: a new one would otherwise be left out of the index in silence."""

from __future__ import annotations

from feedback.states import MOVES
from surveys.score_rules import score_rule


def test_every_move_of_a_case_means_something_to_the_index_or_is_said_not_to() -> None:
    """Name a new move under `petitions.moves` of surveys/data/scores/qd766.yml, most likely among `ignored`."""
    rule = score_rule("qd766").petitions
    assert rule is not None
    assert set(rule.moves) == set(MOVES)
