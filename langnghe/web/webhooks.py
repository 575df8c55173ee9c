"""Webhooks of Zalo and Telegram: verify the raw bytes, store, acknowledge. Nothing is understood here."""

from __future__ import annotations

import json
from collections.abc import Mapping

import structlog
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from bot.intake import IntakeError
from integrations import telegram
from integrations.channel import InboundEvent
from integrations.zalo.events import parse_event
from integrations.zalo.webhook import is_console_check, verify
from langnghe.settings import Settings
from langnghe.web.errors import WebError
from langnghe.web.services import WebhookReader, WebServices

log = structlog.get_logger(__name__)


def router(services: WebServices) -> APIRouter:
    routes = APIRouter(prefix="/webhooks", include_in_schema=False)

    @routes.post("/zalo")
    async def zalo(request: Request) -> JSONResponse:
        raw = await request.body()
        if services.zalo is not None and is_console_check(raw):
            return _acknowledged()
        return await _take(services, services.zalo, raw, request.headers)

    @routes.post("/telegram")
    async def telegram_update(request: Request) -> JSONResponse:
        return await _take(services, services.telegram, await request.body(), request.headers)

    return routes


async def _take(
    services: WebServices, read: WebhookReader | None, raw: bytes, headers: Mapping[str, str]
) -> JSONResponse:
    """200 for everything genuine, understood or not: a channel that hears anything else repeats, then gives up on us.

    A database error is not caught: the channel shall repeat such a call.
    """
    if read is None:
        raise WebError(404, "channel_off", "Kênh này chưa được bật.")
    event = read(raw, headers)
    if event is None or not _concerns_us(event):
        log.info("webhook_ignored", channel=event.channel if event else "unknown")
        return _acknowledged()
    try:
        await services.intake.accept(event)
    except IntakeError as error:
        log.warning("webhook_not_taken", channel=event.channel, reason=str(error) or type(error).__name__)
    return _answered_press(event) if event.channel == "telegram" and event.kind == "payload" else _acknowledged()


def _answered_press(event: InboundEvent) -> JSONResponse:
    """Telegram takes one call of its API as the answer to a webhook: here the one that stops the button's spinner."""
    return JSONResponse({"method": "answerCallbackQuery", "callback_query_id": event.provider_message_id})


def _concerns_us(event: InboundEvent) -> bool:
    """Of what we do not understand only a citizen's own message deserves an answer, not Zalo's other notifications."""
    return event.kind != "unsupported" or event.channel != "zalo" or event.event_id.startswith("user_send_")


def _acknowledged() -> JSONResponse:
    return JSONResponse({"ok": True})


def zalo_reader(settings: Settings) -> WebhookReader | None:
    """None while Zalo is off."""
    app_id, oa_id = settings.zalo_app_id, settings.zalo_oa_id
    secret = settings.zalo_oa_secret.get_secret_value()
    if not app_id:
        return None

    def read(raw: bytes, headers: Mapping[str, str]) -> InboundEvent | None:
        return parse_event(verify(raw, headers, app_id=app_id, secret=secret), app_id=app_id, oa_id=oa_id)

    return read


def telegram_reader(settings: Settings) -> WebhookReader | None:
    """None while Telegram is off or polled."""
    token, secret = settings.telegram_token.get_secret_value(), settings.telegram_secret.get_secret_value()
    if not token or not secret:
        return None
    bot_id = telegram.bot_id_of(token)

    def read(raw: bytes, headers: Mapping[str, str]) -> InboundEvent | None:
        telegram.verify_secret(headers.get(telegram.SECRET_HEADER.lower()), secret)
        try:
            update = json.loads(raw)
        except (ValueError, RecursionError):
            return None
        return telegram.parse_update(update, bot_id=bot_id) if isinstance(update, dict) else None

    return read
