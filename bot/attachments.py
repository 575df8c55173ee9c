"""Fetches files that still lie with their channel, before the turn and outside any transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy.orm import Session

from bot import repository
from bot.intake import keep_file
from bot.repository import Claim
from feedback.base import Clock
from integrations.channel import ChannelClient, RemoteFile, TransportError

MAX_BYTES = 10 << 20
TRIES = 2

_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes of one of the message's files, None where they could not be had."""

    file: Mapping[str, Any]
    data: bytes | None


def waiting(claim: Claim) -> bool:
    """Whether the message has files that nobody fetched yet."""
    return any("ref" in file for file in claim.message.files)


class Attachments:
    """`clients` by channel; a file that cannot be fetched is kept as failed, and the citizen is told by the turn."""

    def __init__(self, clients: Mapping[str, ChannelClient], clock: Clock, *, pause: float = 1.0) -> None:
        self._clients, self._clock, self._pause = clients, clock, pause

    async def fetch(self, claim: Claim) -> list[Fetched]:
        files = claim.message.files
        return [Fetched(file, await self._bytes(claim, file) if "ref" in file else None) for file in files]

    async def _bytes(self, claim: Claim, file: Mapping[str, Any]) -> bytes | None:
        client = self._clients.get(claim.channel)
        if client is None or (file.get("size") or 0) > MAX_BYTES:
            return None
        remote = RemoteFile(file["ref"], file["name"], file["content_type"], file.get("size"))
        for tries_left in reversed(range(TRIES)):
            try:
                data = await client.fetch(remote, limit=MAX_BYTES)
                return data if len(data) <= MAX_BYTES else None
            except TransportError as error:
                _LOG.info("fetch_failed", inbox_id=claim.message.id, code=error.code, tries_left=tries_left)
                if error.permanent:
                    return None
                await asyncio.sleep(self._pause if tries_left else 0)
        return None

    def keep(self, session: Session, claim: Claim, fetched: list[Fetched]) -> Claim:
        """Store what was fetched, once: the inbox row then names kept files and failed ones. The lock is held."""
        repository.hold(session, claim)
        row = repository.inbox_row(session, claim.message.id)
        stored = []
        for item in fetched:
            if "ref" not in item.file:
                stored.append(dict(item.file))
            elif item.data is None:
                stored.append({"failed": True, "name": item.file["name"]})
            else:
                stored.append(self._keep_one(session, claim, item.file, item.data))
        row.files = stored
        return replace(claim, message=replace(claim.message, files=tuple(stored)))

    def _keep_one(self, session: Session, claim: Claim, file: Mapping[str, Any], data: bytes) -> dict[str, Any]:
        now = self._clock()
        return keep_file(session, file["name"], file["content_type"], data, citizen_id=claim.citizen_id, now=now)
