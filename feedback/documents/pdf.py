"""Draws a paper as PDF with Typst: fonts embedded, text tagged for screen readers, no office program needed.

The words travel as data and are never read as markup.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from importlib import resources

import typst

from feedback.documents.paper import Block, Facts, Heading, Paper, Paragraph

KINDS: dict[type, str] = {Paragraph: "paragraph", Heading: "heading", Facts: "facts"}


def draw(paper: Paper) -> bytes:
    """The PDF of a paper, A4."""
    data = asdict(paper) | {"blocks": [_block(block) for block in paper.blocks]}
    drawn = typst.compile(_layout(), sys_inputs={"paper": json.dumps(data, ensure_ascii=False)})
    assert isinstance(drawn, bytes)
    return drawn


def _block(block: Block) -> dict[str, object]:
    return {"kind": KINDS.get(type(block), "table")} | asdict(block)


@cache
def _layout() -> bytes:
    return resources.files("feedback").joinpath("documents", "layout.typ").read_bytes()
