"""The one place where the program is put together: settings in, running parts out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from fastapi import FastAPI

from bot.actions.executor import ActionError, ActionServer
from bot.actions.registry import all_actions, warm_up
from bot.attachments import Attachments
from bot.engine import RasaEngine
from bot.intake import Intake
from bot.notices import Notices
from bot.outbox import OutboxSender, SenderOptions
from bot.survey_clock import SurveyClock
from bot.telegram_poll import TelegramPoller
from bot.telegram_webhook import TelegramWebhook
from bot.turn import Turns
from bot.wake import Listener, Waker, Wakes
from bot.worker import Worker, WorkerOptions
from feedback.base import utc_now
from feedback.database import Database
from integrations.channel import ChannelClient
from integrations.email.client import SmtpMailer, SmtpServer
from langnghe.ledger_clock import LedgerClock
from langnghe.logs import configure_logs
from langnghe.migrate import is_current
from langnghe.notice_policy import notice_policy
from langnghe.secrets_file import installation_key
from langnghe.settings import Settings
from langnghe.staff_clock import StaffClock
from langnghe.trackers import forgetter, tracker_file
from langnghe.web import anchor_page, answer_page, secret_page, survey_page
from langnghe.web.api.program import api_routers, install_api
from langnghe.web.app import create_app
from langnghe.web.limits import UNLIMITED, ChatRates
from langnghe.web.services import OtherWay, ReadyCheck, WebServices
from langnghe.web.staff_pages import install_staff_pages, staff_routers
from langnghe.web.webhooks import telegram_reader, zalo_reader
from nlu.ratings import understand as understand_rating
from surveys import chat as surveys
from surveys.due import Due

log = structlog.get_logger(__name__)


def web_application(settings: Settings) -> FastAPI:
    """The HTTP application with its real parts."""
    configure_logs(settings.log_level)
    database = Database(settings.sqlalchemy_url, deadlines=settings.deadlines)
    waker = Waker(settings.wake_worker_port)
    engine = rasa_engine(settings)
    services = WebServices(
        settings=settings,
        database=database,
        clock=utc_now,
        intake=Intake(database, utc_now, waker.wake, storing=settings.storing),
        wake_worker=waker.wake,
        actions=_Actions(_warm_actions(settings, database)),
        zalo=zalo_reader(settings),
        telegram=telegram_reader(settings),
        ready_checks=(
            ReadyCheck("database", lambda: asyncio.to_thread(is_current, settings.sqlalchemy_url), required=True),
            ReadyCheck("engine", engine.ready),
        ),
        rates=ChatRates() if settings.chat_limits else UNLIMITED,
        other_ways=_other_ways(settings),
    )
    app = create_app(
        services,
        routers=(
            answer_page.router,
            anchor_page.router,
            secret_page.router(),
            survey_page.router(),
            *staff_routers(),
            *api_routers(),
        ),
    )
    install_staff_pages(app)
    install_api(app, services)
    return app


def rasa_engine(settings: Settings) -> RasaEngine:
    return RasaEngine(
        settings.engine_url,
        timeout=settings.engine_timeout,
        forget_rows=forgetter(tracker_file(settings.data_dir)),
    )


def _warm_actions(settings: Settings, database: Database) -> ActionServer:
    """The actions, with everything loaded that the first citizen would otherwise wait for."""
    actions = all_actions(
        home_province=settings.home_province,
        served=settings.provinces,
        secret_link=lambda token: f"{settings.base_url}/kin/{token}",
    )
    server = ActionServer(actions, database, utc_now)
    server.warm()
    warm_up(home_province=settings.home_province)
    return server


class _Actions:
    """The action server as the route sees it: a status and a body."""

    def __init__(self, server: ActionServer) -> None:
        self._server = server

    async def run(self, call: Mapping[str, Any]) -> tuple[int, Mapping[str, Any] | None]:
        try:
            return 200, await self._server.run(call)
        except ActionError as error:
            return error.status, error.as_body()


def _other_ways(settings: Settings) -> tuple[OtherWay, ...]:
    if not settings.zalo_oa_id:
        return ()
    return (OtherWay("Zalo", f"https://zalo.me/{settings.zalo_oa_id}"),)


@dataclass(slots=True)
class Channels:
    """The clients of the channels that are set up, by name."""

    clients: dict[str, ChannelClient] = field(default_factory=dict)

    async def aclose(self) -> None:
        for client in self.clients.values():
            await client.aclose()


def channel_clients(settings: Settings, database: Database) -> Channels:
    """Imports a channel's library only when the channel is on."""
    channels = Channels()
    token = settings.telegram_token.get_secret_value()
    if token:
        from integrations.telegram.client import TelegramClient

        channels.clients["telegram"] = TelegramClient(token, base_url=settings.telegram_api)
    if settings.zalo_app_id:
        channels.clients["zalo"] = _zalo_client(settings, database)
    return channels


def _zalo_client(settings: Settings, database: Database) -> ChannelClient:
    from integrations.zalo.client import ZaloClient
    from integrations.zalo.media import MediaPolicy
    from integrations.zalo.oauth import App
    from langnghe.zalo_tokens import DatabaseTokenStore

    store = DatabaseTokenStore(
        database,
        account=f"zalo:{settings.zalo_oa_id}",
        key=settings.secret_key.get_secret_value(),
        first_refresh=settings.zalo_refresh_token.get_secret_value(),
        clock=utc_now,
    )
    app = App(settings.zalo_app_id, settings.zalo_app_secret.get_secret_value(), settings.zalo_oauth)
    policy = MediaPolicy(hosts=tuple(host.strip() for host in settings.zalo_media_hosts.split(",")))
    return ZaloClient(app, store, base_url=settings.zalo_api, buttons=settings.zalo_buttons, policy=policy)


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """The worker process: turns, due rows, deliveries and, without a webhook, Telegram's updates."""
    configure_logs(settings.log_level)
    database = Database(settings.sqlalchemy_url, deadlines=settings.deadlines)
    channels = channel_clients(settings, database)
    engine = rasa_engine(settings)
    app_waker = Waker(settings.wake_app_port)
    sender = OutboxSender(
        database, channels.clients, clock=utc_now, options=SenderOptions(poll_seconds=settings.poll_seconds)
    )
    worker = _worker(settings, database, channels, engine, Wakes(app=app_waker.wake_conversation, sender=sender.wake))
    async with AsyncExitStack() as stack:
        stack.callback(database.dispose)
        stack.push_async_callback(channels.aclose)
        stack.push_async_callback(engine.aclose)
        await _listen(settings.wake_worker_port, worker, stack)
        runners: list[Any] = [worker, sender] if channels.clients else [worker]
        runners.append(staff_clock(settings, database))
        runners.append(ledger_clock(settings, database))
        runners.append(survey_clock(settings, database, Wakes(app=app_waker.wake_conversation, sender=sender.wake)))
        if "telegram" in channels.clients:
            runners.append(_telegram_updates(settings, database, channels, worker, stack))
        log.info("worker_started", channels=sorted(channels.clients))
        await _run_until(stop, runners)


def survey_clock(settings: Settings, database: Database, wakes: Wakes) -> SurveyClock:
    """Invitations, reminders and lapses of the surveys, and the release of what may be counted."""
    return SurveyClock(
        database,
        utc_now,
        Due(least=settings.suppress_below),
        link=lambda token: f"{settings.base_url}/surveys/{token}",
        wakes=wakes,
    )


def staff_clock(settings: Settings, database: Database) -> StaffClock:
    """Reminders to staff; by e-mail too when a mail server is set up."""
    return StaffClock(
        database, utc_now, base_url=settings.base_url, settings=settings.deadlines, mailer=_mailer(settings)
    )


def ledger_clock(settings: Settings, database: Database) -> LedgerClock:
    """The periodic anchors of the ledger."""
    secret = installation_key(settings.secret_key.get_secret_value(), settings.data_dir)
    return LedgerClock(database, utc_now, secret=secret, every=timedelta(minutes=settings.anchor_minutes))


def _mailer(settings: Settings) -> SmtpMailer | None:
    if not settings.smtp_host:
        return None
    return SmtpMailer(
        SmtpServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            username=settings.smtp_username,
            password=settings.smtp_password.get_secret_value(),
            sender=settings.smtp_sender,
        )
    )


async def _listen(port: int, worker: Worker, stack: AsyncExitStack) -> None:
    """A second worker on this machine finds the port taken: it looks for work every `poll_seconds`."""
    try:
        listener = await Listener.listen(port, worker.wake)
    except OSError:
        log.warning("wake_port_taken", port=port)
        return
    stack.callback(listener.close)


def _telegram_updates(
    settings: Settings, database: Database, channels: Channels, worker: Worker, stack: AsyncExitStack
) -> TelegramWebhook | TelegramPoller:
    """How updates come: by the webhook that the application serves, when it has a secret, otherwise by polling."""
    client: Any = channels.clients["telegram"]
    secret = settings.telegram_secret.get_secret_value()
    if secret:
        return TelegramWebhook(client, f"{settings.base_url}/webhooks/telegram", secret)
    intake = Intake(database, utc_now, worker.wake)
    stack.push_async_callback(intake.aclose)
    return TelegramPoller(client, intake)


def _worker(settings: Settings, database: Database, channels: Channels, engine: RasaEngine, wakes: Wakes) -> Worker:
    return Worker(
        database,
        engine,
        Turns(surveys=surveys, understand_rating=understand_rating, reopen_days=settings.reopen_days),
        clock=utc_now,
        notices=Notices(database, utc_now, notice_policy(settings)),
        files=Attachments(channels.clients, utc_now),
        wakes=wakes,
        options=WorkerOptions(
            conversations=settings.worker_conversations,
            lease=timedelta(seconds=settings.lease_seconds),
            poll_seconds=settings.poll_seconds,
            keep=timedelta(days=settings.tracker_days),
        ),
    )


async def _run_until(stop: asyncio.Event, runners: list[Any]) -> None:
    """Run all until `stop`; when one ends by itself, its error ends the process, which its service manager restarts."""
    tasks = [asyncio.create_task(runner.run()) for runner in runners]
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for runner in runners:
        runner.stop()
    stopped.cancel()
    await asyncio.gather(*tasks)
