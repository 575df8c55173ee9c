"""A point in time as programs send it: without a zone it is Vietnam's, and it lies in our age."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from feedback.base import VIETNAM

FIRST_YEAR, LAST_YEAR = 1900, 2200


def _placed(given: datetime) -> datetime:
    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        raise PydanticCustomError("year", "year")
    return given.replace(tzinfo=VIETNAM) if given.tzinfo is None else given


Moment = Annotated[datetime, AfterValidator(_placed)]
