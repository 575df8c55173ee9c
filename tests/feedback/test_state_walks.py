"""Random walks through the table of moves by the real services: no undefined state, no illegal move, a whole chain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

import langnghe.schema  # noqa: F401 - registers every table
from feedback import (
    approvals,
    cases,
    clocks,
    endings,
    handling,
    ledger,
    letters,
    links,
    merging,
    notes,
    petitions,
    reclassifying,
    states,
)
from feedback.base import Base
from feedback.database import Database
from feedback.errors import FeedbackError, MoveNotAllowed
from feedback.models import Case, CaseEvent, Staff
from feedback.moves import SYSTEM, take
from feedback.reclassifying import Labels
from tests.factories import HAC_THANH, MONDAY, make_case, make_citizen, make_staff

LETTER = letters.Letter("112/VP", date(2026, 11, 23))
PETITION = petitions.Petition("15", date(2026, 11, 23), "UBND phường")
_KEYS = count(1)


class Walk:
    """One case with the people around it; `doers` take each move by the service that is for it."""

    def __init__(self, session: Session, regime: str) -> None:
        self.session = session
        self.owner = make_citizen(session)
        kind = regime if regime in ("khieu_nai", "to_cao") else "phan_anh"
        self.main = make_case(session, kind=kind, regime=regime)
        self.case = make_case(session, citizen_id=self.owner, kind=kind, regime=regime)
        self.case.responsible = "Điện lực"
        session.flush()
        self.now = MONDAY
        self.leaders: dict[int, Staff] = {}

    def leader(self) -> Staff:
        """The leader of whichever office has the case now; two offices take it in turns."""
        office = self.case.office
        if office.id not in self.leaders:
            staff = make_staff(self.session, f"lead{office.id}", role="leader", sees_restricted=True)
            staff.office, staff.office_id = office, office.id
            self.session.flush()
            self.leaders[office.id] = staff
        return self.leaders[office.id]

    def elsewhere(self) -> tuple[str, str]:
        return ("ubnd_xa", HAC_THANH) if self.case.office.agency != "ubnd_xa" else ("vp_ubnd_tinh", "38")

    def take(self, move: str) -> None:
        self.now += timedelta(hours=7)
        _DOERS[move](self)

    def staffed(self, work: Callable[..., object], **parts: object) -> None:
        work(self.session, self.case.id, staff=self.leader(), version=self.case.version, now=self.now, **parts)

    def unversioned(self, work: Callable[..., object], **parts: object) -> None:
        work(self.session, self.case.id, staff=self.leader(), now=self.now, **parts)

    def beside(self) -> Case:
        """Another case where this one is now, as secret as this one."""
        kind = "to_cao" if self.case.restricted else "phan_anh"
        other = make_case(self.session, kind=kind)
        other.office, other.office_id = self.case.office, self.case.office_id
        self.session.flush()
        return other

    def answer(self) -> None:
        self.staffed(cases.answer, text="Đã xong ngày 23/11.", effect_key=f"walk:{next(_KEYS)}")

    def answer_merged(self) -> None:
        main = self.main.id
        endings.answer_merged(
            self.session, main, staff=self.leader(), text="Xong.", effect_key=f"w{next(_KEYS)}", now=self.now
        )

    def relabel(self, regime: str | None = None) -> None:
        """Another regime: one that keeps the state where none is named."""
        case = self.case
        if regime is None:
            keeps = {"khieu_nai": "to_cao", "to_cao": "khieu_nai", "pakn_hanh_vi": "hien_truong"}
            regime = keeps.get(case.regime, "pakn_hanh_vi")
        kind = regime if regime in states.WAITING_REGIMES else "phan_anh"
        labels = Labels(kind=kind, regime=regime, field=case.field, topic=case.topic, problem=case.problem)
        self.staffed(reclassifying.reclassify, labels=labels, reason="Đúng loại hơn.")

    def merge(self) -> None:
        self.main.office, self.main.office_id = self.case.office, self.case.office_id
        self.staffed(endings.merge, into=self.main.id)

    def owned(self, work: Callable[..., object], **parts: object) -> None:
        work(self.session, self.case.id, citizen_id=self.owner, now=self.now, **parts)


def _to(agency_unit: tuple[str, str]) -> dict[str, object]:
    return {"agency": agency_unit[0], "unit": agency_unit[1], "reason": "Đúng thẩm quyền hơn."}


def _national(walk: Walk) -> None:
    take(
        walk.session,
        walk.case,
        "record_national",
        actor=SYSTEM,
        now=walk.now,
        carried={"national_state": "Đã công khai"},
    )


_DOERS: dict[str, Callable[[Walk], None]] = {
    "record_petition": lambda walk: walk.staffed(petitions.record_petition, petition=PETITION),
    "record_notice": lambda walk: walk.staffed(petitions.record_notice, number="3/TB", day=PETITION.date),
    "guide": lambda walk: walk.answer(),
    "refer": lambda walk: walk.staffed(endings.refer, text="Tòa án khu vực.", effect_key=f"walk:{next(_KEYS)}"),
    "assign": lambda walk: walk.staffed(handling.assign, to=walk.leader().id),
    "claim": lambda walk: walk.staffed(handling.claim),
    "reassign": lambda walk: walk.staffed(handling.assign, to=walk.leader().id),
    "accept": lambda walk: walk.staffed(handling.accept),
    "start": lambda walk: walk.staffed(handling.start_work),
    "ask_more": lambda walk: walk.staffed(handling.ask_more, question="Mã hồ sơ là gì?"),
    "give_more": lambda walk: walk.staffed(handling.record_more, text="H38.1"),
    "stop_waiting": lambda walk: walk.staffed(handling.stop_waiting, reason="Đã rõ."),
    "transfer": lambda walk: walk.staffed(handling.transfer, **_to(walk.elsewhere())),
    "transfer_waiting": lambda walk: walk.staffed(handling.transfer, **_to(walk.elsewhere())),
    "return": lambda walk: walk.staffed(handling.return_to_sender, reason="Không thuộc thẩm quyền."),
    "refuse": lambda walk: walk.staffed(
        handling.refuse, ground=states.grounds_for(walk.case.regime)[0].slug, reason="Như căn cứ."
    ),
    "send_letter": lambda walk: walk.staffed(letters.send_letter, letter=LETTER),
    "chase": lambda walk: walk.staffed(letters.chase, letter=LETTER),
    "record_reply": lambda walk: walk.staffed(letters.record_reply, letter=LETTER),
    "submit": lambda walk: walk.staffed(approvals.submit),
    "recall": lambda walk: walk.staffed(approvals.recall),
    "send_back": lambda walk: walk.staffed(approvals.send_back, reason="Sửa lại."),
    "approve": lambda walk: walk.staffed(approvals.approve),
    "answer": lambda walk: walk.answer(),
    "publish": lambda walk: walk.staffed(endings.publish),
    "publish_rated": lambda walk: walk.staffed(endings.publish),
    "extend": lambda walk: walk.staffed(handling.extend, reason="Phức tạp."),
    "rate": lambda walk: walk.owned(cases.rate, score=3, effect_key=f"walk:{next(_KEYS)}"),
    "reopen": lambda walk: walk.owned(cases.reopen),
    "correct_contact": lambda walk: walk.owned(cases.correct_contact, name=None, phone="0950000777"),
    "withdraw": lambda walk: walk.owned(cases.withdraw),
    "record_withdrawal": lambda walk: walk.staffed(petitions.record_withdrawal, reason="Đơn rút."),
    "close": lambda walk: walk.staffed(endings.close),
    "merge": lambda walk: walk.merge(),
    "unmerge": lambda walk: walk.staffed(merging.unmerge, reason="Không cùng việc."),
    "transfer_merged": lambda walk: merging.take_along(walk.session, walk.main, now=walk.now),
    "answer_merged": lambda walk: walk.answer_merged(),
    "record_national": _national,
    "reclassify": lambda walk: walk.relabel(),
    "reclassify_waiting": lambda walk: walk.relabel("khieu_nai"),
    "reclassify_open": lambda walk: walk.relabel("pakn_hanh_vi"),
    "restrict": lambda walk: walk.staffed(reclassifying.restrict, reason="Nêu tên người bị hại."),
    "release": lambda walk: walk.staffed(reclassifying.release, reason="Không phải tố cáo."),
    "note": lambda walk: walk.unversioned(notes.add_note, text="Đã gọi điện hỏi thêm."),
    "attach": lambda walk: walk.unversioned(notes.attach, upload=notes.Upload("a.pdf", "application/pdf", b"%PDF")),
    "link": lambda walk: walk.unversioned(links.link, code=walk.beside().code),
    "split": lambda walk: walk.staffed(
        links.split, part=links.Part("Đèn đường ngõ 12 tắt."), effect_key=f"walk:{next(_KEYS)}"
    ),
}
OPENING = {name for name, move in states.MOVES.items() if None in move.sources}


@pytest.fixture(scope="module")
def memory() -> Iterator[Database]:
    database = Database("sqlite://")
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


def _events_after(session: Session, case_id: int, seq: int) -> list[CaseEvent]:
    """What one move wrote: more than one step where a merged case stands alone first."""
    later = select(CaseEvent).where(CaseEvent.case_id == case_id, CaseEvent.seq > seq).order_by(CaseEvent.seq)
    return list(session.scalars(later))


def test_every_move_has_a_service_that_takes_it() -> None:
    assert set(_DOERS) | OPENING == set(states.MOVES)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(["pakn_hanh_vi", "hien_truong", "khieu_nai", "to_cao", "hoi_dap"]),
    st.lists(st.integers(0, 1000), min_size=1, max_size=25),
)
@example("pakn_hanh_vi", [247, 0])  # merged, then relabelled: it stands alone first
def test_a_legal_walk_never_reaches_an_undefined_state_nor_breaks_the_chain(
    memory: Database, regime: str, steps: list[int]
) -> None:
    with memory.read() as session:
        walk = Walk(session, regime)
        for step in steps:
            moves = [move for move in states.MOVES.values() if walk.case.state in move.sources]
            move = moves[step % len(moves)]
            before, version = walk.case.state, walk.case.version
            earlier = ledger.last_event(session, walk.case.id)
            try:
                walk.take(move.name)
            except FeedbackError as error:  # the rules of the matter itself: no extension, nowhere to return to, ...
                assert error.message and (walk.case.state, walk.case.version) == (before, version)
                continue
            assert earlier is not None
            session.flush()
            state = before
            for event in _events_after(session, walk.case.id, earlier.seq):  # none where it was pressed twice
                assert event.from_state == state and state in states.MOVES[event.move].sources
                state = states.MOVES[event.move].state_after(state)
                assert event.to_state == state
            assert walk.case.state == state and state in states.STATES
            _check_clocks(session, walk.case)
        assert ledger.first_broken(session, walk.case.id) is None
        assert [event.to_state for event in walk.case.events][-1] == walk.case.state
        session.rollback()


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(["pakn_hanh_vi", "khieu_nai", "hien_truong"]),
    st.lists(st.integers(0, 1000), max_size=8),
    st.sampled_from(sorted(_DOERS)),
)
def test_an_illegal_move_is_refused_with_the_reason_and_changes_nothing(
    memory: Database, regime: str, steps: list[int], wanted: str
) -> None:
    with memory.read() as session:
        walk = Walk(session, regime)
        for step in steps:
            moves = [move for move in states.MOVES.values() if walk.case.state in move.sources]
            try:
                walk.take(moves[step % len(moves)].name)
            except FeedbackError:
                continue
        state, chain = walk.case.state, len(list(walk.case.events))
        if state not in states.MOVES[wanted].sources:
            with pytest.raises(MoveNotAllowed) as refused:
                states.allowed(wanted, state=state, by=states.MOVES[wanted].by)
            assert states.MOVES[wanted].title in refused.value.message
            try:
                walk.take(wanted)
            except FeedbackError as error:
                assert error.message
                session.expire(walk.case, ["events"])
                assert (walk.case.state, len(list(walk.case.events))) == (state, chain)
        session.rollback()


def _check_clocks(session: Session, case: Case) -> None:
    """What runs fits the state: nothing is due while paused, nothing runs after the end."""
    running = clocks.running(session, case.id)
    if case.state == "cho_bo_sung":
        assert case.due_at is None and case.paused_at is not None
    else:
        assert case.paused_at is None
    if case.state in ("tu_choi", "da_huong_dan", "da_rut"):
        assert running == []
