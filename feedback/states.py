"""The one table of a case's states and of the moves between them."""

from __future__ import annotations

from dataclasses import dataclass

from feedback.errors import MoveNotAllowed

STATES: dict[str, str] = {
    "moi": "Mới tiếp nhận",
    "dang_xu_ly": "Đang xử lý",
    "cho_nop_don": "Chờ nộp đơn",
    "da_tra_loi": "Đã trả lời",
    "mo_lai": "Mở lại",
    "da_dong": "Đã đóng",
    "da_rut": "Đã rút",
}

OPEN_STATES = ("moi", "mo_lai", "dang_xu_ly", "cho_nop_don")
ANSWERED_STATES = ("da_tra_loi", "da_dong")


@dataclass(frozen=True, slots=True)
class Move:
    """A step that may be taken from some states, and by whom ("citizen", "staff" or "system")."""

    name: str
    title: str
    sources: frozenset[str | None]
    target: str
    by: frozenset[str]


def _move(name: str, title: str, sources: tuple[str | None, ...], target: str, *by: str) -> tuple[str, Move]:
    return name, Move(name, title, frozenset(sources), target, frozenset(by))


MOVES: dict[str, Move] = dict(
    [
        _move("open", "Tiếp nhận", (None,), "moi", "citizen", "staff", "system"),
        _move("open_waiting", "Ghi nhận, chờ nộp đơn", (None,), "cho_nop_don", "citizen", "staff", "system"),
        _move("accept", "Nhận xử lý", ("moi", "mo_lai"), "dang_xu_ly", "staff"),
        _move("answer", "Trả lời công dân", ("moi", "mo_lai", "dang_xu_ly"), "da_tra_loi", "staff"),
        _move("guide", "Hướng dẫn nộp đơn", ("cho_nop_don",), "cho_nop_don", "staff"),
        _move("rate", "Công dân đánh giá", ("da_tra_loi",), "da_dong", "citizen"),
        _move("reopen", "Công dân đề nghị xem lại", ("da_tra_loi", "da_dong"), "mo_lai", "citizen"),
        _move("withdraw", "Công dân rút", ("moi", "dang_xu_ly", "cho_nop_don", "mo_lai"), "da_rut", "citizen"),
        _move("close", "Đóng", ("da_tra_loi", "cho_nop_don"), "da_dong", "system", "staff"),
    ]
)


def allowed(name: str, *, state: str | None, by: str) -> Move:
    """The move, or MoveNotAllowed with the reason."""
    move = MOVES[name]
    if state not in move.sources:
        raise MoveNotAllowed(f"Không thể “{move.title}” khi vụ việc đang ở bước “{STATES.get(state or '', 'mới')}”.")
    if by not in move.by:
        raise MoveNotAllowed(f"Thao tác “{move.title}” không dành cho vai trò này.")
    return move
