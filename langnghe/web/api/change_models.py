"""What programs send to change a case, and what they are told."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from feedback.repository import LARGEST_ID
from langnghe.web.api.case_models import OfficeRef
from langnghe.web.api.moments import Day, Moment


class Body(BaseModel):
    """A field that is not known is refused: a slip in its name would otherwise be lost in silence.

    So is a NUL, which PostgreSQL keeps in no text.
    """

    model_config = {"extra": "forbid"}

    @model_validator(mode="before")
    @classmethod
    def _no_nul(cls, given: Any) -> Any:
        if _holds_nul(given):
            raise PydanticCustomError("nul", "NUL")
        return given


def _holds_nul(given: Any) -> bool:
    if isinstance(given, str):
        return "\0" in given
    if isinstance(given, dict):
        return any(_holds_nul(one) for pair in given.items() for one in pair)
    return isinstance(given, list) and any(map(_holds_nul, given))


class NewCase(Body):
    """A case received elsewhere: in person, by telephone, by letter, with its true time and mode."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {
            "examples": [
                {
                    "kind": "phan_anh",
                    "mode": "buu_chinh",
                    "text": "Đèn đường ngõ 9 phố Mẫu tắt đã hai tuần.",
                    "received_at": "2026-11-20T15:30:00+07:00",
                    "place": "phường Hạc Thành",
                    "name": "Trần Văn Mẫu",
                    "phone": "0950000001",
                    "here": True,
                }
            ]
        },
    }

    kind: str = Field(description="phan_anh, kien_nghi, khieu_nai, to_cao, hoi_dap, khen_ngoi.")
    mode: str = Field(description="truc_tiep, dien_thoai hoặc buu_chinh.")
    text: str = Field(max_length=10_000)
    received_at: Moment = Field(description="Thời điểm thực nhận; không có múi giờ: giờ Việt Nam.")
    topic: str | None = Field(None, max_length=40)
    problem: str | None = Field(None, max_length=24)
    province: str | None = Field(None, max_length=2, description="Mã tỉnh nơi xảy ra.")
    place: str | None = Field(None, max_length=200, description="Xã, phường nơi xảy ra, bằng lời.")
    name: str | None = Field(None, max_length=120)
    phone: str | None = Field(None, max_length=20)
    address: str | None = Field(None, max_length=200)
    dossier: str | None = Field(None, max_length=60)
    urgent: bool = False
    here: bool = Field(True, description="Cơ quan này giữ; false: đi theo bảng định tuyến.")
    petition_number: str | None = Field(None, max_length=60, description="Số đơn đã nộp (khiếu nại, tố cáo).")
    petition_date: Day | None = None
    petition_place: str | None = Field(None, max_length=200)


class CaseMade(BaseModel):
    """`code` is null for a tố cáo that went to another body: who entered it need not know more of it.

    `state` and `version` are null too when a retry asks for a case that its sender may open no more.
    """

    code: str | None = Field(examples=["LN-40K7-2M19"])
    state: str | None
    office: OfficeRef
    version: int | None


class MoveBody(Body):
    """What a move carries; `GET /cases/{code}/moves` says which fields it asks for, with their values."""

    reason: str | None = Field(None, max_length=2_000)
    question: str | None = Field(None, max_length=2_000)
    more: str | None = Field(None, max_length=2_000)
    note: str | None = Field(None, max_length=2_000)
    text: str | None = Field(None, max_length=10_000, description="Nội dung trả lời, hướng dẫn, hoặc phần tách ra.")
    anyway: bool = Field(False, description="Gửi dù câu trả lời bị báo là chưa nói được gì (`says_nothing`).")
    to: int | None = Field(None, ge=1, le=LARGEST_ID, description="Người được phân công.")
    agency: str | None = Field(None, max_length=40, description="Cơ quan nhận.")
    place: str | None = Field(None, max_length=200, description="Nơi của cơ quan nhận (tên hoặc mã), hoặc nơi nộp đơn.")
    ground: str | None = Field(None, max_length=40, description="Căn cứ từ chối.")
    number: str | None = Field(None, max_length=60)
    date: Day | None = None
    step: str | None = Field(None, max_length=20, description="Thời hạn giải quyết, khi luật có nhiều.")
    into: str | None = Field(None, max_length=40, description="Mã vụ việc nhận gộp.")
    code: str | None = Field(None, max_length=40, description="Mã vụ việc liên quan.")
    kind: str | None = Field(None, max_length=20)
    regime: str | None = Field(None, max_length=24)
    field: str | None = Field(None, max_length=24)
    topic: str | None = Field(None, max_length=40)
    problem: str | None = Field(None, max_length=24)

    def values(self) -> dict[str, str]:
        """As the console's forms send them."""
        given: dict[str, Any] = self.model_dump(exclude={"anyway"}, exclude_none=True)
        words = {name: value.isoformat() if isinstance(value, dt.date) else str(value) for name, value in given.items()}
        return words | ({"anyway": "1"} if self.anyway else {})


class MoveDone(BaseModel):
    """Where the case is after the move. `here`: it is still among what this person may see."""

    code: str
    move: str
    state: str
    state_name: str
    version: int
    here: bool


class FieldOut(BaseModel):
    name: str = Field(examples=["reason"])
    label: str = Field(examples=["Lý do"])
    kind: str = Field(description="text, area, date, select, file, flag.")
    needed: bool
    value: str
    options: list[tuple[str, str]] = Field(description="Giá trị và tên, khi kind là select.")


class MoveOut(BaseModel):
    """A move that this person may take now."""

    name: str = Field(examples=["transfer"])
    title: str = Field(examples=["Chuyển cơ quan khác"])
    basis: str = Field(description="Căn cứ.")
    told: bool = Field(description="Công dân được báo.")
    address: str = Field(examples=["/api/v1/cases/LN-40K7-2M19/moves/transfer"])
    fields: list[FieldOut]


class MovesOut(BaseModel):
    version: int
    moves: list[MoveOut]


class Picked(Body):
    code: str = Field(max_length=40)
    version: int = Field(ge=1, le=LARGEST_ID)


class ManyCases(Body):
    """One action for many cases, each for itself."""

    action: str = Field(description="accept, assign, note, transfer, merge hoặc approve.")
    cases: list[Picked] = Field(min_length=1, max_length=100)
    to: int | None = Field(None, ge=1, le=LARGEST_ID, description="Người được phân công.")
    into: str | None = Field(None, max_length=40, description="Mã vụ việc nhận gộp.")
    note: str | None = Field(None, max_length=2_000)
    agency: str | None = Field(None, max_length=40, description="Loại cơ quan nhận, khi chuyển.")
    place: str | None = Field(None, max_length=200, description="Nơi của cơ quan nhận; không ghi: nơi xảy ra.")
    reason: str | None = Field(None, max_length=2_000, description="Lý do chuyển.")


class Outcome(BaseModel):
    code: str
    done: bool
    reason: str | None


class ManyDone(BaseModel):
    outcomes: list[Outcome]
