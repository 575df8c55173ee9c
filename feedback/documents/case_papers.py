"""What a case has to say on paper: the values that its forms ask for, and the papers that fit it."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from feedback import agencies, answering, clocks, deadlines, ledger, taxonomy
from feedback.base import VIETNAM
from feedback.channels import channel_words
from feedback.documents import repository
from feedback.documents.forms import Form, all_forms, fill, form_on
from feedback.documents.paper import Paper
from feedback.models import Case
from feedback.signals import signals
from feedback.working_calendar import short_date, spoken_date
from nlu import places


def papers_of(case: Case, day: date) -> list[Form]:
    """The forms in force that are meant for such a case, by title."""
    fitting = (form for form in all_forms() if form.validity.covers(day) and form.fits(case.kind))
    return sorted(fitting, key=lambda form: form.title)


def case_paper(session: Session, case: Case, slug: str, *, now: datetime) -> Paper:
    """The filled form. Raises KeyError for a form that does not exist or is not for such a case."""
    form = form_on(slug, now.astimezone(VIETNAM).date())
    if not form.fits(case.kind):
        raise KeyError(slug)
    return fill(form, _values(session, case, now=now))


def _values(session: Session, case: Case, *, now: datetime) -> dict[str, Any]:
    received = case.received_at.astimezone(VIETNAM)
    last = ledger.last_event(session, case.id)
    return {
        "code": case.code,
        "kind": case.kind,
        "kind_name": taxonomy.kind_name(case.kind),
        "topic": taxonomy.topic_name(case.topic) or "",
        "matter": case.text,
        # Who denounces is written in by hand: a file with that name in it would pass through many hands.
        "citizen_name": "" if case.restricted else case.contact_name or "",
        "citizen_address": "" if case.restricted else case.contact_address or "",
        "citizen_phone": "" if case.restricted else case.contact_phone or "",
        "kept_secret": case.restricted,
        "second_complaint": _is_second_complaint(case),
        "by_chat": _by_chat(case),
        "where_to_reply": "trong cuộc trò chuyện đã dùng để gửi vụ việc này"
        if _by_chat(case)
        else f"đến {case.office.name}",
        "place": _place(case),
        "procedure": case.procedure_code or "",
        "dossier": case.dossier or "",
        "channel": channel_words(case.channel),
        "received": f"{received:%H:%M} ngày {short_date(received.date())}",
        "received_day": short_date(received.date()),
        "waits_for_petition": case.state == "cho_nop_don",
        "petition_number": case.petition_number or "",
        "petition_day": short_date(case.petition_date) if case.petition_date else "",
        "ledger_hash": _in_groups(last.hash) if last else "",
        "number": "",
        "signer_name": "",
        **_office_values(case, now=now),
        **_due_values(session, case, now=now),
        **_said_values(session, case),
    }


def _is_second_complaint(case: Case) -> bool:
    """By the step that the office is in, or the citizen's own words: after it only the court is left (Điều 42)."""
    return case.kind == "khieu_nai" and (
        (case.due_step or "").startswith("second") or "khieu_nai_lan_hai" in signals(case.text)
    )


def _office_values(case: Case, *, now: datetime) -> dict[str, Any]:
    office = case.office
    above = agencies.get(office.agency).parent
    day = now.astimezone(VIETNAM).date()
    head = agencies.head_name(office.agency, office.unit, places=places)
    full = _in_full(office.name)
    return {
        "office": office.name,
        "office_in_full": full,
        "office_above": _above(office.agency, office.province_code) if above else "",
        "head": head,
        "signer_title": _signer_title(office.agency, head),
        "decider": case.decider or "",
        "decider_title": _office_alone(case.decider or head),
        "decider_in_full": _expanded(case.decider or head),
        "verifier": case.verifier or "",
        "accused": "",
        "responsible": case.responsible or "",
        "why": "; ".join(str(reason) for reason in case.route_why).rstrip("."),
        "place_and_date": f"{_seat(office.unit)}, ngày {day.day:02d} tháng {day.month:02d} năm {day.year}",
    }


def _by_chat(case: Case) -> bool:
    """Whether the citizen can answer where they wrote; a restricted case leads back to no chat."""
    return case.channel in ("webchat", "zalo", "telegram") and not case.restricted


def _in_full(name: str) -> str:
    """NĐ 30/2020/NĐ-CP, Phụ lục I: the issuing body stands with its full name; only the one above it is shortened."""
    full = _expanded(name)
    council = "Ủy ban nhân dân "
    return f"{council.strip()}\n{full.removeprefix(council)}" if full.startswith(council) else full


def _expanded(name: str) -> str:
    return name.replace("HĐND", "Hội đồng nhân dân").replace("UBND", "Ủy ban nhân dân")


_TITLE = re.compile(
    r"^(Chủ tịch|Phó Chủ tịch|Giám đốc|Chánh Văn phòng|Chánh Thanh tra|Chánh án|Viện trưởng|Thống đốc|Tổng Thanh tra"
    r"|Bộ trưởng|Trưởng Công an|Trưởng Thuế|Trưởng Ban|Thủ trưởng)\b"
)


def _signer_title(agency: str, head: str) -> str:
    """The office alone, without the body's name; who signs for a people's committee signs on its behalf ("TM.")."""
    title = _office_alone(head)
    return f"TM. Ủy ban nhân dân\n{title}" if agency in ("ubnd_xa", "ubnd_tinh") else title


def _office_alone(head: str) -> str:
    """Who decides in the own name ("Chủ tịch"): a khiếu nại is decided by the head, not by the committee."""
    found = _TITLE.match(head)
    return found[1] if found else head


def _above(agency: str, province_code: str) -> str:
    """The body over this one, where it stands in the same province."""
    parent = agencies.get(agency).parent
    if parent is None or agencies.get(parent).level == "trung_uong":
        return ""
    return agencies.office_name(parent, province_code, places=places)


def _seat(unit: str) -> str:
    """The place name that stands before the date: the unit's own name, without its type."""
    found = places.province(unit) if len(unit) == 2 else places.commune(unit)
    return found.name if found else "Hà Nội"


def _in_groups(digits: str) -> str:
    """A hash in groups of eight, which can be read and broken across lines."""
    return " ".join(digits[at : at + 8] for at in range(0, len(digits), 8))


def _place(case: Case) -> str:
    names = [agencies.unit_name(code, places=places) for code in (case.commune_code, case.province_code) if code]
    return ", ".join(name for name in names if name) or case.place_text or ""


def _due_values(session: Session, case: Case, *, now: datetime) -> dict[str, Any]:
    first = _due_before_extension(session, case)
    source = next((rule.source for rule in deadlines.rules() if rule.id == case.due_rule), "")
    return {
        "due": _spoken(case.due_at),
        "first_due": _spoken(first),
        "due_later": bool(case.due_at and first and case.due_at > first),
        "due_passed": bool(case.due_at and case.due_at < now),
        "due_committed": case.due_committed,
        "due_source": source,
        "due_rule": case.due_rule or "",
        "proof": [
            {"day": spoken_date(date.fromisoformat(day["date"])), "counted": day["counted"], "reason": day["reason"]}
            for day in case.due_proof
        ],
    }


def _due_before_extension(session: Session, case: Case) -> datetime | None:
    """The day that the citizen was told before the time was extended; without an extension the present one.

    What a question to the citizen moved is no delay of the office.
    """
    by_id = {clock.id: clock for clock in clocks.history(session, case.id)}
    shown = [clock for clock in by_id.values() if clock.step == case.due_step]
    clock = shown[-1] if shown else None
    while clock is not None and clock.replaces_id is not None:
        before = by_id[clock.replaces_id]
        if clock.because == "extended":
            return before.due_at
        clock = before
    return case.due_at


def _spoken(moment: datetime | None) -> str:
    """ "thứ Tư 25/11/2026", with the minute where the limit is one of hours."""
    if moment is None:
        return ""
    here = moment.astimezone(VIETNAM)
    hour = "" if (here.hour, here.minute) == (23, 59) else f"{here:%H:%M} "
    return f"{hour}{spoken_date(here.date())}"


def _answer_to_sign(session: Session, case: Case) -> str:
    """The latest answer, or the draft that came after it: that is the paper to be signed now."""
    sent = case.answers[-1] if case.answers else None
    draft = answering.latest_draft(session, case.id)
    if draft is not None and (sent is None or draft.at > sent.at):
        return draft.text
    return sent.text if sent else ""


def _said_values(session: Session, case: Case) -> dict[str, str]:
    """The latest answer and question, and why the office needed more time; no other reason is for the citizen."""
    return {
        "answer": _answer_to_sign(session, case),
        "question": repository.last_remark(session, case.id, "question"),
        "reason_for_more_time": repository.reason_of(session, case.id, "extend"),
    }
