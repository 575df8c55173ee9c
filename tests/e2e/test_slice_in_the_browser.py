"""The slice as people play it: a citizen on a phone, an officer at a desk, in two separate browsers."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from feedback.database import Database
from surveys.models import SurveyResponse
from tests.e2e.stack import PASSWORD, Stack

pytestmark = pytest.mark.browser

MESSAGE = "toi nop ho so lam so do 3 thang roi chua co ket qua o phuong hac thanh thanh hoa"
ANSWER = "Hồ sơ đã ký sáng nay, mời anh/chị đến quầy số 3 nhận kết quả."
SIGNED = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
CODE = re.compile(r"LN-[0-9A-Z]{4}-[0-9A-Z]{4}")


@pytest.fixture
def citizen(browser: Browser, stack: Stack) -> Page:
    context = browser.new_context(viewport={"width": 360, "height": 720}, locale="vi-VN", has_touch=True)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{stack.base}/chat")
    yield page
    context.close()


@pytest.fixture
def desk(browser: Browser) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="vi-VN")
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    context.close()


def say(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def choose(page: Page, title: str) -> None:
    page.locator("#log").get_by_role("button", name=title, exact=True).last.click()


def log_in(page: Page, stack: Stack, username: str) -> None:
    page.goto(f"{stack.base}/console")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()


def waiting_forms(stack: Stack) -> int:
    """Filled-in forms that no released batch holds yet."""
    database = Database(stack.settings.sqlalchemy_url)
    with database.read() as session:
        found = session.scalar(select(func.count()).where(SurveyResponse.batch_id.is_(None)))
    database.dispose()
    return found or 0


def figures_on_the_dashboard(page: Page, stack: Stack, office: str) -> tuple[int, int]:
    """(ratings, survey forms) of one office, as a manager reads them."""
    page.goto(f"{stack.base}/dashboard?period=year")
    row = page.locator("tr", has=page.get_by_role("rowheader", name=office))
    ratings = row.locator('td[data-label="Đánh giá: n"]').inner_text()
    forms = re.match(r"\d+", row.locator('td[data-label="Khảo sát: n"]').inner_text().strip())
    return int(ratings), int(forms[0]) if forms else 0


def test_from_a_message_to_the_index(browser: Browser, stack: Stack, citizen: Page, desk: Page) -> None:
    log_in(desk, stack, "quanly")
    ratings_before, forms_before = figures_on_the_dashboard(desk, stack, "UBND phường Hạc Thành")
    waiting_before = waiting_forms(stack)
    desk.get_by_role("button", name="Đăng xuất").click()

    # The page says at once what it is.
    expect(citizen.get_by_text("máy trả lời tự động").first).to_be_visible()
    log = citizen.locator("#log")

    say(citizen, MESSAGE)
    expect(log.get_by_text("họ tên và số điện thoại")).to_be_visible()
    say(citizen, "Trần Thị Mẫu 0951234567")
    expect(log.get_by_text("UBND phường Hạc Thành").last).to_be_visible()
    choose(citizen, "Đúng rồi")
    expect(log.get_by_text(CODE).last).to_be_visible()
    opened = log.locator(".message", has_text=CODE).last.inner_text()
    code = CODE.search(opened)
    assert code is not None
    assert re.search(r"thứ (Hai|Ba|Tư|Năm|Sáu|Bảy), \d{2}/\d{2}/\d{4}", opened)

    log_in(desk, stack, "hacthanh")
    desk.get_by_role("link", name=code[0]).click()
    # The same words stand again below it, among the likely duplicates.
    expect(desk.locator(".case__text")).to_have_text(MESSAGE)
    expect(desk.get_by_text("0951234567")).to_be_visible()
    desk.get_by_role("button", name="Nhận xử lý").click()
    desk.get_by_label("Nội dung dự thảo").fill(ANSWER)
    desk.get_by_role("button", name="Trình duyệt").click()
    expect(desk.get_by_role("status").filter(has_text="Đã trình dự thảo")).to_be_visible()
    desk.get_by_role("button", name="Đăng xuất").click()

    log_in(desk, stack, "hacthanh.lanhdao")
    desk.get_by_role("link", name=code[0]).click()
    expect(desk.get_by_text(ANSWER)).to_be_visible()
    desk.locator("section", has_text="Dự thảo chờ duyệt").get_by_role("button", name="Duyệt").click()
    desk.get_by_label("Số văn bản").first.fill("12/UBND-VP")
    desk.get_by_label("Ngày ký").fill("2026-11-20")
    desk.get_by_label("Người ký").first.fill("Nguyễn Thị Mẫu Hòa")
    desk.get_by_label("Bản PDF đã ký").set_input_files(
        {"name": "tra-loi.pdf", "mimeType": "application/pdf", "buffer": SIGNED}
    )
    desk.get_by_role("button", name="Phát hành và gửi công dân").click()
    expect(desk.get_by_role("status").filter(has_text="đang được gửi tới công dân")).to_be_visible()

    # Without a reload, within a second or two: the signed paper is what the citizen gets.
    expect(log.get_by_text("số 12/UBND-VP")).to_be_visible(timeout=3_000)
    expect(log.get_by_text("tra-loi.pdf")).to_be_visible()
    log.locator('button[data-payload$=":4"]').last.click()
    expect(log.get_by_text("câu hỏi ngắn").last).to_be_visible()
    log.locator('button[data-payload^="sv:start"]').last.click()
    for number in range(1, 6):
        expect(log.get_by_text(f"({number}/5)").last).to_be_visible()
        log.locator('button[data-payload$=":5"]').last.click()
    expect(log.get_by_text("lưu ẩn danh").last).to_be_visible()

    desk.get_by_role("button", name="Đăng xuất").click()
    log_in(desk, stack, "quanly")
    ratings_after, forms_after = figures_on_the_dashboard(desk, stack, "UBND phường Hạc Thành")
    assert ratings_after == ratings_before + 1
    # The form is there, and counted with its batch from tomorrow on: no day's figures tell of one person (ADR 6).
    assert waiting_forms(stack) == waiting_before + 1
    assert forms_after == forms_before


def test_the_thread_survives_a_reload(citizen: Page) -> None:
    say(citizen, "xin chào")
    expect(citizen.locator("#log").get_by_text("máy trả lời tự động")).to_be_visible()
    citizen.reload()
    expect(citizen.locator("#log").get_by_text("xin chào", exact=True)).to_be_visible()


def test_markup_in_a_message_is_shown_as_text(citizen: Page) -> None:
    say(citizen, "<img src=x onerror=document.title='xam-nhap'> ổ gà to ở phường Hàm Rồng, Thanh Hóa")
    expect(citizen.locator("#log").get_by_text("<img src=x")).to_be_visible()
    citizen.wait_for_timeout(500)
    assert citizen.title() != "xam-nhap"
    assert citizen.locator("#log img").count() == 0


def test_the_chat_page_works_by_keyboard_alone(citizen: Page) -> None:
    citizen.keyboard.press("Tab")
    citizen.keyboard.press("Enter")
    expect(citizen.locator("#text")).to_be_focused()
    citizen.keyboard.type("xin chào")
    citizen.keyboard.press("Enter")
    expect(citizen.locator("#log").get_by_text("máy trả lời tự động")).to_be_visible()


def test_no_page_overflows_a_small_phone(citizen: Page) -> None:
    say(citizen, "https://vi.du/" + "dai" * 200)
    expect(citizen.locator("#log .message").last).to_be_visible()
    wide = citizen.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
