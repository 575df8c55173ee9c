"""What the first message of a matter says: the report that it begins, and the alarm that it calls for."""

from __future__ import annotations

from dataclasses import dataclass

from bot.actions import kinds, placing, reading
from bot.actions.report import Report
from bot.texts import Texts
from bot.understanding import Understanding

# Problems of paper: urgent by an appointment or a deadline, not by danger to life.
_SLOW_PROBLEMS = frozenset({"cham_tre", "nhung_nhieu", "thai_do", "yeu_cau_thua", "tu_choi", "sai_ket_qua", "phi"})


@dataclass(frozen=True, slots=True)
class FirstWords:
    """Reads a message on its own, without what was said before. `home_province`: the only one that places can be in."""

    texts: Texts
    home_province: str | None

    def report_of(self, said: Understanding) -> Report:
        """A report that holds all that the message says; its kind stays open where it is unclear."""
        text = "" if said.picked else said.text
        named = reading.named_kind(text)
        offered = () if named else kinds.candidates(said)
        name, phone = reading.contact(text, said.first("phone")) if "tên" in text.lower() else (None, None)
        report = Report(
            kind=None if offered else named or said.kind,
            candidates=offered,
            secret="to_cao" in offered,
            field=said.field,
            topic=said.topic,
            problem=said.problem,
            urgent=said.urgent,
            text=text,
            dossier=said.first("dossier"),
            name=name if phone else None,
            phone=phone if name else None,
        )
        return placing.with_place(report, said, home_province=self.home_province, asked=False) or report

    def alarm(self, said: Understanding) -> tuple[str, ...]:
        """Whom to call, when life or health is in danger; said before anything else."""
        urgent = said.urgent and said.problem not in _SLOW_PROBLEMS
        found = reading.danger(said.text, self.texts, urgent=urgent)
        return (found.text,) if found else ()
