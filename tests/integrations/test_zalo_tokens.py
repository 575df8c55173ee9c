"""One refresh however many ask, stored before it is used, and no grant lost by our own doing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from zalo_fake import CITIZEN, CODE, VERIFIER, ZaloFake

from integrations.channel import OutgoingMessage, TransportError
from integrations.zalo.client import ZaloClient
from integrations.zalo.errors import OPERATOR_CODES
from integrations.zalo.oauth import App, Tokens, exchange_code, refresh_tokens
from integrations.zalo.tokens import MemoryTokenStore, TokenKeeper, TokenSlot

HELLO = OutgoingMessage("Chào anh/chị")


def aged(store: MemoryTokenStore, hours: float) -> None:
    """Let the stored pair be `hours` old."""
    assert store.tokens is not None
    past = timedelta(hours=hours)
    store.tokens = replace(
        store.tokens, issued_at=store.tokens.issued_at - past, expires_at=store.tokens.expires_at - past
    )


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=0.4) as client:
        yield client


async def test_twenty_calls_with_a_refused_token_refresh_once(
    zalo: ZaloFake, zalo_client: ZaloClient, store: MemoryTokenStore
) -> None:
    zalo.access, zalo.free, zalo.slow_refresh = "AT-another", 100, 0.1
    await asyncio.gather(*(zalo_client.send(CITIZEN, HELLO) for _ in range(20)))
    assert (zalo.refreshes, len(zalo.sent)) == (1, 20)
    assert store.tokens is not None and store.tokens.access == zalo.access


async def test_twenty_calls_with_a_due_token_refresh_once(
    zalo: ZaloFake, zalo_client: ZaloClient, store: MemoryTokenStore
) -> None:
    aged(store, 20.5)
    zalo.free = 100
    await asyncio.gather(*(zalo_client.send(CITIZEN, HELLO) for _ in range(20)))
    assert (zalo.refreshes, len(zalo.sent)) == (1, 20)


async def test_two_processes_refresh_once_through_the_store(
    zalo: ZaloFake, zalo_url: str, app: App, store: MemoryTokenStore
) -> None:
    aged(store, 20.5)
    clients = [ZaloClient(app, store, base_url=zalo_url) for _ in range(3)]
    await asyncio.gather(*(client.send(CITIZEN, HELLO) for client in clients))
    await asyncio.gather(*(client.aclose() for client in clients))
    assert zalo.refreshes == 1


async def test_a_fresh_token_is_not_refreshed(zalo: ZaloFake, zalo_client: ZaloClient, store: MemoryTokenStore) -> None:
    aged(store, 19.5)
    await zalo_client.send(CITIZEN, HELLO)
    assert zalo.refreshes == 0


async def test_a_token_refused_twice_is_an_error_and_no_endless_loop(zalo: ZaloFake, zalo_client: ZaloClient) -> None:
    zalo.faults.plan(path="message/cs", times=9, answer={"error": -220})
    with pytest.raises(TransportError) as caught:
        await zalo_client.send(CITIZEN, HELLO)
    assert (caught.value.code, caught.value.permanent, zalo.refreshes) == ("-220", False, 1)


async def test_without_tokens_the_operator_is_asked(zalo_client: ZaloClient, store: MemoryTokenStore) -> None:
    store.tokens = None
    with pytest.raises(TransportError) as caught:
        await zalo_client.send(CITIZEN, HELLO)
    assert caught.value.code in OPERATOR_CODES and caught.value.code == "no_tokens"
    assert (caught.value.permanent, caught.value.ambiguous) == (False, False)


async def test_a_used_refresh_token_asks_for_consent_and_does_not_hammer_zalo(
    zalo: ZaloFake, zalo_client: ZaloClient, store: MemoryTokenStore, zalo_url: str
) -> None:
    zalo.access, zalo.refresh = "AT-another", "RT-another"
    codes = []
    for _ in range(3):
        with pytest.raises(TransportError) as caught:
            await zalo_client.send(CITIZEN, HELLO)
        codes.append(caught.value.code)
    assert codes == ["consent_needed"] * 3
    assert "consent_needed" in OPERATOR_CODES
    await zalo_client.authorize(CODE, VERIFIER)  # the runbook's cure works at once, pause or not
    assert (await zalo_client.send(CITIZEN, HELLO)).provider_message_id


async def test_a_failed_refresh_of_a_living_token_is_no_failure(
    zalo: ZaloFake, zalo_client: ZaloClient, store: MemoryTokenStore
) -> None:
    aged(store, 21)
    zalo.faults.plan(path="access_token", status=502)
    await zalo_client.send(CITIZEN, HELLO)
    await zalo_client.send(CITIZEN, HELLO)
    assert (len(zalo.sent), zalo.refreshes) == (2, 0)


async def test_a_lost_answer_to_a_refresh_never_makes_the_message_ambiguous(
    zalo: ZaloFake, zalo_client: ZaloClient, store: MemoryTokenStore
) -> None:
    aged(store, 26)
    zalo.faults.plan(path="access_token", drop="after")
    with pytest.raises(TransportError) as caught:
        await zalo_client.send(CITIZEN, HELLO)
    assert (caught.value.code, caught.value.ambiguous, caught.value.permanent) == ("oauth_lost", False, False)


async def test_a_cancelled_sender_does_not_lose_the_new_pair(
    zalo: ZaloFake, zalo_client: ZaloClient, store: MemoryTokenStore
) -> None:
    aged(store, 26)
    zalo.slow_refresh = 0.2
    sender = asyncio.create_task(zalo_client.send(CITIZEN, HELLO))
    await asyncio.sleep(0.1)
    sender.cancel()
    await asyncio.gather(sender, return_exceptions=True)
    assert (await zalo_client.send(CITIZEN, HELLO)).provider_message_id
    assert store.tokens is not None and (store.tokens.refresh, zalo.refreshes) == (zalo.refresh, 1)


async def test_closing_waits_for_a_refresh_under_way(
    zalo: ZaloFake, zalo_url: str, app: App, store: MemoryTokenStore
) -> None:
    aged(store, 26)
    zalo.slow_refresh = 0.2
    client = ZaloClient(app, store, base_url=zalo_url)
    sender = asyncio.create_task(client.send(CITIZEN, HELLO))
    await asyncio.sleep(0.1)
    sender.cancel()
    await client.aclose()
    assert store.tokens is not None and store.tokens.refresh == zalo.refresh == "RT-1"


class _CountingStore(MemoryTokenStore):
    """Counts how often its exclusive section is asked for: across processes it costs a lease."""

    entered = 0

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[TokenSlot]:
        self.entered += 1
        async with super().exclusive() as slot:
            yield slot


async def test_twenty_calls_enter_the_exclusive_section_once(
    zalo: ZaloFake, zalo_url: str, app: App, store: MemoryTokenStore
) -> None:
    counting = _CountingStore(store.tokens)
    aged(counting, 26)
    zalo.free = 100
    client = ZaloClient(app, counting, base_url=zalo_url)
    await asyncio.gather(*(client.send(CITIZEN, HELLO) for _ in range(20)))
    await client.aclose()
    assert counting.entered == 1


class _LateStore(MemoryTokenStore):
    """Notes what Zalo's server had seen when the pair was stored."""

    saved_before_use: bool = False
    zalo: ZaloFake | None = None

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[TokenSlot]:
        async with super().exclusive() as slot:
            yield slot
        assert self.zalo is not None
        self.saved_before_use = self.tokens is not None and not self.zalo.sent


async def test_the_new_pair_is_stored_before_it_is_used(
    zalo: ZaloFake, zalo_url: str, app: App, store: MemoryTokenStore
) -> None:
    late = _LateStore(store.tokens)
    late.zalo = zalo
    aged(late, 26)
    client = ZaloClient(app, late, base_url=zalo_url)
    await client.send(CITIZEN, HELLO)
    await client.aclose()
    assert late.saved_before_use


async def test_the_keeper_takes_what_another_process_stored(
    zalo: ZaloFake, http: httpx.AsyncClient, app: App, store: MemoryTokenStore
) -> None:
    keeper = TokenKeeper(http, app, store)
    old = await keeper.access()
    assert store.tokens is not None
    store.tokens = replace(store.tokens, access="AT-newer")
    assert await keeper.access(rejected=old) == "AT-newer"
    assert zalo.refreshes == 0


async def test_a_code_is_exchanged_once(zalo: ZaloFake, http: httpx.AsyncClient, app: App) -> None:
    tokens = await exchange_code(http, app, code=CODE, verifier=VERIFIER)
    assert tokens.expires_at - tokens.issued_at == timedelta(hours=25)
    assert tokens.access == zalo.access
    with pytest.raises(TransportError) as caught:
        await exchange_code(http, app, code=CODE, verifier=VERIFIER)
    assert (caught.value.code, caught.value.permanent) == ("oauth_-14005", True)


async def test_a_wrong_app_secret_is_told(http: httpx.AsyncClient, app: App) -> None:
    with pytest.raises(TransportError) as caught:
        await exchange_code(http, replace(app, secret="wrong"), code=CODE, verifier=VERIFIER)
    assert caught.value.code == "oauth_-14002"


async def test_a_refresh_gives_the_next_pair(http: httpx.AsyncClient, app: App) -> None:
    assert (await refresh_tokens(http, app, "RT-0")).refresh == "RT-1"


@pytest.mark.parametrize(
    ("hours", "due", "expired"), [(0, False, False), (19.9, False, False), (20, True, False), (25, True, True)]
)
def test_a_pair_is_due_after_four_fifths_of_its_life(hours: float, due: bool, expired: bool) -> None:
    start = datetime(2026, 11, 22, tzinfo=UTC)
    tokens = Tokens("a", "r", issued_at=start, expires_at=start + timedelta(hours=25))
    now = start + timedelta(hours=hours)
    assert (tokens.is_due(now), tokens.is_expired(now)) == (due, expired)


async def test_an_unreadable_life_counts_as_an_hour(zalo: ZaloFake, http: httpx.AsyncClient, app: App) -> None:
    zalo.expires_in = "soon"
    tokens = await refresh_tokens(http, app, "RT-0")
    assert tokens.expires_at - tokens.issued_at == timedelta(hours=1)
