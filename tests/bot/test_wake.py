"""Wake-ups over loopback."""

from __future__ import annotations

import asyncio
import time

from bot.wake import Listener, Waker, nap


async def test_a_wake_up_arrives_with_its_payload() -> None:
    heard: list[bytes] = []
    listener = await Listener.listen(0, heard.append)
    waker = Waker(listener.port)
    waker.wake()
    waker.wake_conversation(42)
    async with asyncio.timeout(5):
        while len(heard) < 2:
            await asyncio.sleep(0.005)
    assert heard == [b"", b"42"]
    listener.close()
    waker.close()


def test_nobody_listening_is_no_error() -> None:
    waker = Waker(9)
    for _ in range(3):
        waker.wake(b"x")
    waker.close()


async def test_a_nap_ends_at_the_event_or_by_time_and_can_be_cancelled() -> None:
    event = asyncio.Event()
    started = time.perf_counter()
    await nap(event, 0.05)
    assert time.perf_counter() - started >= 0.04
    event.set()
    await nap(event, 60)
    event.clear()
    task = asyncio.create_task(nap(event, 60))
    await asyncio.sleep(0)
    event.set()
    task.cancel()
    await asyncio.wait([task])
    assert task.done()
