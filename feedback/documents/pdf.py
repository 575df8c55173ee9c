"""Draws a paper as PDF with Typst: fonts embedded, text tagged for screen readers, no office program needed.

The words travel as data and are never read as markup.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from importlib import resources

import typst

from feedback.documents.paper import (
    Bars,
    Block,
    Facts,
    Heading,
    PageBreak,
    Paper,
    Paragraph,
    before_room,
    can_be_justified,
)

KINDS: dict[type, str] = {Paragraph: "paragraph", Heading: "heading", Facts: "facts", Bars: "bars", PageBreak: "page"}


def draw(paper: Paper) -> bytes:
    """The PDF of a paper, A4."""
    data = asdict(paper) | {"blocks": [_block(block) for block in paper.blocks]}
    if paper.blocks and isinstance(paper.blocks[-1], Paragraph):
        data["blocks"][-1]["sticky"] = True  # the signature never stands alone on a page
    drawn = typst.compile(_layout(), sys_inputs={"paper": json.dumps(data, ensure_ascii=False)})
    assert isinstance(drawn, bytes)
    return drawn


def draw_chart(bars: Bars) -> bytes:
    """A chart alone, as a PNG for documents of other kinds."""
    code = (
        _read("bars.typ")
        + b"""
#let block = json(bytes(sys.inputs.chart))
#set page(width: 162mm, height: auto, margin: 1mm)
#set text(font: ("Times New Roman", "Liberation Serif", "Tinos", "Libertinus Serif"), lang: "vi")
#draw-bars(block)
"""
    )
    drawn = typst.compile(
        code, format="png", ppi=200, sys_inputs={"chart": json.dumps(asdict(bars), ensure_ascii=False)}
    )
    assert isinstance(drawn, bytes)
    return drawn


def _block(block: Block) -> dict[str, object]:
    drawn: dict[str, object] = {"kind": KINDS.get(type(block), "table")} | asdict(block)
    if isinstance(block, Paragraph):
        drawn |= _line(block.text) | {"justify": can_be_justified(block.text), "sticky": False}
    elif isinstance(block, Facts):
        drawn["rows"] = [_line(f"{label}: {value}") for label, value in block.rows]
    return drawn


def _line(text: str) -> dict[str, object]:
    """A line, with room to write by hand to its end where the text has dots for it."""
    before = before_room(text)
    return {"text": text if before is None else before, "room": before is not None}


@cache
def _layout() -> bytes:
    return _read("bars.typ") + b"\n" + _read("layout.typ")


def _read(name: str) -> bytes:
    return resources.files("feedback").joinpath("documents", name).read_bytes()
