"""Writes one evaluation as plain text, as a self-contained HTML page with pictures, and as the model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from nlu.evaluation.floors import Floor

SHARES = ("loss", "_ms", "seconds", "memory")
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1c2430}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}table{border-collapse:collapse;margin:.5rem 0}
td,th{padding:.15rem .6rem;border-bottom:1px solid #dde3ea;text-align:right}
td:first-child,th:first-child{text-align:left}
.missed{background:#fde8e6}.met{background:#fff7df}.aim{background:#e6f4ea}svg{max-width:100%;height:auto}
"""


def shown(name: str, value: float | None) -> str:
    """A share with four places; points, milliseconds, seconds and megabytes with two."""
    if value is None:
        return "-"
    return f"{value:.2f}" if any(part in name for part in SHARES) else f"{value:.4f}"


def _state(floor: Floor, value: float | None) -> str:
    if not floor.is_met(value):
        return "missed"
    return "aim" if floor.is_aim_met(value) else "met"


def summary(evaluation: Mapping[str, Any], floors: Sequence[Floor]) -> str:
    """The figures with their floors, by class and by style, for a terminal."""
    figures = evaluation["figures"]
    known = {floor.name for floor in floors}
    lines = [f"{evaluation['messages']} messages", "", f"{'figure':28}{'value':>10}{'floor':>10}{'aim':>10}"]
    for floor in floors:
        value = figures.get(floor.name)
        mark = {"missed": "MISSED", "met": "", "aim": "aim"}[_state(floor, value)]
        numbers = [shown(floor.name, number) for number in (value, floor.limit, floor.aim)]
        lines.append(f"{floor.name:28}" + "".join(f"{number:>10}" for number in numbers) + f"  {mark}".rstrip())
    lines += [f"{name:28}{shown(name, value):>10}" for name, value in figures.items() if name not in known]
    for head, classes in evaluation["classes"].items():
        lines += ["", f"{head:28}{'precision':>10}{'recall':>10}{'F1':>10}{'n':>7}"]
        lines += [
            f"{label:28}{c['precision']:>10.3f}{c['recall']:>10.3f}{c['f1']:>10.3f}{c['support']:>7}"
            for label, c in classes.items()
        ]
    for head, styles in evaluation["styles"].items():
        lines += ["", f"{head + ' by style':28}{'accuracy':>10}{'n':>7}"]
        lines += [f"{style:28}{share:>10.3f}{n:>7}" for style, (n, share) in styles.items()]
    return "\n".join(lines)


def html_page(evaluation: Mapping[str, Any], floors: Sequence[Floor]) -> str:
    """One page without outside parts: figures, classes, confusion as a picture, calibration, trade-off."""
    parts = [f"<h1>Đánh giá bộ hiểu ngôn ngữ</h1><p>{_origin(evaluation)}</p>", _figures_table(evaluation, floors)]
    for head, classes in evaluation["classes"].items():
        parts.append(f"<h2>{escape(head)}</h2>{_classes_table(classes)}")
        parts.append(confusion_picture(evaluation["confusion"][head], list(classes)))
        parts.append(_styles_table(evaluation["styles"][head]))
    for name, one in evaluation["calibration"].items():
        parts.append(f"<h2>calibration, {escape(name)}</h2>{calibration_picture(one)}")
    parts.append(_trade_off_table(evaluation["recall_first"]))
    return (
        f'<!doctype html><html lang="vi"><meta charset="utf-8"><title>Đánh giá</title><style>{STYLE}</style>'
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _origin(evaluation: Mapping[str, Any]) -> str:
    return escape(
        f"{evaluation['messages']} tin nhắn kiểm tra, {evaluation['training_messages']} tin nhắn huấn luyện, "
        f"{evaluation['date']}, mô hình {evaluation['model'][:12]}"
    )


def _figures_table(evaluation: Mapping[str, Any], floors: Sequence[Floor]) -> str:
    figures = evaluation["figures"]
    rows = []
    for floor in floors:
        value = figures.get(floor.name)
        cells = "".join(f"<td>{shown(floor.name, number)}" for number in (value, floor.limit, floor.aim))
        rows.append(f'<tr class="{_state(floor, value)}"><td>{escape(floor.name)}{cells}')
    known = {floor.name for floor in floors}
    rows += [f"<tr><td>{escape(n)}<td>{shown(n, v)}<td><td>" for n, v in figures.items() if n not in known]
    return f"<table><tr><th>figure<th>value<th>floor<th>aim{''.join(rows)}</table>"


def _classes_table(classes: Mapping[str, Mapping[str, float]]) -> str:
    rows = [
        f"<tr><td>{escape(label)}<td>{c['precision']:.3f}<td>{c['recall']:.3f}<td>{c['f1']:.3f}<td>{c['support']}"
        for label, c in classes.items()
    ]
    return f"<table><tr><th>label<th>precision<th>recall<th>F1<th>n{''.join(rows)}</table>"


def _styles_table(styles: Mapping[str, Sequence[float]]) -> str:
    rows = [f"<tr><td>{escape(style)}<td>{share:.3f}<td>{n}" for style, (n, share) in styles.items()]
    return f"<table><tr><th>style<th>accuracy<th>n{''.join(rows)}</table>"


def _trade_off_table(recall_first: Mapping[str, Any]) -> str:
    curve = recall_first["curve"]
    rows = [
        f"<tr><td>{point['threshold']:.3f}<td>{point['precision']:.3f}<td>{point['recall']:.3f}"
        for point in curve[:: max(1, len(curve) // 25)]
    ]
    title = f"<h2>{escape(recall_first['label'])}: recall against precision</h2>"
    return f"{title}<table><tr><th>threshold<th>precision<th>recall{''.join(rows)}</table>"


def confusion_picture(counts: Sequence[Sequence[Any]], labels: Sequence[str], *, cell: int = 22) -> str:
    """A heat map: rows are the truth, columns the answers; each row's shades are shares of that row."""
    names = list(labels) + (["-"] if any(found == "-" for _, found, _ in counts) else [])
    table = {(true, found): n for true, found, n in counts}
    left, top = 175, 150
    size = cell * len(names)
    parts = [f'<svg viewBox="0 0 {left + size + 10} {top + size + 10}" width="{left + size + 10}" font-size="10">']
    for i, true in enumerate(names):
        y = top + i * cell
        total = sum(table.get((true, found), 0) for found in names) or 1
        parts.append(f'<text x="{left - 5}" y="{y + 14}" text-anchor="end">{escape(true)}</text>')
        x = left + i * cell + 14
        parts.append(f'<text transform="translate({x},{top - 5}) rotate(-60)">{escape(true)}</text>')
        for j, found in enumerate(names):
            n = table.get((true, found), 0)
            colour = _shade(n / total, right=i == j)
            box = f'x="{left + j * cell}" y="{y}" width="{cell - 1}" height="{cell - 1}" fill="{colour}"'
            parts.append(f"<rect {box}><title>{escape(true)} → {escape(found)}: {n}</title></rect>")
            if n and i != j:
                parts.append(f'<text x="{left + j * cell + 10}" y="{y + 14}" text-anchor="middle">{n}</text>')
    return "".join(parts) + "</svg>"


def _shade(share: float, *, right: bool) -> str:
    strength = share if right else min(1.0, share * 4)
    hue = 150 if right else 10
    return f"hsl({hue},60%,{97 - round(50 * strength)}%)"


def calibration_picture(one: Mapping[str, Any], *, size: int = 260) -> str:
    """Accuracy over confidence by bin; the line is a perfectly calibrated model."""
    dots = "".join(
        f'<circle cx="{40 + size * b["confidence"]:.1f}" cy="{10 + size * (1 - b["accuracy"]):.1f}" r="4">'
        f"<title>{b['count']}: {b['confidence']:.3f} / {b['accuracy']:.3f}</title></circle>"
        for b in one["bins"]
    )
    frame = f'<rect x="40" y="10" width="{size}" height="{size}" fill="none" stroke="#99a"/>'
    line = f'<line x1="40" y1="{10 + size}" x2="{40 + size}" y2="10" stroke="#99a"/>'
    words = f"error {one['error']:.4f}, a perfectly calibrated model would show {one['expected']:.4f}"
    return f'<p>{words}</p><svg viewBox="0 0 {size + 50} {size + 20}" width="{size + 50}">{frame}{line}{dots}</svg>'


def model_card(evaluation: Mapping[str, Any], floors: Sequence[Floor], *, about: str) -> str:
    """Markdown: what the model is (`about`, written by hand), then the figures of this evaluation."""
    figures = evaluation["figures"]
    lines = [about.strip(), "", "## Figures", "", f"{_origin(evaluation)}. Written by `langnghe evaluate`.", ""]
    lines += ["| figure | value | floor | aim | |", "|---|---|---|---|---|"]
    words = {"missed": "missed", "met": "floor met", "aim": "aim met"}
    for floor in floors:
        value = figures.get(floor.name)
        cells = " | ".join(shown(floor.name, number) for number in (value, floor.limit, floor.aim))
        lines.append(f"| {floor.name} | {cells} | {words[_state(floor, value)]} |")
    known = {floor.name for floor in floors}
    lines += [f"| {n} | {shown(n, v)} | | | |" for n, v in figures.items() if n not in known]
    for head in ("kind", "field", "problem"):
        lines += ["", f"### {head}", "", "| label | precision | recall | F1 | n |", "|---|---|---|---|---|"]
        lines += [
            f"| {label} | {c['precision']:.3f} | {c['recall']:.3f} | {c['f1']:.3f} | {c['support']} |"
            for label, c in evaluation["classes"][head].items()
        ]
    lines += ["", "### Styles", "", "| style | kind | field | n |", "|---|---|---|---|"]
    for style, (n, kind) in evaluation["styles"]["kind"].items():
        field = evaluation["styles"]["field"].get(style, [0, 0.0])[1]
        lines.append(f"| {style} | {kind:.3f} | {field:.3f} | {n} |")
    return "\n".join(lines) + "\n"
