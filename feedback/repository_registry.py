"""The registry as programs read it: concrete offices and imported procedures, page after page by their keys."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.models import Office
from feedback.registry_models import ImportedProcedure


def list_offices(
    session: Session,
    *,
    agency: str | None = None,
    unit: str | None = None,
    province: str | None = None,
    after: int = 0,
    most: int = 100,
) -> list[Office]:
    """Offices behind number `after`, in the order of their numbers."""
    statement = select(Office).where(Office.id > after)
    for column, value in ((Office.agency, agency), (Office.unit, unit), (Office.province_code, province)):
        if value is not None:
            statement = statement.where(column == value)
    return list(session.scalars(statement.order_by(Office.id).limit(most)))


def office_named(session: Session, *, agency: str, unit: str) -> Office | None:
    """The one office of this agency in this unit."""
    return session.scalars(select(Office).where(Office.agency == agency, Office.unit == unit)).first()


def list_procedures(
    session: Session, *, field: str | None = None, after: str = "", most: int = 100
) -> list[ImportedProcedure]:
    """Imported procedures behind code `after`, in the order of their codes."""
    statement = select(ImportedProcedure).where(ImportedProcedure.code > after)
    if field is not None:
        statement = statement.where(ImportedProcedure.field == field)
    return list(session.scalars(statement.order_by(ImportedProcedure.code).limit(most)))


def imported_procedure(session: Session, code: str) -> ImportedProcedure | None:
    return session.get(ImportedProcedure, code)
