"""The lists of cases: which rows, in which order, and the index that holds each of them.

Each index holds the rows of its list only, in the list's order, for one office and for all: a page and a count read
nothing else, however many cases there are. A query uses it when it repeats the list's condition as it stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Index, literal_column

from feedback.base import only_on_postgresql
from feedback.models import Case

IS_OPEN = Case.stage == literal_column("'open'")
IS_ANSWERED = Case.stage == literal_column("'answered'")
IN_LISTS = Case.restricted.is_(False)
IN_RESTRICTED_LIST = Case.restricted.is_(True)

BY_URGENCY = (Case.urgent.desc(), Case.due_at.asc().nulls_last(), Case.id.asc())
BY_ANSWER = (Case.answered_at.desc().nulls_last(), Case.id.desc())
BY_RECEIPT = (Case.received_at.desc(), Case.id.desc())


def _index(name: str, *columns: Any, where: ColumnElement[bool] | None = None, also: Sequence[str] = ()) -> Index:
    return Index(name, *columns, postgresql_where=where, sqlite_where=where, postgresql_include=list(also) or None)


_index("ix_case_open", Case.office_id, Case.urgent.desc(), Case.due_at, Case.id, where=IS_OPEN & IN_LISTS)
_index("ix_case_open_all", Case.urgent.desc(), Case.due_at, Case.id, where=IS_OPEN & IN_LISTS)
_index("ix_case_office", Case.office_id, Case.received_at, Case.id, where=IN_LISTS, also=["stage"])
_index("ix_case_received", Case.received_at, Case.id)
_index("ix_case_restricted", Case.office_id, Case.received_at, Case.id, where=IN_RESTRICTED_LIST)
only_on_postgresql(_index("ix_case_answered", Case.office_id, *BY_ANSWER, where=IS_ANSWERED & IN_LISTS))
only_on_postgresql(_index("ix_case_answered_all", *BY_ANSWER, where=IS_ANSWERED & IN_LISTS))
