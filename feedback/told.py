"""What the citizen is told of a move, in the words of the table of moves."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from feedback import states, taxonomy
from feedback.base import VIETNAM
from feedback.handling_models import CaseRemark
from feedback.models import Case, Notice
from feedback.working_calendar import short_date, spoken_date


def words(session: Session, notice: Notice) -> str:
    """The text of a "case_moved" notice, with the case's office and deadline as they are now."""
    case = session.get_one(Case, notice.case_id)
    move = states.MOVES[notice.data["move"]]
    values = {name: _spoken(name, value) for name, value in notice.data.get("values", {}).items()}
    for kind, remark_id in notice.data.get("remarks", {}).items():
        values[kind] = _sentence(session.get_one(CaseRemark, remark_id).text)
    values |= {"code": case.code, "office": case.office.name, "due": due_words(case)}
    return (move.told or "").format_map(values).strip()


def brief(notice: Notice) -> str:
    """The same without anything that a person wrote: for a channel whose servers are abroad."""
    return f"{states.MOVES[notice.data['move']].title}."


def due_words(case: Case) -> str:
    """The running deadline as a sentence of its own, empty where none runs."""
    if case.due_at is None:
        return ""
    moment = case.due_at.astimezone(VIETNAM)
    name = "Thời gian cam kết theo quy chế" if case.due_committed else "Thời hạn"
    hour = "" if (moment.hour, moment.minute) == (23, 59) else f"{moment:%H:%M} "
    return f" {name}: {hour}{spoken_date(moment.date())}."


def proof_words(case: Case) -> str:
    """How the deadline was counted, in one line: the limit's own days, from when, and how many days did not count."""
    counted = [day for day in case.due_proof if day["counted"]]
    if not counted:
        return "Cách tính thời hạn"
    minutes = sum(int(day.get("minutes", 0)) for day in counted)
    length = f"{minutes // 60} giờ làm việc" if minutes else f"{len(counted)} ngày được tính"
    start = spoken_date(date.fromisoformat(case.due_proof[0]["date"]))
    idle = len(case.due_proof) - len(counted) - 1
    rest = f", {idle} ngày không tính" if idle > 0 else ""
    return f"Cách tính thời hạn: {length} từ {start}{rest}"


def proof_lines(case: Case) -> list[tuple[bool, str]]:
    """Each day of the proof in words, and whether it counts."""
    return [
        (bool(day["counted"]), f"{spoken_date(date.fromisoformat(day['date']))}: {day['reason']}")
        for day in case.due_proof
    ]


def _spoken(name: str, value: object) -> str:
    if name == "date":
        return short_date(date.fromisoformat(str(value)))
    if name == "ground":
        return states.GROUNDS[str(value)].name
    if name == "regime":
        return taxonomy.regime_name(str(value))
    return str(value)


def _sentence(text: str) -> str:
    """The words with a full stop at their end."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
