"""What one message makes of the report."""

from __future__ import annotations

from dataclasses import dataclass

from bot.actions.report import Report


@dataclass(frozen=True, slots=True)
class Change:
    """The report after a message and what is said about it. `aside`: the message was a question of its own.

    `further`: words that turned out to be another matter, to be begun when this one is done.
    """

    report: Report
    remarks: tuple[str, ...] = ()
    aside: bool = False
    further: str | None = None
