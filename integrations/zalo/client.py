"""Zalo's Official Account API as a channel: consultation messages, uploads, media, over httpx."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from integrations.channel import ChannelName, OutgoingFile, OutgoingMessage, RemoteFile, Sent, TransportError
from integrations.quiet_http import silence_http_logs
from integrations.sending import send_parts
from integrations.zalo import layout, media
from integrations.zalo.errors import REFRESH, api_error
from integrations.zalo.media import MediaPolicy
from integrations.zalo.oauth import App, Tokens, exchange_code
from integrations.zalo.tokens import TokenKeeper, TokenStore

API_URL = "https://openapi.zalo.me"
_SEND = "/v3.0/oa/message/cs"
_UPLOAD = "/v2.0/oa/upload/"
_ACCOUNT = "/v2.0/oa/getoa"
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class AccountIdentity:
    """What Zalo says of our Official Account."""

    id: str
    name: str


class ZaloClient:
    """A ChannelClient for one Official Account. Logs codes only, never addresses, tokens or texts."""

    name: ChannelName = "zalo"

    def __init__(
        self,
        app: App,
        store: TokenStore,
        *,
        base_url: str = API_URL,
        buttons: bool = True,
        policy: MediaPolicy | None = None,
        timeout: float = 10.0,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """`buttons` off writes choices as numbered lines, should Zalo refuse buttons (no page on v3 names them)."""
        silence_http_logs()
        self._app, self._store = app, store
        self._buttons, self._policy = buttons, policy or MediaPolicy()
        self._base_url = base_url.rstrip("/")
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(timeout, connect=5.0), follow_redirects=False)
        self._media = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout, connect=5.0), follow_redirects=False, trust_env=False
        )
        self._keeper = TokenKeeper(self._http, app, store, clock=clock)

    async def send(self, recipient: str, message: OutgoingMessage) -> Sent:
        """Send one message to a citizen, cut into several sends where it must be; raises TransportError."""
        return await send_parts(self.parts(message), lambda part: self._send_one(recipient, part))

    def parts(self, message: OutgoingMessage) -> tuple[OutgoingMessage, ...]:
        """The message as single sends, for an outbox that wants a row for each."""
        return layout.parts(message, buttons=self._buttons)

    async def fetch(self, file: RemoteFile, *, limit: int) -> bytes:
        """The bytes behind a media address of an event, soon after it came: addresses expire. Raises TransportError."""
        return await media.fetch(self._media, file, limit=limit, policy=self._policy)

    async def me(self) -> AccountIdentity:
        """The account that our token belongs to, as a health check; raises TransportError."""
        data = await self._call("GET", _ACCOUNT)
        return AccountIdentity(id=str(data.get("oa_id", "")), name=str(data.get("name", "")))

    async def authorize(self, code: str, verifier: str) -> Tokens:
        """Exchange a consent code for the first tokens and store them; raises TransportError."""
        async with self._store.exclusive() as slot:
            tokens = await exchange_code(self._http, self._app, code=code, verifier=verifier)
            await slot.save(tokens)
        return tokens

    async def aclose(self) -> None:
        """Let a refresh under way end, then close all connections."""
        await self._keeper.aclose()
        await asyncio.gather(self._http.aclose(), self._media.aclose())

    async def _send_one(self, recipient: str, part: OutgoingMessage) -> Sent:
        asset = await self._upload(part.files[0]) if part.files else None
        body = {"recipient": {"user_id": recipient}, "message": layout.body(part, asset)}
        data = await self._call("POST", _SEND, effect=True, json=body)
        return Sent(provider_message_id=str(data.get("message_id", "")), quota_left=_quota_left(data))

    async def _upload(self, file: OutgoingFile) -> str:
        kind = layout.upload_kind(file)
        data = await self._call("POST", _UPLOAD + kind, files={"file": (file.name, file.data, file.content_type)})
        asset = data.get("token" if kind == "file" else "attachment_id")
        if not isinstance(asset, str) or not asset:
            raise TransportError("bad_answer")
        return asset

    async def _call(self, method: str, path: str, *, effect: bool = False, **content: Any) -> dict[str, Any]:
        """The `data` of a call; a token that Zalo refuses is refreshed and the call repeated once, which is safe."""
        token = await self._keeper.access()
        answer = await self._request(method, path, token, effect=effect, content=content)
        if answer.get("error") in REFRESH:
            token = await self._keeper.access(rejected=token)
            answer = await self._request(method, path, token, effect=effect, content=content)
        if answer["error"] != 0:
            raise api_error(answer["error"])
        data = answer.get("data")
        return data if isinstance(data, dict) else {}

    async def _request(
        self, method: str, path: str, token: str, *, effect: bool, content: dict[str, Any]
    ) -> dict[str, Any]:
        """One call; only one with an `effect` on the citizen can be ambiguous."""
        try:
            response = await self._http.request(
                method, self._base_url + path, headers={"access_token": token}, **content
            )
        except _NEVER_LEFT as error:
            raise TransportError("connect", detail=type(error).__name__) from None
        except httpx.HTTPError as error:
            code = "timeout" if isinstance(error, httpx.TimeoutException) else "network"
            raise TransportError(code, ambiguous=effect, detail=type(error).__name__) from None
        return _answer(response, effect=effect)


def _answer(response: httpx.Response, *, effect: bool) -> dict[str, Any]:
    """The JSON envelope, whose `error` is an int. Zalo answers 200 even for errors: any other page is a gateway's."""
    try:
        body: Any = response.json()
    except ValueError:
        body = None
    if isinstance(body, dict) and isinstance(body.get("error"), int):
        return body
    status = response.status_code
    if 300 <= status < 500:
        raise TransportError(f"http_{status}", retry_after=60.0 if status == 429 else None)
    raise TransportError(f"http_{status}", ambiguous=effect)


def _quota_left(data: dict[str, Any]) -> int | None:
    quota = data.get("quota")
    remain = str(quota.get("remain", "")) if isinstance(quota, dict) else ""
    return int(remain) if remain.isascii() and remain.isdigit() else None
