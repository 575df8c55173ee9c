"""The citizens' pages: the landing page and the chat, whose explanations are there before any script runs."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from langnghe.web.chat_messages import MOST_CHARACTERS
from langnghe.web.pages import pages_of
from langnghe.web.services import WebServices

SUGGESTIONS = (
    "Phản ánh một việc",
    "Hồ sơ của tôi quá hẹn",
    "Hỏi thủ tục",
    "Lắng Nghe làm được gì?",
)


def router(services: WebServices) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/", response_class=HTMLResponse)
    async def home(request: Request) -> HTMLResponse:
        return pages_of(request).render(request, "home.html")

    @routes.get("/chat", response_class=HTMLResponse)
    async def chat(request: Request) -> HTMLResponse:
        values = {
            "max_mb": services.settings.max_photo_mb,
            "max_text": MOST_CHARACTERS,
            "hotline": services.hotline,
            "other_ways": services.other_ways,
            "suggestions": SUGGESTIONS,
        }
        return pages_of(request).render(request, "chat.html", values)

    return routes
