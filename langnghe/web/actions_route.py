"""The dialogue engine's way into the application: it posts each action here and gets the action's events back."""

from __future__ import annotations

import hmac
import json
import zlib
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from langnghe.web.bodies import ACTION_LIMIT
from langnghe.web.errors import WebError
from langnghe.web.services import WebServices


def router(services: WebServices) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    token = services.settings.action_token.get_secret_value().encode()

    @routes.post("/rasa/actions")
    async def run_action(request: Request) -> JSONResponse:
        if services.actions is None:
            raise WebError(404, "not_found", "Không tìm thấy nội dung này.")
        given = request.query_params.get("token", "").encode("utf-8", "replace")
        if not token or not hmac.compare_digest(given, token):
            raise WebError(403, "wrong_token", "Mã của máy hội thoại không đúng.")
        call = _call(await request.body(), request.headers.get("content-encoding", ""))
        status, body = await services.actions.run(call)
        return JSONResponse(body, status)

    return routes


def _call(raw: bytes, encoding: str) -> dict[str, Any]:
    """The action call; the engine may deflate it. Raises a 400 or a 413."""
    if encoding == "deflate":
        raw = _inflated(raw)
    try:
        call = json.loads(raw)
    except (ValueError, RecursionError):
        raise WebError(400, "bad_json", "Yêu cầu không phải JSON hợp lệ.") from None
    if not isinstance(call, dict):
        raise WebError(400, "bad_json", "Yêu cầu phải là một đối tượng JSON.")
    return call


def _inflated(raw: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(raw, ACTION_LIMIT * 4)
    except zlib.error:
        raise WebError(400, "bad_deflate", "Dữ liệu nén bị hỏng.") from None
    if inflater.unconsumed_tail:
        raise WebError(413, "too_large", "Nội dung gửi lên quá lớn.")
    return data
