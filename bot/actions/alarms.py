"""What is said to somebody in danger: whom to call, and a way on for when they are safe."""

from __future__ import annotations

from bot.actions import short_answers
from bot.actions.report import Report
from bot.actions.turn import Reply
from bot.dangers import Alarm
from bot.texts import Texts
from bot.understanding import Understanding


def heard_reply(texts: Texts, pending: Report | None, said: Understanding) -> Reply | None:
    """To "gọi rồi" or "ok" after an alarm: that safety comes first; nothing is asked. None for any other word."""
    if pending is None or not pending.alarmed or said.picked or not short_answers.has_heard(said):
        return None
    person = texts.button("gap_can_bo")
    if pending.place_skipped or not pending.text:
        return Reply(texts.say("alarm_heard_despair"), (person,))
    return Reply(texts.say("alarm_heard"), (_go_on(texts, pending), person))


def alarm_reply(texts: Texts, alarm: Alarm, kept: Report | None) -> Reply:
    """`kept`: what was written is kept for later; None in the middle of another matter, which has its own buttons."""
    if kept is None:
        return Reply(alarm.text)
    person = texts.button("gap_can_bo")
    if alarm.after is None or kept.is_secret:
        return Reply(alarm.text, (person,))
    return Reply(f"{alarm.text}\n{alarm.after}", (_go_on(texts, kept), person))


def _go_on(texts: Texts, kept: Report) -> dict[str, str]:
    return {**texts.button("bao_viec_nay"), "payload": f"kind:{kept.kind}"}
