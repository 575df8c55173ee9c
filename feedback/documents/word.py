"""Draws a paper as DOCX with python-docx, in the layout of Nghị định 30/2020: an officer may edit it before signing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from feedback.documents import pdf
from feedback.documents.paper import (
    Bars,
    Block,
    Facts,
    Heading,
    PageBreak,
    Paper,
    Paragraph,
    Table,
    before_room,
    can_be_justified,
)

FONT = "Times New Roman"
SIZE = 13.5
NATION = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
EMPTY_DATE = "..........., ngày ..... tháng ..... năm ........"

TEXT_WIDTH = 162.0
"""Millimetres between the margins of A4: 210 - 30 - 18."""

_AFTER_BORDERS = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:rPr", "w:sectPr")
"""What the schema of a paragraph's properties puts behind its borders."""

CENTRE, RIGHT, JUSTIFY = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY


@dataclass(frozen=True, slots=True)
class Look:
    """How a line looks; `size`, `before` and `after` in points, `indent` in millimetres."""

    align: Any = None
    size: float = SIZE
    bold: bool = False
    italic: bool = False
    indent: float = 0
    before: float = 0
    after: float = 0


def draw(paper: Paper) -> bytes:
    """The DOCX of a paper, A4."""
    document = Document()
    _prepare(document, paper)
    if paper.style == "petition":
        _nation(document)
        _line(document, paper.place_and_date or EMPTY_DATE, align=RIGHT, italic=True)
    elif paper.style != "plain":
        _letterhead(document, paper)
    _title(document, paper)
    _addressees(document, paper.addressees)
    for block in paper.blocks:
        _block(document, block)
    if paper.blocks and isinstance(paper.blocks[-1], Paragraph):
        document.paragraphs[-1].paragraph_format.keep_with_next = True  # the signature never stands alone
    _foot(document, paper)
    drawn = BytesIO()
    document.save(drawn)
    return drawn.getvalue()


def _prepare(document: Any, paper: Paper) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(18)
    section.different_first_page_header_footer = True
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(SIZE)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = Pt(6)
    document.core_properties.title = f"{paper.name} {paper.subject}".strip()
    document.core_properties.author = paper.issuer
    document.core_properties.language = "vi-VN"
    _page_number(section.header.paragraphs[0])
    for footer in (section.footer, section.first_page_footer):
        _run(footer.paragraphs[0], paper.mark, size=8)
        footer.paragraphs[0].alignment = RIGHT


def _page_number(paragraph: Any) -> None:
    paragraph.alignment = CENTRE
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def _letterhead(document: Any, paper: Paper) -> None:
    table = _grid(document, rows=2, widths=(0.40, 0.60))
    left, right = table.rows[0].cells
    if paper.above:
        _line(left, paper.above.upper(), align=CENTRE, size=12.5, first=True)
    _line(left, paper.issuer.upper(), align=CENTRE, size=12.5, bold=True, first=not paper.above)
    _rule(left, length=22, room=TEXT_WIDTH * 0.4)
    _nation(right, first=True, room=TEXT_WIDTH * 0.6)
    left, right = table.rows[1].cells
    _line(left, f"Số: {paper.number or '          /          '}", align=CENTRE, first=True)
    if paper.style == "letter" and paper.subject:
        _line(left, f"V/v {paper.subject}", align=CENTRE, size=12)
    _line(right, paper.place_and_date or EMPTY_DATE, align=CENTRE, italic=True, first=True)


def _nation(place: Any, *, first: bool = False, room: float = TEXT_WIDTH) -> None:
    _line(place, NATION[0], align=CENTRE, size=12, bold=True, first=first)
    _line(place, NATION[1], align=CENTRE, bold=True)
    _rule(place, length=55, room=room)


def _title(document: Any, paper: Paper) -> None:
    if paper.style == "letter":
        return
    _line(document, paper.name.upper(), align=CENTRE, size=14, bold=True, before=10)
    if paper.subject:
        _line(document, paper.subject, align=CENTRE, bold=True)


def _addressees(document: Any, addressees: Sequence[str]) -> None:
    if len(addressees) == 1:
        _line(document, f"Kính gửi: {addressees[0]}", align=CENTRE, before=8, after=6)
    elif addressees:
        _line(document, "Kính gửi:", indent=30, before=8)
        for one in addressees:
            _line(document, f"- {one}", indent=38)


def _block(document: Any, block: Block) -> None:
    match block:
        case Paragraph(text, lead, italic):
            _body(document, text, lead=lead, italic=italic)
        case Heading(text, centred=True):
            _line(document, text, align=CENTRE, bold=True, before=6, after=6)
            document.paragraphs[-1].paragraph_format.keep_with_next = True
        case Heading(text):
            _body(document, text, bold=True)
            document.paragraphs[-1].paragraph_format.keep_with_next = True
        case Facts(rows):
            for label, value in rows:
                _body(document, f"{label}: {value}", justified=False)
        case Table():
            _framed(document, block)
        case Bars():
            _chart(document, block)
        case PageBreak():
            document.add_page_break()


def _chart(document: Any, block: Bars) -> None:
    """The same picture as in the PDF; its words are the picture's description for screen readers."""
    document.add_picture(BytesIO(pdf.draw_chart(block)), width=Mm(TEXT_WIDTH))
    told = "; ".join(f"{bar.label}: {bar.words}" for bar in block.bars)
    document.inline_shapes[-1]._inline.docPr.set("descr", f"{block.title}. {told}")


def _body(
    document: Any, text: str, *, lead: str = "", bold: bool = False, italic: bool = False, justified: bool = True
) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = JUSTIFY if justified and can_be_justified(text) else None
    paragraph.paragraph_format.first_line_indent = Mm(10)
    if lead:
        _run(paragraph, f"{lead} ", bold=True)
    before = before_room(text)
    if before is not None:
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    _run(paragraph, text if before is None else f"{before}\t", bold=bold, italic=italic)


def _framed(document: Any, block: Table) -> None:
    table = _grid(document, rows=1, widths=[width / sum(block.widths) for width in block.widths], style="Table Grid")
    _repeat_head(table.rows[0])
    for cell, name in zip(table.rows[0].cells, block.columns, strict=True):
        _line(cell, name, align=CENTRE, size=11.5, bold=True, first=True)
    for row in block.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            _line(cell, text, size=11.5, first=True)
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _repeat_head(row: Any) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))


def _foot(document: Any, paper: Paper) -> None:
    if not paper.recipients and not paper.signer_title:
        return
    left, right = _grid(document, rows=1, widths=(0.5, 0.5)).rows[0].cells
    if paper.recipients:
        _line(left, "Nơi nhận:", size=12, bold=True, italic=True, first=True)
        for one in paper.recipients:
            _line(left, f"- {one}", size=11)
    if paper.signer_title:
        title = paper.signer_title if paper.style == "petition" else paper.signer_title.upper()
        _line(right, title, align=CENTRE, bold=True, first=True)
        if paper.signer_hint:
            _line(right, paper.signer_hint, align=CENTRE, size=12, italic=True)
        _line(right, paper.signer_name, align=CENTRE, bold=True, before=62)


def _grid(document: Any, *, rows: int, widths: Iterable[float], style: str | None = None) -> Any:
    shares = list(widths)
    table = document.add_table(rows=rows, cols=len(shares))
    table.autofit = False
    if style:
        table.style = style
    for column, share in zip(table.columns, shares, strict=True):
        column.width = Mm(TEXT_WIDTH * share)
        for cell in column.cells:
            cell.width = Mm(TEXT_WIDTH * share)
    return table


def _line(place: Any, text: str, *, first: bool = False, **look: Any) -> None:
    """A line of a head or foot; `first`: in the empty paragraph that a table cell begins with; `look`: as in Look."""
    wanted = Look(**look)
    paragraph = place.paragraphs[0] if first else place.add_paragraph()
    paragraph.alignment = wanted.align
    layout = paragraph.paragraph_format
    layout.space_before, layout.space_after = Pt(wanted.before), Pt(wanted.after)
    layout.left_indent = Mm(wanted.indent)
    _run(paragraph, text, size=wanted.size, bold=wanted.bold, italic=wanted.italic)


def _run(paragraph: Any, text: str, *, size: float = SIZE, bold: bool = False, italic: bool = False) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.bold, run.italic = Pt(size), bold, italic


def _rule(place: Any, *, length: float, room: float) -> None:
    """The short line under the agency's name and under the motto, in the middle of `room` millimetres."""
    paragraph = place.add_paragraph()
    side = Mm((room - length) / 2)
    layout = paragraph.paragraph_format
    layout.left_indent = layout.right_indent = side
    layout.space_before, layout.space_after, layout.line_spacing = Pt(0), Pt(4), Pt(3)
    borders, top = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "auto")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    paragraph._p.get_or_add_pPr().insert_element_before(borders, *_AFTER_BORDERS)
