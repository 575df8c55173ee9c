"""Draws a sample from a frame by a plan and a seed: who, with which probability, in which stratum and cluster. Pure.

The first stage that chooses is that of the clusters; whatever is taken whole before it are the strata. A cluster that
could not be missed (PPS) is a stratum of its own, and the next stage gives its clusters. Where no stage of groups
chooses, each person is a cluster.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from surveys.errors import InvalidOption
from surveys.rounds.plans import SamplePlan, Stage
from surveys.rounds.selection import Chosen, choose_by_size, choose_equal, in_order_of_lots
from surveys.rounds.sizes import allocate

WHOLE = "toàn khung"
CERTAIN = "chắc chắn"


@dataclass(frozen=True, slots=True)
class Unit:
    """One line of the frame; `groups` are its columns by name."""

    key: str
    groups: Mapping[str, str]
    adults: int = 1


@dataclass(frozen=True, slots=True)
class Drawn:
    """A unit of the sample. `rank` is its place in the order of its `cell`, the last group: reserves come after the
    sample, and replace within the cell. `fpc`: clusters of the stratum's population; `weight` = 1/probability, times
    the adults where one of them is asked."""

    key: str
    role: str
    stratum: str
    cluster: str
    cell: str
    rank: int
    fpc: int
    probability: float
    weight: float


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the descent stands: the groups so far, their probability, and the cluster once one was chosen."""

    path: tuple[str, ...] = ()
    probability: float = 1.0
    stratum: str = WHOLE
    cluster: str | None = None
    fpc: int = 0

    @property
    def cell(self) -> str:
        return " / ".join(self.path) or WHOLE


def draw(frame: Sequence[Unit], plan: SamplePlan, *, seed: str) -> list[Drawn]:
    """The sample and its reserves, by cell and rank. Raises InvalidOption when the frame does not fit the plan."""
    if not frame:
        raise InvalidOption("Khung mẫu chưa có đơn vị nào.")
    if len({unit.key for unit in frame}) < len(frame):
        raise InvalidOption("Khung mẫu có hai đơn vị cùng mã.")
    sizes = _sizes_by_stratum(frame, plan)
    cells = _cells(frame, plan.group_stages(), _Place(), seed)
    drawn = [one for place, units in cells for one in _persons(units, place, plan, sizes, seed)]
    return sorted(drawn, key=lambda one: (one.cell, one.rank))


def _sizes_by_stratum(frame: Sequence[Unit], plan: SamplePlan) -> Mapping[str, int]:
    if plan.kind != "stratified":
        return {}
    people: dict[str, int] = {}
    for unit in frame:
        name = _group(unit, str(plan.strata))
        people[name] = people.get(name, 0) + 1
    return allocate(plan.size, people, rule=plan.allocation, shares=plan.shares, least=plan.least)


def _cells(
    units: Sequence[Unit], stages: Sequence[Stage], place: _Place, seed: str
) -> Iterator[tuple[_Place, Sequence[Unit]]]:
    """The last groups that are in the sample, with all their units."""
    if not stages:
        yield place, units
        return
    stage, groups = stages[0], _grouped(units, stages[0].column)
    for chosen in _choose(groups, stage, place, seed):
        inside = _entered(place, chosen, groups, stage)
        yield from _cells(groups[chosen.name], stages[1:], inside, seed)


def _grouped(units: Sequence[Unit], column: str) -> dict[str, list[Unit]]:
    groups: dict[str, list[Unit]] = {}
    for unit in units:
        groups.setdefault(_group(unit, column), []).append(unit)
    return groups


def _group(unit: Unit, column: str) -> str:
    name = unit.groups.get(column) or ""
    if not name:
        raise InvalidOption(f"Đơn vị {unit.key} của khung mẫu để trống cột {column}.")
    return name


def _choose(groups: Mapping[str, Sequence[Unit]], stage: Stage, place: _Place, seed: str) -> list[Chosen]:
    names, at = list(groups), f"{stage.column}\x1f{place.cell}"
    if stage.take is None:
        return [Chosen(name, 1.0, certain=True) for name in sorted(names)]
    if stage.by == "equal":
        return choose_equal(names, stage.take, seed=seed, stage=at)
    return choose_by_size({name: len(units) for name, units in groups.items()}, stage.take, seed=seed, stage=at)


def _entered(place: _Place, chosen: Chosen, groups: Mapping[str, Sequence[Unit]], stage: Stage) -> _Place:
    path = (*place.path, chosen.name)
    inside = replace(place, path=path, probability=place.probability * chosen.probability)
    if place.cluster is not None:
        return inside
    if chosen.certain:
        own = stage.take is not None and len(groups) > stage.take  # taken for its size, beside others by chance
        return replace(inside, stratum=" / ".join((*path, CERTAIN)) if own else " / ".join(path))
    return replace(inside, cluster=" / ".join(path), fpc=_left_to_chance(groups, stage))


def _left_to_chance(groups: Mapping[str, Sequence[Unit]], stage: Stage) -> int:
    """The clusters among which the chance was: those taken for certain are not among them."""
    if stage.by == "equal" or stage.take is None:
        return len(groups)
    sizes = {name: len(units) for name, units in groups.items()}
    certain = sum(one.certain for one in choose_by_size(sizes, stage.take, seed="", stage=""))
    return len(groups) - certain


def _persons(
    units: Sequence[Unit], place: _Place, plan: SamplePlan, sizes: Mapping[str, int], seed: str
) -> Iterator[Drawn]:
    take = min(sizes.get(place.path[-1], 0) if plan.kind == "stratified" else plan.size, len(units))
    if not take:
        return
    adults = {unit.key: unit.adults for unit in units}
    order = in_order_of_lots(list(adults), seed=seed, stage=f"person\x1f{place.cell}")
    probability = place.probability * take / len(units)
    reserves = math.ceil(take * plan.reserve - 1e-9)
    for rank, key in enumerate(order[: take + reserves], start=1):
        yield Drawn(
            key=key,
            role="main" if rank <= take else "reserve",
            stratum=place.stratum,
            cluster=place.cluster or key,
            cell=place.cell,
            rank=rank,
            fpc=place.fpc if place.cluster else len(units),
            probability=probability,
            weight=(adults[key] if plan.one_adult else 1) / probability,
        )
