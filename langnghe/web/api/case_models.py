"""What the API says of a case."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field


class OfficeRef(BaseModel):
    """A concrete body: a type of the catalogue (`agency`) in one unit (province or commune code, 00 the centre)."""

    agency: str = Field(examples=["ubnd_xa"])
    unit: str = Field(examples=["14797"])
    name: str = Field(examples=["UBND phường Hạc Thành"])


class CaseItem(BaseModel):
    """What a list shows. `version` is what a change must name in If-Match; times are UTC."""

    code: str = Field(examples=["LN-40K7-2M19"])
    kind: str = Field(examples=["phan_anh"])
    kind_name: str = Field(examples=["Phản ánh"])
    field: str | None = Field(examples=["moi_truong"])
    field_name: str | None = Field(examples=["Môi trường"])
    state: str = Field(examples=["dang_xu_ly"])
    state_name: str = Field(examples=["Đang xử lý"])
    stage: str = Field(description="open, answered hoặc ended.", examples=["open"])
    office: OfficeRef
    urgent: bool
    restricted: bool
    received_at: datetime = Field(description="Thời điểm thực nhận.")
    due_at: datetime | None = Field(description="Hạn đang chạy; null: không tính hạn, hoặc đang tạm dừng.")
    late: bool
    version: int = Field(examples=[3])
    excerpt: str | None = Field(
        description="Đầu nội dung; null với vụ việc hạn chế.", examples=["Rác ở đầu ngõ chợ bốn ngày không ai gom."]
    )


class CasePage(BaseModel):
    """One page; `next` is the cursor of the following one, null at the end."""

    cases: list[CaseItem]
    next: str | None = Field(description="Con trỏ của trang sau, đặt vào `cursor`.")


class NoticeDue(BaseModel):
    """The notice to the sender of a tố cáo that still has to go out: of acceptance, then of the result."""

    step: str = Field(examples=["notice_accepted"])
    step_name: str = Field(examples=["thông báo thụ lý"])
    due_at: datetime
    late: bool


class RestrictedItem(CaseItem):
    notice: NoticeDue | None


class RestrictedPage(BaseModel):
    """The restricted list of who may know of it: codes, dates and steps only."""

    cases: list[RestrictedItem]
    page: int
    total: int


class CountedDay(BaseModel):
    """One day of a deadline's proof."""

    date: str = Field(examples=["2026-11-24"])
    counted: bool
    reason: str = Field(examples=["Nghỉ: Ngày Văn hóa Việt Nam"])


class Deadline(BaseModel):
    """The main clock of a case with its proof: each day, counted or not, and why."""

    due_at: datetime | None
    step: str | None = Field(description="Bước đang tính.", examples=["answer"])
    rule: str | None
    source: str | None = Field(description="Căn cứ.")
    committed: bool = Field(description="Thời gian cam kết, luật không ấn định.")
    paused_at: datetime | None
    counted_days: int
    proof: list[CountedDay]
    notice: NoticeDue | None = Field(description="Thông báo còn phải gửi; chỉ có ở vụ việc hạn chế.")


class Routing(BaseModel):
    """Why the case came to its office: the rules, the facts that matched, what lost."""

    why: list[Any]
    rules: list[Any]
    facts: list[Any]
    lost: list[Any]
    version: str | None


class Said(BaseModel):
    """Words that a step carried."""

    what: str = Field(examples=["Lý do"])
    words: str


class HistoryStep(BaseModel):
    """One row of the case's ledger, with its hash in the chain."""

    seq: int
    at: datetime
    move: str = Field(examples=["accept"])
    title: str = Field(examples=["Nhận xử lý"])
    who: str = Field(examples=["Lê Thị Mẫu"])
    from_state: str | None
    to_state: str
    said: list[Said]
    hash: str


class FileRef(BaseModel):
    """A file of a case; `key` opens it at /api/v1/files/{key}."""

    key: str
    name: str
    content_type: str
    size: int
    sha256: str
    by_office: bool = Field(description="Tệp do cơ quan đính kèm, không phải của công dân.")
    for_citizen: bool


class AnswerOut(BaseModel):
    """What the citizen was told."""

    text: str
    at: datetime
    office: str
    officer: str
    number: str | None
    dated: date | None
    signer: str | None
    only_guided: bool = Field(description="Chỉ hướng dẫn cách nộp đơn, chưa trả lời nội dung.")
    files: list[FileRef]


class Stay(BaseModel):
    """One stay of the case at a desk."""

    desk: str = Field(examples=["approver"])
    desk_name: str
    office: str
    who: str | None
    since: datetime
    until: datetime | None
    working_days: int


class Contact(BaseModel):
    """Who sent it, as far as they said. Of a restricted case only POST .../identity tells it, and the look is kept."""

    name: str | None = Field(examples=["Trần Văn Mẫu"])
    phone: str | None = Field(examples=["0950000001"])
    address: str | None


class LinkedCase(BaseModel):
    kind: str = Field(examples=["related"])
    code: str


class PetitionOut(BaseModel):
    """The signed paper of a khiếu nại or tố cáo."""

    number: str | None
    date: date | None
    place: str | None


class National(BaseModel):
    """What the national feedback system says of the case."""

    code: str | None
    state: str | None
    entered_at: datetime | None


class Ledger(BaseModel):
    """The head of the case's hash chain, as on the citizen's receipt."""

    rows: int
    hash: str


class CaseOut(CaseItem):
    """Everything of one case."""

    text: str
    regime: str
    regime_name: str
    topic: str | None
    problem: str | None
    channel: str
    place: str | None
    commune_code: str | None
    province_code: str | None
    lat: float | None
    lon: float | None
    procedure_code: str | None
    dossier: str | None
    contact: Contact | None
    assignee: str | None
    responsible: str | None = Field(description="Cơ quan phải trả lời, khi cơ quan ấy làm việc bằng văn bản.")
    verifier: str | None
    decider: str | None
    head: str
    answered_at: datetime | None
    published_at: datetime | None
    closed_at: datetime | None
    rating: int | None = Field(description="Điểm 1-5 công dân chấm cho vụ việc; không phải chỉ số SIPAS.")
    petition: PetitionOut | None
    national: National
    deadline: Deadline
    routing: Routing
    answers: list[AnswerOut]
    files: list[FileRef]
    links: list[LinkedCase]
    stays: list[Stay] = Field(description="Ai giữ việc, từ khi nào, bao lâu.")
    history: list[HistoryStep]
    ledger: Ledger
