"""Sends the parts of one message in order, honest about a message that went out only in part."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from integrations.channel import OutgoingMessage, Sent, TransportError

_TRIES = 3
_LONGEST_WAIT = 5.0


async def send_parts(
    parts: Sequence[OutgoingMessage], send_one: Callable[[OutgoingMessage], Awaitable[Sent]], *, pause: float = 1.0
) -> Sent:
    """What `send_one` said of the last part.

    A failure of the first part is raised as it is: nothing went out. A later part that fails for a passing reason is
    tried again here; if it still fails the error is ambiguous, since repeating the message would repeat its beginning.
    """
    if not parts:
        raise TransportError("empty_message", permanent=True)
    sent = await send_one(parts[0])
    for part in parts[1:]:
        sent = await _insist(part, send_one, pause)
    return sent


async def _insist(part: OutgoingMessage, send_one: Callable[[OutgoingMessage], Awaitable[Sent]], pause: float) -> Sent:
    for tries_left in reversed(range(_TRIES)):
        try:
            return await send_one(part)
        except TransportError as error:
            wait = pause if error.retry_after is None else error.retry_after
            if error.permanent or error.ambiguous or not tries_left or wait > _LONGEST_WAIT:
                raise TransportError(f"partial_{error.code}", ambiguous=True, detail=error.detail) from error
            await asyncio.sleep(wait)
    raise AssertionError("unreachable")
