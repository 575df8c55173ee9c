"""What is said to somebody in danger: whom to call, and a way on for when they are safe."""

from __future__ import annotations

from bot.actions.report import Report
from bot.actions.turn import Reply
from bot.dangers import Alarm
from bot.texts import Texts


def alarm_reply(texts: Texts, alarm: Alarm, kept: Report | None) -> Reply:
    """`kept`: what was written is kept for later; None in the middle of another matter, which has its own buttons."""
    if kept is None:
        return Reply(alarm.text)
    person = texts.button("gap_can_bo")
    if alarm.after is None or kept.is_secret:
        return Reply(alarm.text, (person,))
    go_on = {**texts.button("bao_viec_nay"), "payload": f"kind:{kept.kind}"}
    return Reply(f"{alarm.text}\n{alarm.after}", (go_on, person))
