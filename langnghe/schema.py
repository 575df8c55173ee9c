"""The whole schema: importing this module registers the tables of every package."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.schema import SchemaItem

import bot.models  # noqa: F401
import feedback.case_lists
import feedback.handling_models
import feedback.ledger_models
import feedback.models
import feedback.registry_models
import feedback.reminder_models
import feedback.secrecy_models
import feedback.work_models  # noqa: F401
import langnghe.models  # noqa: F401
import surveys.models
import surveys.rounds.models  # noqa: F401
from feedback.base import Base

metadata = Base.metadata


def belongs(dialect: str) -> Callable[..., bool]:
    """Alembic's `include_object`: leaves out the indexes that only another database has."""

    def include(item: SchemaItem, _name: str | None, _kind: str, _reflected: bool, _compared: object) -> bool:
        return bool(item.info.get("only", dialect) == dialect)

    return include
