"""Puts the HTTP application together from what bootstrap hands in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import APIRouter, FastAPI

from langnghe.web import actions_route, chat_api, chat_page, errors, health, repository, webhooks
from langnghe.web.assets import Assets
from langnghe.web.bodies import BodyLimits, limits_by_path
from langnghe.web.hub import HubRunner, NumbersOf
from langnghe.web.pages import Pages
from langnghe.web.security import AnswerHeaders, RequestCounters
from langnghe.web.services import WebServices

SWEEP_SECONDS = 2.0
"""The longest that a page waits for a message whose wake-up got lost."""


def create_app(services: WebServices, *, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """The whole application. `routers` are further pages and APIs (the console, the dashboard)."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        seconds = min(SWEEP_SECONDS, services.settings.poll_seconds)
        port = services.settings.wake_app_port
        async with HubRunner(services.hub, port=port, numbers_of=_numbers_of(services), seconds=seconds):
            yield

    app = FastAPI(
        title="Lắng Nghe",
        version=version("langnghe"),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    counters = RequestCounters()
    assets = Assets()
    app.state.services = services
    app.state.pages = Pages(assets)
    errors.install(app)
    app.router.routes.append(assets.route())
    for router in (
        chat_api.router(services),
        chat_page.router(services),
        webhooks.router(services),
        actions_route.router(services),
        health.router(services, counters),
        *routers,
    ):
        app.include_router(router, include_in_schema=router.prefix.startswith(errors.API))
    attachment_bytes = services.settings.max_photo_mb * 1024 * 1024
    app.add_middleware(BodyLimits, limits=limits_by_path(max_attachment_bytes=attachment_bytes))
    app.add_middleware(AnswerHeaders, counters=counters)
    return app


def _numbers_of(services: WebServices) -> NumbersOf:
    def numbers_of(conversation_ids: list[int]) -> Mapping[int, int]:
        with services.database.read() as session:
            return repository.last_numbers(session, conversation_ids)

    return numbers_of
