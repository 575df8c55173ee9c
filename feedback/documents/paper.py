"""What a paper consists of, before anything draws it: its head, its body in blocks, who signs, who receives it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

UNVERIFIED = "Mẫu chưa đối chiếu bản gốc"

_ROOM = re.compile(r"\.{12,}$")
_LONGEST_WORD = 40


def before_room(text: str) -> str | None:
    """What stands before room to write by hand that goes on to the end of the line; None for a text without it."""
    found = _ROOM.search(text)
    return text[: found.start()] if found else None


def can_be_justified(text: str) -> bool:
    """Room in the middle of a line does not stretch; an address of the web tears the words beside it apart."""
    return "....." not in text and all(len(word) <= _LONGEST_WORD for word in text.split())


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of the body; `lead` stands before it in bold ("Điều 1."), `italic` for grounds."""

    text: str
    lead: str = ""
    italic: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered or named part of the body, in bold; `centred`: who decides, and "QUYẾT ĐỊNH:"."""

    text: str
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Lines of label and value, without a frame."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A framed table; `widths` are shares of the line, one a column."""

    columns: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart in percent, `low` to `high` its interval; `words` say the same for those who cannot see it."""

    label: str
    percent: float | None
    words: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of bars from 0 to 100; without a value a bar has its words alone."""

    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page."""


Block = Paragraph | Heading | Facts | Table | Bars | PageBreak


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper, ready to be drawn.

    `style`: "letter" (công văn, its subject under the number), "named" (văn bản có tên loại), "petition" (đơn của
    công dân: no agency, no number) or "plain" (no head but the name). `issuer` is the agency in the head, `above` the
    one over it. Empty strings are left out; an empty number or date leaves room to write by hand. `mark` stands small
    at the foot of each page.
    """

    style: str
    name: str
    subject: str = ""
    above: str = ""
    issuer: str = ""
    number: str = ""
    place_and_date: str = ""
    addressees: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    recipients: tuple[str, ...] = ()
    signer_title: str = ""
    signer_name: str = ""
    signer_hint: str = ""
    mark: str = field(default="")
