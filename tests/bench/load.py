"""A lean HTTP client for the intake benchmark: raw keep-alive connections on loopback, bounded in count and time."""

from __future__ import annotations

import asyncio
import json
import time
import uuid

CONNECTIONS = 32


async def post_messages(port: int, conversations: list[str], *, count: int, seconds: float) -> tuple[int, float]:
    """Post up to `count` messages over 32 connections for at most `seconds`; (acknowledged, seconds taken)."""
    left = iter(range(count))
    stop_at = time.perf_counter() + seconds
    start = time.perf_counter()
    done = await asyncio.gather(
        *(_connection(port, conversations[n % len(conversations)], left, stop_at) for n in range(CONNECTIONS))
    )
    return sum(done), time.perf_counter() - start


async def _connection(port: int, conversation: str, left, stop_at: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    acknowledged = 0
    try:
        for number in left:
            if time.perf_counter() > stop_at:
                break
            body = json.dumps({"id": str(uuid.uuid4()), "text": f"tin nhắn thử tải số {number}"}).encode()
            writer.write(
                f"POST /api/chat/{conversation}/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            acknowledged += await _status(reader) == 202
    finally:
        writer.close()
    return acknowledged


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = head.split("\r\n")
    length = next((int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")), 0)
    await reader.readexactly(length)
    return int(lines[0].split()[1])
