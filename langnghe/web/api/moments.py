"""Days and points in time as programs send them: without a zone they are Vietnam's, and they lie in our age."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from feedback.base import VIETNAM

FIRST_YEAR, LAST_YEAR = 1900, 2200


def _of_our_age(given: date) -> date:
    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        raise PydanticCustomError("year", "year")
    return given


def _placed(given: datetime) -> datetime:
    _of_our_age(given)
    return given.replace(tzinfo=VIETNAM) if given.tzinfo is None else given


Day = Annotated[date, AfterValidator(_of_our_age)]
Moment = Annotated[datetime, AfterValidator(_placed)]
