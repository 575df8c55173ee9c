"""Is the process alive, can it work, and how much: for the people and machines that operate it."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, PlainTextResponse

from langnghe.web import repository
from langnghe.web.security import RequestCounters
from langnghe.web.services import WebServices

CHECK_SECONDS = 3.0
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def router(services: WebServices, counters: RequestCounters) -> APIRouter:
    routes = APIRouter(tags=["operation"])

    @routes.get("/healthz", summary="The process is alive")
    async def alive() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @routes.get("/readyz", summary="The process can take messages; what is only `degraded` does not stop it")
    async def ready() -> JSONResponse:
        parts = {"database": await _within_time(asyncio.to_thread(_database_answers, services))}
        needed = {"database"}
        for check in services.ready_checks:
            parts[check.name] = await _within_time(check.check())
            needed |= {check.name} if check.required else set()
        working = all(parts[name] for name in needed)
        status = "ok" if all(parts.values()) else "degraded" if working else "unavailable"
        answers = {name: "ok" if fine else "down" for name, fine in parts.items()}
        return JSONResponse({"status": status, "parts": answers}, 200 if working else 503)

    @routes.get("/metrics", response_class=PlainTextResponse, summary="Counters in Prometheus' text format")
    async def metrics() -> PlainTextResponse:
        lines = [*_request_lines(counters), f"langnghe_waiting_pages {services.hub.waiting()}"]
        try:
            lines += await asyncio.to_thread(_queue_lines, services)
        except SQLAlchemyError:
            lines.append("langnghe_database_up 0")
        return PlainTextResponse("\n".join(lines) + "\n", media_type=_PROMETHEUS)

    return routes


async def _within_time(answer: object) -> bool:
    try:
        return bool(await asyncio.wait_for(answer, CHECK_SECONDS))  # type: ignore[arg-type]
    except (TimeoutError, OSError, SQLAlchemyError):
        return False


def _database_answers(services: WebServices) -> bool:
    try:
        with services.database.read() as session:
            return session.scalar(select(1)) == 1
    except SQLAlchemyError:
        return False


def _request_lines(counters: RequestCounters) -> list[str]:
    lines = ["# TYPE langnghe_requests_total counter"]
    for (method, route, status), number in sorted(counters.requests.items()):
        lines.append(f'langnghe_requests_total{{method="{method}",route="{route}",status="{status}"}} {number}')
    lines.append("# TYPE langnghe_request_seconds_total counter")
    for (method, route), seconds in sorted(counters.seconds.items()):
        lines.append(f'langnghe_request_seconds_total{{method="{method}",route="{route}"}} {seconds:.6f}')
    return lines


def _queue_lines(services: WebServices) -> list[str]:
    with services.database.read() as session:
        counts = repository.queue_counts(session)
    lines = ["langnghe_database_up 1", "# TYPE langnghe_queue gauge"]
    return lines + [
        f'langnghe_queue{{queue="{queue}",state="{state}"}} {n}' for (queue, state), n in sorted(counts.items())
    ]
