"""Telegram's Bot API as a channel: python-telegram-bot's Bot used as a library, without its Updater."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from telegram import Bot, InputFile, LinkPreviewOptions, Message
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from integrations.channel import ChannelName, OutgoingFile, OutgoingMessage, RemoteFile, Sent, TransportError
from integrations.downloading import DOWNLOAD_SECONDS, read_capped
from integrations.filetypes import is_as_declared
from integrations.quiet_http import silence_http_logs
from integrations.sending import send_parts
from integrations.telegram import layout
from integrations.telegram.errors import transport_error
from integrations.telegram.updates import ALLOWED_UPDATES
from integrations.telegram.webhook import bot_id_of, is_usable_secret

os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library's own opt-in: durations as timedelta, no warning on each

_PHOTOS = ("image/jpeg", "image/png")
_PHOTO_BYTES = 10 << 20
_POLL_MARGIN = 10.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """What Telegram says of our bot."""

    id: str
    username: str
    name: str


class _Request(HTTPXRequest):
    """The library's HTTP, which would log an answer that is not JSON, and trips over one without a result."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError) as error:
            raise TelegramError("answer is not JSON") from error
        if not isinstance(answer, dict) or not (
            "result" in answer or "description" in answer or "error_code" in answer
        ):
            raise TelegramError("answer has no result")
        return answer


class _RawBot(Bot):
    """The library's Bot, and calls whose answer is left as it came: one odd update must not spoil a whole batch."""

    async def raw(self, method: str, *, read_timeout: float, **parameters: Any) -> Any:
        return await self._post(method, parameters, read_timeout=read_timeout)


class TelegramClient:
    """A ChannelClient for one bot.

    Telegram takes about 1 message a second in a private chat and 30 a second over all: the outbox paces, this client
    only reports `retry_after`. Proxies are taken from HTTPS_PROXY, as httpx does. Nothing here logs.
    """

    name: ChannelName = "telegram"

    def __init__(
        self,
        token: str,
        *,
        base_url: str = "https://api.telegram.org",
        timeout: float = 10.0,
        download_seconds: float = DOWNLOAD_SECONDS,
    ) -> None:
        silence_http_logs()
        self.account = bot_id_of(token)
        self._timeout, self._download_seconds = timeout, download_seconds
        self._files_url = f"{base_url.rstrip('/')}/file/bot{token.strip()}/"
        self._requests = tuple(
            _Request(
                connection_pool_size=size,
                connect_timeout=5.0,
                read_timeout=timeout,
                write_timeout=timeout,
                pool_timeout=5.0,
            )
            for size in (2, 16)
        )
        self._bot = _RawBot(
            token.strip(),
            base_url=f"{base_url.rstrip('/')}/bot",
            base_file_url=f"{base_url.rstrip('/')}/file/bot",
            get_updates_request=self._requests[0],
            request=self._requests[1],
        )
        self._downloads = httpx.AsyncClient(timeout=timeout, follow_redirects=False)

    async def send(self, recipient: str, message: OutgoingMessage) -> Sent:
        """Send one message to a private chat, cut into several sends where it is long; raises TransportError."""
        return await send_parts(layout.parts(message), lambda part: self._send_one(recipient, part))

    def parts(self, message: OutgoingMessage) -> tuple[OutgoingMessage, ...]:
        """The message as single sends, for an outbox that wants a row for each."""
        return layout.parts(message)

    async def answer_callback(self, callback_id: str, *, text: str | None = None) -> bool:
        """Stop the spinner on a pressed button; False when the press is too old to be answered, which is harmless."""
        try:
            await _call(self._bot.answer_callback_query(callback_id, text=text))
        except TransportError as error:
            if error.permanent:
                return False
            raise
        return True

    async def fetch(self, file: RemoteFile, *, limit: int) -> bytes:
        """The file's bytes, of the declared family; raises TransportError. The URL holds the token and stays here."""
        found = await _call(self._bot.raw("getFile", read_timeout=self._timeout, file_id=file.ref))
        path, size = (found.get("file_path"), found.get("file_size")) if isinstance(found, dict) else (None, None)
        if not isinstance(path, str) or path.startswith("/") or ".." in path.split("/"):
            raise TransportError("no_file_path", permanent=True)
        if isinstance(size, int) and size > limit:
            raise TransportError("too_large", permanent=True)
        url = self._files_url + quote(path)
        data = await read_capped(self._downloads, url, limit=limit, seconds=self._download_seconds)
        if not is_as_declared(file.content_type, data):
            raise TransportError("wrong_type", permanent=True)
        return data

    async def poll(self, offset: int | None, wait: float) -> list[dict[str, Any]]:
        """Raw updates from `offset` on, waiting up to `wait` seconds for the first one.

        Asking from `offset` confirms, and so deletes at Telegram, all updates before it: store a batch first, then
        poll with `next_offset(batch)`. An unconfirmed batch is given again, for 24 hours.
        """
        updates = await _call(
            self._bot.raw(
                "getUpdates",
                read_timeout=wait + _POLL_MARGIN,
                offset=offset,
                timeout=int(wait),
                allowed_updates=list(ALLOWED_UPDATES),
            )
        )
        if not isinstance(updates, list):
            raise TransportError("bad_answer")
        return [update for update in updates if isinstance(update, dict)]

    async def set_webhook(self, url: str, secret: str, *, max_connections: int = 20) -> None:
        """Have updates posted to `url` with `secret` in the header; waiting updates are kept, never dropped."""
        if not is_usable_secret(secret):
            raise ValueError("the webhook secret must be 1 to 256 of A-Z a-z 0-9 _ -")
        await _call(
            self._bot.set_webhook(
                url, secret_token=secret, max_connections=max_connections, allowed_updates=list(ALLOWED_UPDATES)
            )
        )

    async def delete_webhook(self) -> None:
        """Go back to polling, which Telegram refuses (`conflict`) while a webhook is set; waiting updates are kept."""
        await _call(self._bot.delete_webhook(drop_pending_updates=False))

    async def me(self) -> BotIdentity:
        """Who the token belongs to; TransportError `invalid_token` when Telegram does not know it."""
        user = await _call(self._bot.get_me())
        return BotIdentity(id=str(user.id), username=user.username or "", name=user.full_name)

    async def aclose(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(request.shutdown() for request in self._requests), self._downloads.aclose())

    async def _send_one(self, recipient: str, part: OutgoingMessage) -> Sent:
        chat = _chat_id(recipient)
        sent = await _call(
            self._send_file(chat, part.files[0]) if part.files else self._send_text(chat, part), effect=True
        )
        return Sent(provider_message_id=str(sent.message_id))

    async def _send_text(self, chat: int, part: OutgoingMessage) -> Message:
        return await self._bot.send_message(
            chat,
            part.text,
            reply_markup=layout.keyboard(part.buttons),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )

    async def _send_file(self, chat: int, file: OutgoingFile) -> Message:
        upload = InputFile(file.data, filename=file.name)
        if file.content_type in _PHOTOS and len(file.data) <= _PHOTO_BYTES:
            return await self._bot.send_photo(chat, upload)
        return await self._bot.send_document(chat, upload)


async def _call(request: Awaitable[T], *, effect: bool = False) -> T:
    """Await a call of the library and speak of its failures in our terms.

    Only a call with an `effect` on the citizen can be ambiguous. The library's errors are cut off (`from None`): their
    texts and those of their causes may hold tokens or content.
    """
    try:
        return await request
    except TelegramError as error:
        failure = transport_error(error)
    except (KeyError, TypeError, ValueError):
        failure = TransportError("bad_answer", ambiguous=True)
    failure.ambiguous = failure.ambiguous and effect
    raise failure from None


def _chat_id(recipient: str) -> int:
    if not recipient.lstrip("-").isascii() or not recipient.lstrip("-").isdigit():
        raise TransportError("chat_not_found", permanent=True)
    return int(recipient)
