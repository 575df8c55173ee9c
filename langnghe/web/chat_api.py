"""The web chat's API: open a conversation, send into it, wait for what is new in it, look at its files."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from bot.intake import InvalidEvent, UnknownConversation, start_web_conversation
from bot.repository import ChatFile, messages_after
from bot.repository import ChatMessage as StoredMessage
from feedback.base import new_capability
from feedback.models import CaseFile
from integrations.channel import EventKind, InboundEvent, RemoteFile
from langnghe.web import repository
from langnghe.web.chat_messages import ChatMessage, read_message
from langnghe.web.errors import WebError
from langnghe.web.limits import Buckets, too_many
from langnghe.web.services import WebServices

MOST_WAIT = 30.0
LARGE_BODY = 64 * 1024
"""Above this a body is decoded and checked off the event loop."""

PLACE_TITLE = "Vị trí của tôi"
REMOVED_TITLE = "(Nội dung này đã được xóa.)"
SURVEY_TITLE = "(Trả lời khảo sát, nội dung không lưu ở đây.)"

_KEY = re.compile(r"[A-Za-z0-9_-]{22}")
_NO_KEY = "-"
_SEND_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id"],
    "description": "`id` and exactly one of text, payload, location, attachment. The same id twice is one message.",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "text": {"type": "string", "maxLength": 10_000},
        "payload": {"type": "string", "maxLength": 64},
        "location": {
            "type": "object",
            "required": ["lat", "lon"],
            "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}},
        },
        "attachment": {
            "type": "object",
            "required": ["name", "content_type", "data"],
            "properties": {
                "name": {"type": "string"},
                "content_type": {"type": "string"},
                "data": {"type": "string", "format": "byte"},
            },
        },
    },
}


def router(services: WebServices) -> APIRouter:
    routes = APIRouter(prefix="/api/chat", tags=["chat"])
    chat = ChatApi(services)
    routes.add_api_route("", chat.open, methods=["POST"], summary="Open a conversation", response_class=JSONResponse)
    routes.add_api_route(
        "/{conversation}/messages",
        chat.send,
        methods=["POST"],
        status_code=202,
        summary="Send one message",
        response_class=JSONResponse,
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _SEND_SCHEMA}}}},
    )
    routes.add_api_route(
        "/{conversation}/messages",
        chat.receive,
        methods=["GET"],
        summary="Messages after number `after`; waits up to `wait` seconds (at most 30) for one",
        response_class=JSONResponse,
        openapi_extra={
            "parameters": [
                {"name": name, "in": "query", "schema": {"type": "number", "minimum": 0, "default": 0}}
                for name in ("after", "wait")
            ]
        },
    )
    routes.add_api_route(
        "/{conversation}/files/{key}",
        chat.file,
        methods=["GET"],
        summary="A file of the conversation",
        response_class=Response,
    )
    return routes


class ChatApi:
    """Whoever knows a conversation's key owns it.

    An unknown key and a malformed one get the same 404, after the same look-up.
    """

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self._storing = services.settings.storing
        self._attachment_limit = services.settings.max_photo_mb * 1024 * 1024
        rates = services.rates
        self._openings = Buckets(rates.conversations_per_address)
        self._by_address = Buckets(rates.messages_per_address)
        self._by_conversation = Buckets(rates.messages_per_conversation)

    async def open(self, request: Request) -> JSONResponse:
        self._openings.take(_address(request))
        key = await asyncio.to_thread(self._start) if self._storing else new_capability()
        return JSONResponse({"conversation": key})

    def _start(self) -> str:
        with self._services.database.write() as session:
            return start_web_conversation(session, now=self._services.clock()).key

    async def send(self, request: Request, conversation: str) -> JSONResponse:
        self._by_address.take(_address(request))
        self._by_conversation.take(conversation[:40])
        raw = await request.body()
        if len(raw) > LARGE_BODY:
            message = await asyncio.to_thread(read_message, raw, attachment_limit=self._attachment_limit)
        else:
            message = read_message(raw, attachment_limit=self._attachment_limit)
        data = message.attachment.data if message.attachment else None
        try:
            accepted = await self._services.intake.accept(_event(message, _well_formed(conversation)), data=data)
        except UnknownConversation:
            raise _unknown() from None
        except InvalidEvent:
            raise WebError(422, "invalid_message", "Tin nhắn chưa đúng định dạng.") from None
        return JSONResponse({"n": accepted.n}, 202)

    async def receive(self, request: Request, conversation: str) -> JSONResponse:
        after = int(_number(request, "after", most=2**31))
        wait = min(_number(request, "wait", most=1e9), MOST_WAIT)
        wakes = self._services.hub.wakes
        conversation_id, found = await asyncio.to_thread(self._look, _well_formed(conversation), after)
        if conversation_id is None:
            raise _unknown()
        if wait and self._services.hub.waiting(conversation_id) >= self._services.rates.polls_per_conversation:
            raise too_many(1)
        if wait and not found:
            found = await self._wait_for(request, conversation_id, after=after, seconds=wait, looked_at=wakes)
        return JSONResponse({"messages": [_shown(message, conversation) for message in found]})

    async def _wait_for(
        self, request: Request, conversation_id: int, *, after: int, seconds: float, looked_at: int
    ) -> Sequence[StoredMessage]:
        """Nothing was there when the hub had rung `looked_at` times; look again if it has rung since, then wait."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        hub = self._services.hub
        with hub.listen(conversation_id, after=after) as bell:
            if hub.wakes != looked_at:
                bell.set()
            while not hub.closed and await _rings(bell, request, seconds=until - loop.time()):
                bell.clear()
                found = await asyncio.to_thread(self._read, conversation_id, after)
                if found:
                    return found
        return []

    def _look(self, key: str, after: int) -> tuple[int | None, Sequence[StoredMessage]]:
        with self._services.database.read() as session:
            conversation_id = repository.conversation_id_of(session, key)
            return conversation_id, messages_after(session, conversation_id, after) if conversation_id else []

    def _read(self, conversation_id: int, after: int) -> Sequence[StoredMessage]:
        with self._services.database.read() as session:
            return messages_after(session, conversation_id, after)

    async def file(self, conversation: str, key: str) -> Response:
        conversation_id = await self._known(conversation)
        found = await asyncio.to_thread(self._file, conversation_id, key if _KEY.fullmatch(key) else _NO_KEY)
        if found is None:
            raise _unknown()
        shown_inline = found.content_type.startswith("image/")
        return Response(
            found.data,
            media_type=found.content_type,
            headers={
                "Content-Disposition": _disposition("inline" if shown_inline else "attachment", found.name),
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "Cache-Control": "private, max-age=600",
            },
        )

    def _file(self, conversation_id: int, key: str) -> CaseFile | None:
        with self._services.database.read() as session:
            found = repository.shown_file(session, conversation_id, key)
            if found is not None:
                _ = found.data  # deferred; read it while the session is open
            return found

    async def _known(self, key: str) -> int:
        found = await asyncio.to_thread(self._conversation_id, _well_formed(key))
        if found is None:
            raise _unknown()
        return found

    def _conversation_id(self, key: str) -> int | None:
        with self._services.database.read() as session:
            return repository.conversation_id_of(session, key)


async def _rings(bell: asyncio.Event, request: Request, *, seconds: float) -> bool:
    """True when the bell rang, False when the time is over or the page went away."""
    ring, gone = asyncio.ensure_future(bell.wait()), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((ring, gone), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return ring.done()
    finally:
        ring.cancel()
        gone.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _well_formed(key: str) -> str:
    return key if _KEY.fullmatch(key) else _NO_KEY


def _unknown() -> WebError:
    return WebError(404, "unknown_conversation", "Không tìm thấy cuộc trò chuyện này. Mời anh/chị bắt đầu cuộc mới.")


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _number(request: Request, name: str, *, most: float) -> float:
    given = request.query_params.get(name, "0")
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", given) or float(given) > most:
        raise WebError(422, "invalid_parameter", f"Tham số {name} phải là số không âm.")
    return float(given)


def _event(message: ChatMessage, key: str) -> InboundEvent:
    file = message.attachment
    kind: EventKind = "text"
    if message.payload is not None:
        kind = "payload"
    elif message.location is not None:
        kind = "location"
    elif file is not None:
        kind = "attachment"
    return InboundEvent(
        channel="webchat",
        account="web",
        event_id=message.id,
        sender=key,
        kind=kind,
        text=message.text,
        payload=message.payload,
        location=message.location,
        files=(RemoteFile("", file.name, file.content_type, len(file.data)),) if file else (),
    )


def _shown(message: StoredMessage, conversation: str) -> dict[str, Any]:
    return {
        "n": message.n,
        "from": message.sender,
        "text": message.text or _title_of(message),
        "buttons": [{"title": button.title, "payload": button.payload} for button in message.buttons],
        "attachments": [_link(file, conversation) for file in message.files],
        "at": message.at.isoformat(),
    }


def _title_of(message: StoredMessage) -> str:
    """What stands for a message without words."""
    if message.location:
        return PLACE_TITLE
    if message.survey:
        return SURVEY_TITLE
    return REMOVED_TITLE if message.removed else ""


def _link(file: ChatFile, conversation: str) -> dict[str, str]:
    url = f"/api/chat/{conversation}/files/{file.key}"
    return {"name": file.name, "content_type": file.content_type, "url": url}


def _disposition(kind: str, name: str) -> str:
    plain = re.sub(r'[^\x20-\x7e]|["\\]', "_", name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
