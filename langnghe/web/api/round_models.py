"""What programs send for a survey round, and what they are told of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from langnghe.web.api.change_models import Body
from langnghe.web.api.moments import Day

Column = Literal["province", "commune", "village", "office", "procedure", "stratum"]


class StageIn(Body):
    column: Column
    take: int | None = Field(None, ge=1, le=1_000_000, description="Số nhóm; null: tất cả.")
    by: Literal["equal", "pps"] = "equal"


class PrecisionIn(Body):
    margin: float = Field(0.05, gt=0, lt=1)
    share: float = Field(0.5, gt=0, lt=1)
    level: float = Field(0.95, gt=0, lt=1)
    design_effect: float = Field(1.5, ge=1, le=100)
    response_rate: float = Field(1.0, gt=0, le=1)


class PlanIn(Body):
    """How the sample is drawn: simple, stratified or in stages."""

    kind: Literal["simple", "stratified", "multistage"] = "simple"
    size: int = Field(ge=1, le=10_000_000)
    strata: Column | None = None
    allocation: str = Field("proportional", max_length=20)
    shares: dict[str, float] = Field({})
    least: int = Field(2, ge=1, le=1_000)
    stages: list[StageIn] = Field([], max_length=5)
    reserve: float = Field(0.2, ge=0, le=3)
    one_adult: bool = False
    precision: PrecisionIn = PrecisionIn()


class QuotaIn(Body):
    question: str = Field(max_length=40)
    option: str = Field(max_length=40)
    most: int = Field(ge=1, le=10_000_000)


class RoundIn(Body):
    code: str = Field(max_length=40, examples=["SIPAS-2026-D1"])
    title: str = Field(max_length=200, examples=["Khảo sát mức độ hài lòng đợt 1"])
    questionnaire: str = Field(max_length=40, examples=["qd2640"])
    opens_on: Day
    closes_on: Day
    frame_kind: Literal["cases", "dossiers", "households"]
    frame_since: Day | None = None
    frame_until: Day | None = None
    plan: PlanIn
    quotas: list[QuotaIn] = Field([], max_length=100)
    recheck_share: float = Field(0.1, ge=0, le=1)


class RoundItem(BaseModel):
    """States: draft, drawn, open, closed."""

    code: str
    title: str
    questionnaire: str
    state: str = Field(examples=["open"])
    state_name: str
    frame_kind: str
    frame_size: int
    opens_on: date
    closes_on: date
    is_sample: bool


class Rates(BaseModel):
    """What became of the issued units, and AAPOR's response rates in percent."""

    counts: dict[str, int]
    issued: int
    rr1: float | None
    rr2: float | None


class SizesOut(BaseModel):
    population: int
    by_rule: int = Field(description="n = N/(1+Ne²).")
    by_precision: int
    to_ask: int


class RoundOut(RoundItem):
    """The design of a round and how far its field work is; nobody's name, no answer."""

    questionnaire_sha256: str
    frame_sha256: str
    geo_version: str
    seed: str
    plan: dict[str, Any]
    quotas: list[Any]
    weighting: dict[str, Any]
    recheck_share: float
    sizes: SizesOut | None
    rates: Rates
    invited: int
    links: int
    result: int | None = Field(description="Số của kết quả đã lưu, ở /api/v1/indices/results.")
    drawn_at: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None


class Done(BaseModel):
    """What a step did."""

    state: str
    number: int | None = Field(None, description="Số đơn vị hoặc phiếu của bước này.")
    dry_run: bool = False


class SeedIn(Body):
    seed: str = Field(min_length=1, max_length=60, description="Số gieo, nên là số công khai.", examples=["24/11/2026"])


class ReasonIn(Body):
    reason: str = Field(max_length=1_000)


class InterviewerIn(Body):
    name: str = Field(min_length=1, max_length=120, examples=["ĐTV Mẫu"])
    areas: list[str] = Field(min_length=1, max_length=500, description="Mã xã hoặc tên thôn.")


class WeightingIn(Body):
    """`margins`: variable -> level -> population, the totals that the weights are fitted to."""

    classes: str = Field("stratum", max_length=20)
    least: int = Field(10, ge=1, le=1_000)
    limit: float | None = Field(None, gt=0, le=1_000)
    margins: dict[str, dict[str, float]] = Field({})
    source: str = Field("", max_length=200)


class DispositionIn(Body):
    disposition: str = Field(max_length=24, examples=["refusal"])
    attempts: int = Field(0, ge=0, le=1_000)


class DispositionOut(BaseModel):
    number: int
    disposition: str
    replaced_by: int | None = Field(description="Số phiếu dự phòng thay thế.")


class FormIn(Body):
    """One paper or telephone form: question -> codes of the chosen options."""

    mode: Literal["paper", "phone"]
    day: Day
    answers: dict[str, list[str]] = Field(examples=[{"c1_1": ["4"], "da_gop_y": ["co"]}])


class FormsTaken(BaseModel):
    forms: int
    dropped: int = Field(description="Câu trả lời trái bước nhảy, đã bỏ.")
    dry_run: bool = False


class UnitOut(BaseModel):
    """Who was drawn: for who runs the survey; the contacts go when the round closes."""

    number: int
    role: str
    issued: bool
    disposition: str
    attempts: int
    recheck: bool
    interviewer: str
    name: str | None
    phone: str | None
    address: str | None
    commune: str
    village: str


class LinkOut(BaseModel):
    """A one-time link, shown this once."""

    number: int
    name: str | None
    phone: str | None
    link: str


class LogLine(BaseModel):
    at: datetime
    who: str
    kind: str
    about: str
    text: str


class FigureOut(BaseModel):
    """An index in percent with its 95 % interval. `suppressed`: hidden, few people answered or others would show it."""

    estimate: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    n: int | None
    deff: float | None = None
    suppressed: bool = False


class TableOut(BaseModel):
    overall: FigureOut | None
    parts: dict[str, FigureOut | None] = {}
    factors: dict[str, FigureOut | None]
    criteria: dict[str, FigureOut | None]


class TierOut(BaseModel):
    rank: int
    labels: list[str]


class BreakdownOut(BaseModel):
    """`withheld`: these figures together with others would tell of few people."""

    code: str
    title: str
    withheld: bool
    groups: dict[str, TableOut]
    tiers: list[TierOut] = Field(description="Bậc: cùng bậc là khác biệt chưa đủ tin cậy.")


class ShareOut(BaseModel):
    question: str
    text: str
    n: int | None
    options: dict[str, float | None]


class ResultsOut(BaseModel):
    """What a closed round publishes; pages, reports and open data take their figures from the same object."""

    code: str
    title: str
    heading: str = Field(description="Đây là số gì.", examples=["Ước tính nội bộ, không phải SIPAS do Bộ công bố"])
    questionnaire: str
    method: str
    interval: str
    hidden_below: int
    responses: int
    rates: Rates
    modes: dict[str, int]
    total: TableOut
    breakdowns: list[BreakdownOut]
    shares: list[ShareOut]
    changes: dict[str, dict[str, Any] | None] = Field(description="So với kỳ trước cùng mẫu phiếu.")
    changes_since: str | None
    weights: list[tuple[str, str]]
