"""The worker: takes conversations that have new messages, runs their turns in order, and settles what crashes left.

A turn costs two write transactions: the claim (which also begins the first message) and the closing one (replies, done
mark, next message or release). Between them lie only a read and the engine.

After a crash, or any turn whose outcome is unknown, the inbox row is `unsettled` and the engine is asked first:
- not saved: repeat; effects are keyed by the inbox row, so nothing happens twice;
- saved, and each custom action has an ok receipt: the replies are rebuilt from the tracker;
- saved, but a receipt failed or is missing: the engine believes in an action that did not happen. The turn is taken
  back in the tracker and repeated, as if the message had never been read.
A live turn is believed without looking at the tracker when it gave replies and receipts, all of them ok.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from bot import attachments, closing, repository
from bot.attachments import Attachments
from bot.clocks import Clocks
from bot.closing import ActionsMissing, Times, Unproven
from bot.delays import Delays
from bot.engine import DialogueEngine, EngineError, EngineReply, EngineUnavailable, SavedTurn
from bot.notices import Notices
from bot.repository import Claim, LeaseLost
from bot.sealing import is_sealed
from bot.steps import Ask, Local, Step
from bot.threads import DatabaseThreads
from bot.turn import Turns, engine_outcome
from bot.wake import Wakes, nap
from feedback.base import Clock
from feedback.database import Database

_LOG = structlog.get_logger(__name__)


class TurnLost(EngineError):
    """The connection broke in the middle of a turn. It counts as a try, since this message may be what breaks it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """`keep`: how long the engine keeps what was said in a session that is over.

    `patience`: how long a missing action endpoint is taken for an outage instead of a bad message.

    `silence`: how long a citizen may wait for an answer before being told that there is a delay.
    """

    conversations: int = 8
    lease: timedelta = timedelta(seconds=90)
    poll_seconds: float = 2.0
    max_attempts: int = 5
    longest_pause: float = 15.0
    patience: timedelta = timedelta(minutes=15)
    silence: timedelta = timedelta(seconds=10)
    keep: timedelta = timedelta(days=30)


class Worker:
    """Any number of workers may run beside each other, in one process or in several."""

    def __init__(
        self,
        database: Database,
        engine: DialogueEngine,
        turns: Turns,
        *,
        clock: Clock,
        notices: Notices,
        files: Attachments,
        wakes: Wakes | None = None,
        options: WorkerOptions | None = None,
    ) -> None:
        self._database, self._engine, self._turns, self._clock = database, engine, turns, clock
        self._notices, self._files = notices, files
        self._wakes = wakes or Wakes()
        self._options = options or WorkerOptions()
        self._woken = asyncio.Event()
        self._clocks_woken = asyncio.Event()
        self._stopping = False
        self._full = False
        self._held: dict[int, Claim] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._outages: dict[int, int] = {}
        self._threads = DatabaseThreads(database)
        self._clocks = Clocks(
            self._threads,
            engine,
            clock=clock,
            notices=notices,
            delays=Delays(database, clock, patience=self._options.silence),
            wakes=self._wakes,
            pause=timedelta(seconds=self._options.poll_seconds),
            long_pause=timedelta(seconds=self._options.longest_pause),
        )

    # ---- the loop

    def wake(self, _payload: bytes = b"") -> None:
        """Look again now; to be called from the event loop."""
        self._woken.set()

    def stop(self) -> None:
        """Take nothing new; `run` returns when what has begun is over."""
        self._stopping = True
        self.wake()

    async def run(self) -> None:
        """Work until `stop`. Due rows are looked for at each wake-up, and every `poll_seconds` without one."""
        duties = (self._tick(self._clocks.round), self._keep_claims(), self._watch_delays())
        clocks = [asyncio.create_task(duty) for duty in duties]
        try:
            while not self._stopping:
                self._woken.clear()
                await self._guarded(self._take_work)
                self._clocks_woken.set()
                await nap(self._woken, self._options.poll_seconds)
            if self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            for task in clocks:
                task.cancel()
            await asyncio.gather(*clocks, return_exceptions=True)
            self.close()

    async def drain(self) -> None:
        """Do all that is due now, and return: for tests and for tools. What a task raises comes out here."""
        while True:
            await self._take_work()
            if not self._tasks:
                if not await self._clocks.round():
                    return
                continue
            await asyncio.gather(*self._tasks)

    def close(self) -> None:
        self._threads.close()

    async def _take_work(self) -> None:
        room = self._options.conversations - len(self._tasks)
        self._full = room <= 0
        if self._full:
            return
        lease = self._options.lease
        claims = await self._threads.write(
            lambda session: repository.claim_conversations(session, limit=room, now=self._clock(), lease=lease)
        )
        self._full = len(claims) == room
        for claim in claims:
            self._held[claim.conversation_id] = claim
            task = asyncio.create_task(self._converse(claim))
            self._tasks.add(task)
            task.add_done_callback(functools.partial(self._ended, claim))

    def _ended(self, claim: Claim, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        held = self._held.get(claim.conversation_id)
        if held is not None and held.token == claim.token:
            del self._held[claim.conversation_id]
        if not task.cancelled() and task.exception() is not None:
            # The database was away when the outcome had to be written: the claim runs out, and the row is settled.
            _LOG.error("conversation_dropped", inbox_id=claim.message.id, error=type(task.exception()).__name__)
        if self._full or self._notices.held_up:
            self.wake()

    async def _tick(self, duty: Callable[[], Any]) -> None:
        """The clocks run beside the messages: by time, and at each wake-up, once its messages have been taken."""
        while not self._stopping:
            self._clocks_woken.clear()
            await self._guarded(duty)
            await nap(self._clocks_woken, self._options.poll_seconds)

    async def _guarded(self, duty: Callable[[], Any]) -> None:
        """The worker's loop survives anything that a round may throw; what is due stays due."""
        try:
            await duty()
        except Exception as error:  # noqa: BLE001 - the worker's loop
            _LOG.error("worker_round_failed", error=type(error).__name__)
            await asyncio.sleep(1.0)

    async def _keep_claims(self) -> None:
        """Renew the claims of what is being worked on, so that a slow turn is not taken for a dead worker."""
        while True:
            await asyncio.sleep(self._options.lease.total_seconds() / 3)
            tokens = [claim.token for claim in self._held.values()]
            if tokens:
                await self._guarded(functools.partial(self._renew, tokens))

    async def _renew(self, tokens: list[str]) -> None:
        until = self._clock() + self._options.lease
        await self._threads.write(lambda session: repository.renew(session, tokens, until=until))

    # ---- one conversation

    async def _converse(self, first: Claim) -> None:
        """This conversation's new messages, one after the other, until there are none."""
        claim: Claim | None = first
        while claim is not None and not self._stopping:
            claim = await self._one_message(claim)
        if claim is not None:
            await self._put_back(claim)

    async def _put_back(self, claim: Claim) -> None:
        with contextlib.suppress(LeaseLost):
            await self._threads.write(lambda session: closing.put_back(claim, session=session, now=self._clock()))

    async def _one_message(self, claim: Claim) -> Claim | None:
        started = time.perf_counter()
        try:
            following = await self._handle(claim)
        except LeaseLost:
            _LOG.warning("claim_lost", inbox_id=claim.message.id)
            return None
        except EngineError as error:
            return await self._after_engine(claim, error)
        except Exception as error:  # noqa: BLE001 - the worker's loop: the row is tried again, then set aside
            return await self._fail(claim, type(error).__name__)
        self._outages.pop(claim.conversation_id, None)
        _LOG.info("turn_done", inbox_id=claim.message.id, ms=round((time.perf_counter() - started) * 1000, 1))
        return following

    async def _after_engine(self, claim: Claim, error: EngineError) -> Claim | None:
        """An outage leaves the row as it was; whatever may be the message's own fault counts as a try."""
        patient = self._clock() - claim.message.received_at < self._options.patience
        if isinstance(error, EngineUnavailable):
            await self._postpone(claim, error.reason, started=error.started)
            return None
        if isinstance(error, ActionsMissing) and patient:
            await self._postpone(claim, error.reason, started=True)
            return None
        return await self._fail(claim, error.reason, tell=isinstance(error, TurnLost))

    async def _handle(self, claim: Claim) -> Claim | None:
        if claim.message.attempts > self._options.max_attempts:
            return await self._close(functools.partial(closing.set_aside, claim, reason="crashes"), claim)
        if attachments.waiting(claim) and not is_sealed(claim.awaiting, now=self._clock()):
            fetched = await self._files.fetch(claim)
            claim = await self._threads.write(functools.partial(self._files.keep, claim=claim, fetched=fetched))
        step = await self._plan(claim)
        if isinstance(step, Local):
            done, following = await self._close_local(claim, step)
            if done:
                return following
            step = await self._plan(claim, survey=False)
            if isinstance(step, Local):
                return (await self._close_local(claim, step))[1]
        return await self._ask(claim, step)

    async def _plan(self, claim: Claim, *, survey: bool = True) -> Step:
        return await self._threads.read(
            lambda session: self._turns.plan(session, claim, now=self._clock(), survey=survey)
        )

    async def _close_local(self, claim: Claim, step: Local) -> tuple[bool, Claim | None]:
        """(whether the step was for us, the next message)."""
        try:
            return True, await self._close(functools.partial(closing.local, claim, step=step), claim)
        except closing.Declined:
            return False, None

    async def _ask(self, claim: Claim, step: Ask) -> Claim | None:
        if claim.message.unsettled:
            saved = await self._engine.saved_turn(claim.sender, claim.message.id)
            if saved is not None:
                try:
                    return await self._close_engine(claim, step, saved.replies, saved)
                except (Unproven, closing.ActionFailed) as error:
                    _LOG.warning("turn_taken_back", inbox_id=claim.message.id, reason=error.reason)
                    await self._engine.take_back(claim.sender, claim.message.id)
        if claim.message.attempts > 1 or claim.message.unsettled:
            await self._threads.write(lambda session: repository.drop_failed_receipts(session, claim.message.id))
        replies = await self._run_turn(claim, step.text)
        try:
            return await self._close_engine(claim, step, replies, None)
        except Unproven:
            return await self._close_engine(claim, step, *await self._proof(claim))

    async def _run_turn(self, claim: Claim, text: str) -> Sequence[EngineReply]:
        metadata = {
            "inbox_id": claim.message.id,
            "conversation_id": claim.conversation_id,
            "citizen_id": claim.citizen_id,
            "channel": claim.channel,
        }
        try:
            return await self._engine.turn(claim.sender, text, metadata)
        except EngineUnavailable as error:
            if error.started:
                raise TurnLost(error.reason) from None
            raise

    async def _proof(self, claim: Claim) -> tuple[Sequence[EngineReply], SavedTurn]:
        """What the tracker says of a turn that proved nothing by itself."""
        if not await self._engine.ready():
            raise EngineUnavailable("no_model")
        saved = await self._engine.saved_turn(claim.sender, claim.message.id)
        if saved is None:
            raise EngineError("turn_not_saved")
        return saved.replies, saved

    # ---- closing

    async def _close_engine(
        self, claim: Claim, step: Ask, replies: Sequence[EngineReply], saved: SavedTurn | None
    ) -> Claim | None:
        outcome = engine_outcome(claim, step, replies)
        actions = saved.actions if saved is not None else None
        silent = not any(item.text.strip() or item.custom for item in replies)
        close = functools.partial(closing.engine, claim, outcome=outcome, silent=silent, actions=actions)
        return await self._close(close, claim)

    async def _close(self, close: Callable[..., Claim | None], claim: Claim) -> Claim | None:
        """Run a closing transaction, then wake who waits for its outbox rows."""
        times = Times(self._options.lease, self._options.keep)
        following = await self._threads.write(lambda session: close(session=session, now=self._clock(), times=times))
        self._tell(claim)
        return following

    async def _postpone(self, claim: Claim, reason: str, *, started: bool) -> None:
        tries = self._outages[claim.conversation_id] = self._outages.get(claim.conversation_id, 0) + 1
        pause = min(self._options.longest_pause, 2.0 ** (tries - 1))
        _LOG.warning("turn_postponed", inbox_id=claim.message.id, reason=reason, pause=pause)
        await self._let_go(functools.partial(closing.postpone, claim, started=started), claim, pause)

    async def _fail(self, claim: Claim, reason: str, *, tell: bool = False) -> Claim | None:
        _LOG.error("turn_failed", inbox_id=claim.message.id, reason=reason, attempts=claim.message.attempts)
        if claim.message.attempts >= self._options.max_attempts:
            return await self._close(functools.partial(closing.set_aside, claim, reason=reason), claim)
        pause = min(self._options.longest_pause, 2.0 ** (claim.message.attempts - 1))
        await self._let_go(functools.partial(closing.retry_later, claim, reason=reason, tell=tell), claim, pause)
        return None

    async def _let_go(self, close: Callable[..., None], claim: Claim, pause: float) -> None:
        again_at = self._clock() + timedelta(seconds=pause)
        try:
            await self._threads.write(lambda session: close(session=session, now=self._clock(), again_at=again_at))
        except LeaseLost:
            return
        self._tell(claim)
        asyncio.get_running_loop().call_later(pause + 0.01, self.wake)

    def _tell(self, claim: Claim) -> None:
        self._wakes.tell(claim.conversation_id, claim.channel)

    async def _watch_delays(self) -> None:
        """Beside the other clocks, which a hanging engine may hold up."""
        while True:
            await asyncio.sleep(self._options.poll_seconds)
            await self._guarded(self._clocks.tell_delays)
