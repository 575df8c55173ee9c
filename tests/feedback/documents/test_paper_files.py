"""Papers as files: a tagged PDF with its fonts inside, a DOCX that Word's schema and LibreOffice accept."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.enum.text import WD_TAB_LEADER

from feedback.documents import pdf, word
from feedback.documents.paper import Bar, Bars, Facts, Heading, PageBreak, Paper, Paragraph, Table, can_be_justified
from tests.office_programs import converted, needs

WORDS = "Đường ngập, xe máy chết máy. #strong[x] $a$ \\ @b <w:t> & {{ 1 }}"
PAPER = Paper(
    style="letter",
    name="Công văn",
    subject="chuyển phản ánh của công dân",
    above="UBND tỉnh Thanh Hóa",
    issuer="UBND phường Hạc Thành",
    place_and_date="Hạc Thành, ngày 23 tháng 11 năm 2026",
    addressees=("Sở Xây dựng", "Công an phường"),
    blocks=(
        Paragraph(WORDS),
        Heading("Thời hạn"),
        Facts((("Hạn", "thứ Tư 25/11/2026"),)),
        Table(("Ngày", "Vì sao"), (1, 3), (("thứ Ba 24/11/2026", "nghỉ lễ"),) * 60),
    ),
    recipients=("Như trên;", "Lưu: VT."),
    signer_title="Chủ tịch",
    signer_name="Trần Văn Mẫu",
    mark="Mẫu chưa đối chiếu bản gốc",
)
STYLES = ("letter", "named", "petition")


def styled(style: str) -> Paper:
    return Paper(**{name: getattr(PAPER, name) for name in PAPER.__dataclass_fields__} | {"style": style})


def words_of_pdf(data: bytes, folder: Path) -> str:
    needs("pdftotext")
    (folder / "a.pdf").write_bytes(data)
    done = subprocess.run(["pdftotext", "-layout", folder / "a.pdf", "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


@pytest.mark.parametrize("style", STYLES)
def test_a_pdf_has_its_words_as_they_were_written_on_as_many_pages_as_it_needs(style: str, tmp_path: Path) -> None:
    data = pdf.draw(styled(style))
    assert data.startswith(b"%PDF") and b"/Marked true" in data.replace(b"\n", b" ")
    said = words_of_pdf(data, tmp_path)
    for expected in (WORDS[:28], "#strong[x] $a$", "thứ Tư 25/11/2026", "Trần Văn Mẫu", "Độc lập - Tự do - Hạnh phúc"):
        assert expected in said
    assert said.count("nghỉ lễ") == 60 and said.count("Mẫu chưa đối chiếu bản gốc") >= 2
    assert ("Hạc Thành, ngày 23 tháng 11 năm 2026" in said) and ("UBND PHƯỜNG HẠC THÀNH" in said) == (
        style != "petition"
    )


@pytest.mark.parametrize("style", STYLES)
def test_a_docx_has_the_same_words(style: str) -> None:
    document = Document(BytesIO(word.draw(styled(style))))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    said = "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
    for expected in (WORDS, "Hạn: thứ Tư 25/11/2026", "Trần Văn Mẫu"):
        assert expected in said
    assert said.count("nghỉ lễ") == 60
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.left_margin.mm), round(section.top_margin.mm)) == (210, 30, 20)


@pytest.mark.parametrize("style", STYLES)
def test_libreoffice_opens_the_docx(style: str, tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(word.draw(styled(style)))
    said = words_of_pdf(converted(tmp_path / "a.docx", "pdf").read_bytes(), tmp_path)
    assert "Trần Văn Mẫu" in said and said.count("nghỉ lễ") == 60


def test_charts_and_pages_are_in_both_kinds_of_file(tmp_path: Path) -> None:
    chart = Bars(
        "Mức hài lòng", (Bar("Tiếp cận <b>", 82.5, "82,5 % (79,1 - 85,4)", 79.1, 85.4), Bar("Kết quả", None, "ẩn"))
    )
    paper = Paper(style="plain", name="Báo cáo", blocks=(chart, PageBreak(), Paragraph("Trang sau.")))
    said = words_of_pdf(pdf.draw(paper), tmp_path)
    assert "Tiếp cận <b>" in said and "82,5 % (79,1 - 85,4)" in said and "Trang sau." in said
    assert "Độc lập" not in said
    drawn = Document(BytesIO(word.draw(paper)))
    [picture] = drawn.inline_shapes
    assert "Tiếp cận <b>: 82,5 %" in picture._inline.docPr.get("descr")
    assert any("w:br" in paragraph._p.xml and "page" in paragraph._p.xml for paragraph in drawn.paragraphs)


ROOM = "." * 60


def test_room_to_write_goes_on_to_the_end_of_the_line_and_never_beyond(tmp_path: Path) -> None:
    words = "Giấy tờ, tài liệu kèm theo: "
    paper = Paper(style="petition", name="Đơn", blocks=(Facts((("Địa chỉ", ROOM * 3),)), Paragraph(words + ROOM * 3)))
    said = words_of_pdf(pdf.draw(paper), tmp_path)
    assert "...." in said.split("Địa chỉ:")[1].split("Giấy tờ")[0] and "...." in said.split("kèm theo:")[1]
    drawn = Document(BytesIO(word.draw(paper)))
    assert drawn.paragraphs[-1].text == words + "\t"
    assert drawn.paragraphs[-1].paragraph_format.tab_stops[0].leader == WD_TAB_LEADER.DOTS


def test_the_signature_never_stands_alone_on_a_page(tmp_path: Path) -> None:
    needs("pdftotext")
    for lines in range(14, 24):
        blocks = (*(Paragraph("Rác bốn ngày không ai gom ở đầu ngõ. " * 4) for _ in range(lines)), Paragraph("CUỐI."))
        paper = Paper(style="petition", name="Đơn", blocks=blocks, signer_title="Người gửi", signer_name="Mẫu")
        (tmp_path / "a.pdf").write_bytes(pdf.draw(paper))
        done = subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True)
        (signed,) = (page for page in done.stdout.split("\f") if "Người gửi" in page)
        assert "CUỐI." in signed
    assert Document(BytesIO(word.draw(paper))).paragraphs[-1].paragraph_format.keep_with_next


def test_a_long_address_of_the_web_does_not_tear_its_line_apart() -> None:
    link = "Xem thêm tại https://vi-du.example/" + "a" * 60
    assert not can_be_justified(link) and can_be_justified("Rác bốn ngày không ai gom.")
