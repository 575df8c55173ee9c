"""The one place where the program is put together: settings in, running parts out."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import httpx
import structlog
from fastapi import FastAPI

from bot.intake import Intake
from bot.wake import Waker
from feedback.base import utc_now
from feedback.database import Database
from integrations.channel import ChannelClient, ChannelName
from langnghe.logs import configure_logs
from langnghe.settings import Settings

log = structlog.get_logger(__name__)
