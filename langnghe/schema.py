"""The whole schema: importing this module registers the tables of every package."""

from __future__ import annotations

import bot.models  # noqa: F401
import feedback.handling_models
import feedback.models
import feedback.registry_models
import feedback.reminder_models
import feedback.secrecy_models  # noqa: F401
import langnghe.models  # noqa: F401
import surveys.models
import surveys.rounds.models  # noqa: F401
from feedback.base import Base

metadata = Base.metadata
