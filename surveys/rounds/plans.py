"""The plan of a sample: which stages, how many at each, and how they are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, cast, get_args

from surveys.errors import InvalidOption
from surveys.rounds.sizes import Precision

Column = Literal["province", "commune", "village", "office", "procedure", "stratum"]
Kind = Literal["simple", "stratified", "multistage"]
COLUMNS = get_args(Column)
MOST_STAGES = 5


@dataclass(frozen=True, slots=True)
class Stage:
    """Groups of one column are chosen: `take` of them within each group of the stage before, None takes all."""

    column: Column
    take: int | None = None
    by: Literal["equal", "pps"] = "equal"


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePlan:
    """How a sample is drawn from a frame.

    simple: `size` persons. stratified: `size` persons over the groups of `strata`, by `allocation` (`shares`: expected
    share of satisfied answers by stratum, for Neyman). multistage: `stages` of groups, then `size` persons in each last
    group. `reserve`: how many stand ready to replace, as a share of the sample in each last group. `one_adult`: of each
    unit (a household) one adult is asked, so that a unit with k adults counts k times.
    """

    kind: Kind = "simple"
    size: int = 0
    strata: Column | None = None
    allocation: str = "proportional"
    shares: Mapping[str, float] = field(default_factory=dict)
    least: int = 2
    stages: tuple[Stage, ...] = ()
    reserve: float = 0.2
    one_adult: bool = False
    precision: Precision = field(default_factory=Precision)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> SamplePlan:
        """The plan as it was stored or sent. Raises InvalidOption in words for what cannot be."""
        try:
            stages = tuple(Stage(**stage) for stage in data.get("stages", ()))
            precision = Precision(**data.get("precision", {}))
            rest = {name: value for name, value in data.items() if name not in ("stages", "precision")}
            plan = cls(**rest, stages=stages, precision=precision)
        except TypeError as error:
            raise InvalidOption(f"Thiết kế mẫu có mục lạ hoặc thiếu: {error}.") from None
        plan.check()
        return plan

    def as_data(self) -> dict[str, Any]:
        return asdict(self) | {"stages": [asdict(stage) for stage in self.stages], "shares": dict(self.shares)}

    def check(self) -> None:
        """Raises InvalidOption naming what is wrong."""
        if self.kind not in get_args(Kind):
            raise InvalidOption(f"Không có kiểu mẫu “{self.kind}”.")
        if not isinstance(self.size, int) or self.size < 1:
            raise InvalidOption("Cỡ mẫu phải là số nguyên từ 1.")
        if not 0 <= self.reserve <= 3:
            raise InvalidOption("Tỷ lệ dự phòng phải từ 0 đến 3 lần cỡ mẫu.")
        if self.kind == "stratified" and self.strata not in COLUMNS:
            raise InvalidOption("Mẫu phân tầng cần cột phân tầng.")
        if self.kind == "multistage":
            self._check_stages()

    def _check_stages(self) -> None:
        if not 1 <= len(self.stages) <= MOST_STAGES:
            raise InvalidOption(f"Mẫu nhiều giai đoạn cần 1 đến {MOST_STAGES} giai đoạn.")
        columns = [stage.column for stage in self.stages]
        if len(set(columns)) < len(columns) or not set(columns) <= set(COLUMNS):
            raise InvalidOption("Các giai đoạn phải dùng các cột khác nhau của khung mẫu.")
        for stage in self.stages:
            if stage.by not in ("equal", "pps") or (stage.take is not None and stage.take < 1):
                raise InvalidOption("Mỗi giai đoạn chọn từ 1 nhóm, theo equal hoặc pps.")

    def group_stages(self) -> tuple[Stage, ...]:
        """The stages before the persons."""
        if self.kind == "multistage":
            return self.stages
        return (Stage(cast(Column, self.strata)),) if self.kind == "stratified" else ()
