"""A Zalo OA server on loopback: OAuth, messages, uploads and media as far as our client uses them, with planned faults.

Every API error is HTTP 200 with a non-zero `error`; ids and timestamps are strings; a refresh token works once and
kills the access token before it. It proves our code against our reading of the contract, not against Zalo.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any

from aiohttp import web
from loopback import PDF, PNG, Faults

APP_ID = "4100000000000000001"
APP_SECRET = "app-secret-for-tests"
OA_ID = "4200000000000000002"
OA_SECRET = "oa-secret-for-tests"
CITIZEN = "4300000000000000003"
CODE, VERIFIER = "one-time-code", "v" * 43


def envelope(event_name: str, **content: Any) -> dict[str, Any]:
    """An event from the citizen to the OA, with Zalo's envelope; `content` overrides any of its fields."""
    base = {
        "app_id": APP_ID,
        "user_id_by_app": "44" + CITIZEN[2:],
        "sender": {"id": CITIZEN},
        "recipient": {"id": OA_ID},
        "event_name": event_name,
        "timestamp": str(int(time.time() * 1000)),
    }
    return {**base, **content}


def packed(event: dict[str, Any], *, style: str = "compact") -> bytes:
    separators = (", ", ": ") if style == "spaced" else (",", ":")
    return json.dumps(event, ensure_ascii=style == "ascii", separators=separators).encode()


def signed(event: dict[str, Any], *, style: str = "compact", how: str = "good") -> tuple[bytes, dict[str, str]]:
    """A webhook body with its headers; `how`: good, bare (no prefix), hmac, app_secret, bad, missing, tampered."""
    raw = packed(event, style=style)
    secret = APP_SECRET if how == "app_secret" else OA_SECRET
    data = APP_ID.encode() + raw + str(event["timestamp"]).encode()
    mac = hashlib.sha256(data + secret.encode()).hexdigest()
    if how == "hmac":
        mac = hmac.new(secret.encode(), data, "sha256").hexdigest()
    if how == "bad":
        mac = "0" * 64
    headers = {} if how == "missing" else {"X-ZEvent-Signature": mac if how == "bare" else f"mac={mac}"}
    return (raw.replace(b"user_send", b"user_sent") if how == "tampered" else raw), headers


class ZaloFake:
    """One OA with its tokens, its citizens and all that was sent."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.access, self.refresh, self.codes = "AT-0", "RT-0", {CODE}
        self.expires_in = "90000"
        self.refreshes = 0
        self.slow_refresh = 0.0
        self.citizens, self.blocked, self.silent = {CITIZEN}, set[str](), set[str]()
        self.free = 8
        self.sent: list[dict[str, Any]] = []
        self.uploads: dict[str, str] = {}
        self.media: dict[str, bytes] = {"a.png": PNG, "a.pdf": PDF, "page.png": b"<html>no picture</html>"}
        self.asked: list[tuple[str, str]] = []

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self.faults.middleware()], client_max_size=8 << 20)
        app.add_routes(
            [
                web.post("/v4/oa/access_token", self._token),
                web.post("/v3.0/oa/message/cs", self._send),
                web.post("/v2.0/oa/upload/{kind}", self._upload),
                web.get("/v2.0/oa/getoa", self._account),
                web.get("/media/{name}", self._media),
            ]
        )
        return app

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if request.headers.get("secret_key") != APP_SECRET or form.get("app_id") != APP_ID:
            return web.json_response({"error": -14002, "error_name": "Invalid appId or secret key"})
        if form.get("grant_type") == "authorization_code":
            if form.get("code") not in self.codes or form.get("code_verifier") != VERIFIER:
                return web.json_response({"error": -14005, "error_name": "Invalid authorization code"})
            self.codes.discard(str(form.get("code")))
        elif form.get("refresh_token") != self.refresh:
            return web.json_response({"error": -14014, "error_name": "Invalid refresh token"})
        self.refreshes += 1
        self.access, self.refresh = f"AT-{self.refreshes}", f"RT-{self.refreshes}"
        pair = {"access_token": self.access, "refresh_token": self.refresh, "expires_in": self.expires_in}
        await asyncio.sleep(self.slow_refresh)
        return web.json_response(pair)

    def _token_error(self, request: web.Request) -> web.Response | None:
        return None if request.headers.get("access_token") == self.access else _error(-216)

    async def _send(self, request: web.Request) -> web.Response:
        if refused := self._token_error(request):
            return refused
        body = json.loads(await request.text())
        user, message = body["recipient"]["user_id"], body["message"]
        code = self._verdict(user, message)
        if code:
            return _error(code)
        self.free -= 1
        message_id = f"out{len(self.sent):08d}"
        self.sent.append({"message_id": message_id, "user_id": user, "message": message})
        quota = {"quota_type": "reply", "remain": str(self.free), "total": "8"}
        return _data({"message_id": message_id, "user_id": user, "sent_time": "1", "quota": quota})

    def _verdict(self, user: str, message: dict[str, Any]) -> int:
        if user not in self.citizens:
            return -201
        if user in self.blocked or user in self.silent:
            return -244 if user in self.blocked else -230
        if self.free <= 0:
            return -211
        if len(message.get("text", "")) > 2000:
            return -210
        payload = message.get("attachment", {}).get("payload", {})
        if len(payload.get("buttons", [])) > 5:
            return -201
        assets = [payload["token"]] if "token" in payload else [e["attachment_id"] for e in payload.get("elements", [])]
        return 0 if all(asset in self.uploads for asset in assets) and message else -201

    async def _upload(self, request: web.Request) -> web.Response:
        if refused := self._token_error(request):
            return refused
        file = (await request.post())["file"]
        assert isinstance(file, web.FileField)
        asset = f"asset-{len(self.uploads)}"
        self.uploads[asset] = file.filename
        return _data({"token" if request.match_info["kind"] == "file" else "attachment_id": asset})

    async def _account(self, request: web.Request) -> web.Response:
        return self._token_error(request) or _data({"oa_id": OA_ID, "name": "UBND xã thử", "oa_type": 4})

    async def _media(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.asked.append((name, request.headers.get("Host", "")))
        if name == "redirect.png":
            raise web.HTTPFound("/media/a.png")
        if name in ("huge.png", "slow.png", "zipped.png"):
            return await self._drip(request, name)
        if name not in self.media:
            raise web.HTTPNotFound
        return web.Response(body=self.media[name])

    async def _drip(self, request: web.Request, name: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Encoding": "gzip"} if name == "zipped.png" else {})
        await response.prepare(request)
        try:
            for _ in range(200):
                await response.write(PNG * 2000 if name == "huge.png" else b"\0")
                await asyncio.sleep(0 if name == "huge.png" else 0.05)
        except ConnectionError:
            pass
        return response


def _error(code: int) -> web.Response:
    return web.json_response({"error": code, "message": f"refused with {code}"})


def _data(data: dict[str, Any]) -> web.Response:
    return web.json_response({"data": data, "error": 0, "message": "Success"})
