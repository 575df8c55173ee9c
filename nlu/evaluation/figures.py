"""All figures of one evaluation, by name: what the floors, the report and the model card are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from nlu.evaluation import measures
from nlu.evaluation.answers import NOISY, UNMARKED, WHOLE, Answer

HEADS = ("kind", "field", "topic", "problem")
ROBUST = ("kind", "field")
NUMBERS = ("dossier", "phone", "national_id")
LEAST_IN_STYLE = 30
KEPT = 0.95
CALIBRATED = "kind"


@dataclass(frozen=True, slots=True)
class Settings:
    """Labels with figures of their own; they belong to the data, so they stand beside the floors."""

    recall_first: str = "to_cao"
    recall_first_precision: float = 0.85
    urgent_precision: float = 0.6
    out_of_scope: str = "ngoai_pham_vi"


@dataclass(slots=True)
class Run:
    """What was measured: answers by copy of the test (clean, unmarked, noisy), far texts, seconds, training."""

    answers: Mapping[str, Sequence[Answer]]
    far: Sequence[Mapping[str, Any]] = ()
    seconds: Sequence[float] = ()
    training: Mapping[str, float] = field(default_factory=dict)


def pairs(answers: Sequence[Answer], label: str) -> list[tuple[Any, Any]]:
    """(true, found) where the message has the label; the kind stands everywhere."""
    return [answer.pair(label) for answer in answers if getattr(answer.message, label) is not None]


def all_figures(run: Run, settings: Settings) -> dict[str, float | None]:
    """Every figure that a floor may name."""
    clean = run.answers[WHOLE]
    found: dict[str, float | None] = {}
    for head in HEADS:
        found[f"{head}_accuracy"] = measures.accuracy(pairs(clean, head))
        found[f"{head}_macro_f1"] = measures.macro_f1(pairs(clean, head))
    found["problem_null_right"] = measures.accuracy(
        [(None, a.said.get("problem")) for a in clean if a.message.problem is None]
    )
    found |= _robustness(run) | _recall_first(clean, settings) | _urgent(clean, settings)
    found |= _places(clean) | _numbers(clean) | _procedures(clean)
    found |= _scope(clean, run.far, settings) | _calibration(run) | _second_matter(clean)
    if run.seconds:
        found["latency_p50_ms"] = 1000 * measures.percentile(run.seconds, 0.5)
        found["latency_p95_ms"] = 1000 * measures.percentile(run.seconds, 0.95)
    return found | {f"training_{name}": value for name, value in run.training.items()}


def _robustness(run: Run) -> dict[str, float | None]:
    """Points lost against the clean test, and by the worst style with enough messages."""
    found: dict[str, float | None] = {}
    clean = run.answers[WHOLE]
    for head in ROBUST:
        whole = measures.accuracy(pairs(clean, head)) or 0.0
        for name in (UNMARKED, NOISY):
            if name in run.answers:
                spoilt = measures.accuracy(pairs(run.answers[name], head)) or 0.0
                found[f"{name}_loss_{head}"] = 100 * (whole - spoilt)
        worst = min((share for _, share in by_style(clean, head).values()), default=whole)
        found[f"worst_style_loss_{head}"] = 100 * (whole - worst)
    return found


def by_style(answers: Sequence[Answer], head: str) -> dict[str, tuple[int, float]]:
    """(messages, accuracy) of each style that has enough messages."""
    groups: dict[str, list[tuple[Any, Any]]] = {}
    for answer in answers:
        if getattr(answer.message, head) is not None:
            groups.setdefault(answer.message.style or "-", []).append(answer.pair(head))
    return {
        style: (len(group), measures.accuracy(group) or 0.0)
        for style, group in sorted(groups.items())
        if len(group) >= LEAST_IN_STYLE
    }


def recall_first_curve(answers: Sequence[Answer], settings: Settings) -> list[measures.TradeOff]:
    label = settings.recall_first
    return measures.trade_off([(a.ranking("kinds").get(label, 0.0), a.message.kind == label) for a in answers])


def _recall_first(answers: Sequence[Answer], settings: Settings) -> dict[str, float | None]:
    figures = measures.by_class(pairs(answers, "kind")).get(settings.recall_first)
    curve = recall_first_curve(answers, settings)
    return {
        "recall_first_recall": figures.recall if figures else None,
        "recall_first_precision": figures.precision if figures else None,
        "recall_first_best_recall": measures.best_recall(curve, least_precision=settings.recall_first_precision),
    }


def _urgent(answers: Sequence[Answer], settings: Settings) -> dict[str, float | None]:
    told = [("yes" if a.message.urgent else None, "yes" if a.said.get("urgent") else None) for a in answers]
    figures = measures.by_class(told).get("yes")
    scored = [(float(a.said["urgency"]), a.message.urgent) for a in answers if "urgency" in a.said]
    curve = measures.trade_off(scored)
    return {
        "urgent_recall": figures.recall if figures else None,
        "urgent_precision": figures.precision if figures else None,
        "urgent_best_recall": measures.best_recall(curve, least_precision=settings.urgent_precision),
    }


def _places(answers: Sequence[Answer]) -> dict[str, float | None]:
    def found(answer: Answer, part: str) -> Any:
        return (answer.said.get("place") or {}).get(part)

    free = [a for a in answers if not (a.message.place or a.message.commune or a.message.province)]
    return {
        "commune_right": measures.accuracy(
            [(a.message.commune, found(a, "commune_code")) for a in answers if a.message.commune]
        ),
        "province_right": measures.accuracy(
            [(a.message.province, found(a, "province_code")) for a in answers if a.message.province]
        ),
        "false_places": measures.share(sum(bool(a.said.get("place")) for a in free), len(free)),
    }


def _numbers(answers: Sequence[Answer]) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for entity in NUMBERS:
        figures = measures.set_f1((a.truth(entity), a.values(entity)) for a in answers)
        found[f"{entity}_f1"] = figures["f1"] if figures else None
    return found


def _procedures(answers: Sequence[Answer]) -> dict[str, float | None]:
    told = [a for a in answers if a.message.procedure_codes]
    ranked = [[str(one["code"]) for one in a.said.get("procedures") or ()] for a in told]
    accepted = [set(a.message.procedure_codes) for a in told]

    def right(n: int) -> float | None:
        hits = sum(bool(codes & set(found[:n])) for codes, found in zip(accepted, ranked, strict=True))
        return measures.share(hits, len(told))

    return {"procedure_top1": right(1), "procedure_top3": right(3)}


def _scope(answers: Sequence[Answer], far: Sequence[Mapping[str, Any]], settings: Settings) -> dict[str, float | None]:
    """Share of far texts, and of near ones (the label itself), below the scope that 95 % of the others reach."""
    inside = [float(a.said["scope"]) for a in answers if "scope" in a.said and a.message.kind != settings.out_of_scope]
    near = [float(a.said["scope"]) for a in answers if "scope" in a.said and a.message.kind == settings.out_of_scope]
    if not inside:
        return {"far_rejected": None, "near_rejected": None}
    least = measures.kept_threshold(inside, kept=KEPT)
    distant = [float(one["scope"]) for one in far]
    return {
        "far_rejected": measures.share(sum(score < least for score in distant), len(distant)),
        "near_rejected": measures.share(sum(score < least for score in near), len(near)),
    }


def confidences(answers: Sequence[Answer], head: str = CALIBRATED) -> list[tuple[float, bool]]:
    """(probability of the label given, whether it was right)."""
    judged = []
    for answer in answers:
        true, found = answer.pair(head)
        if found is not None:
            judged.append((answer.ranking(f"{head}s").get(found, 0.0), true == found))
    return judged


def _calibration(run: Run) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for name in (WHOLE, NOISY):
        if name in run.answers:
            figures = measures.calibration(confidences(run.answers[name]))
            found[f"calibration_{name}"] = figures.error if figures else None
            found[f"calibration_{name}_perfect"] = figures.expected if figures else None
    return found


def _second_matter(answers: Sequence[Answer]) -> dict[str, float | None]:
    told = [a for a in answers if a.message.also]
    right = sum((a.message.also or "").split("/")[0] in [kind for kind, _ in a.said.get("also") or ()] for a in told)
    extra = sum(bool(a.said.get("also")) for a in answers if not a.message.also)
    return {
        "second_matter_recall": measures.share(right, len(told)),
        "second_matter_false": measures.share(extra, len(answers) - len(told)),
    }


def details(run: Run, settings: Settings) -> dict[str, Any]:
    """Tables behind the figures: by class, confusion, by style, calibration, trade-off."""
    clean = run.answers[WHOLE]
    calibrated = {n: measures.calibration(confidences(a)) for n, a in run.answers.items()}
    curve = recall_first_curve(clean, settings)
    return {
        "messages": len(clean),
        "classes": {
            head: {
                label: {"precision": c.precision, "recall": c.recall, "f1": c.f1, "support": c.support}
                for label, c in measures.by_class(pairs(clean, head)).items()
            }
            for head in HEADS
        },
        "confusion": {
            head: [[true, found, n] for (true, found), n in measures.confusion(pairs(clean, head)).items()]
            for head in HEADS
        },
        "styles": {head: {style: list(one) for style, one in by_style(clean, head).items()} for head in HEADS},
        "calibration": {name: asdict(one) for name, one in calibrated.items() if one},
        "recall_first": {
            "label": settings.recall_first,
            "curve": [asdict(point) for point in curve if point.recall >= 0.5 and point.precision >= 0.3],
        },
    }
