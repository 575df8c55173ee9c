"""The stored Zalo tokens: encrypted, replaced by one process at a time, rescued by a new setting."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from cryptography.fernet import Fernet
from sqlalchemy import select

from feedback.database import Database
from integrations.zalo.oauth import Tokens
from langnghe.models import ChannelSecret
from langnghe.zalo_tokens import DatabaseTokenStore

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def store(database: Database, *, first: str = "refresh-0", key: str, now: datetime = NOW) -> DatabaseTokenStore:
    return DatabaseTokenStore(database, account="zalo:1", key=key, first_refresh=first, clock=lambda: now)


def pair(name: str) -> Tokens:
    return Tokens(f"access-{name}", f"refresh-{name}", issued_at=NOW, expires_at=NOW + timedelta(hours=25))


async def save(kept: DatabaseTokenStore, tokens: Tokens) -> None:
    async with kept.exclusive() as slot:
        await slot.save(tokens)


async def test_without_a_stored_pair_the_setting_starts_as_an_expired_one(database: Database) -> None:
    first = await store(database, key=Fernet.generate_key().decode()).load()
    assert first is not None
    assert first.refresh == "refresh-0"
    assert first.is_expired(NOW)


async def test_a_saved_pair_comes_back_and_lies_encrypted(database: Database) -> None:
    kept = store(database, key=Fernet.generate_key().decode())
    await save(kept, pair("1"))
    assert await kept.load() == pair("1")
    with database.read() as session:
        sealed = session.scalars(select(ChannelSecret.sealed)).one()
    assert "access-1" not in sealed and "refresh-1" not in sealed


async def test_a_new_setting_after_a_new_consent_wins_over_the_stored_pair(database: Database) -> None:
    key = Fernet.generate_key().decode()
    await save(store(database, key=key), pair("1"))
    after = await store(database, key=key, first="refresh-new").load()
    assert after is not None
    assert after.refresh == "refresh-new"


async def test_only_one_holds_the_section_at_a_time(database: Database) -> None:
    key = Fernet.generate_key().decode()
    inside, most = 0, 0

    async def refresh() -> None:
        nonlocal inside, most
        async with store(database, key=key).exclusive():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.05)
            inside -= 1

    await asyncio.gather(*(refresh() for _ in range(4)))
    assert most == 1


async def test_a_holder_that_died_frees_the_section_after_the_lease(database: Database) -> None:
    key = Fernet.generate_key().decode()
    dead = store(database, key=key).exclusive()
    await dead.__aenter__()
    later = store(database, key=key, now=NOW + timedelta(seconds=61))
    async with asyncio.timeout(5), later.exclusive() as slot:
        await slot.save(pair("2"))
    await dead.__aexit__(None, None, None)
    assert await later.load() == pair("2")
