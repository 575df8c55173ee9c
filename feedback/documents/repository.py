"""What papers and registers read from the database."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.handling_models import CaseRemark


def last_remark(session: Session, case_id: int, kind: str) -> str:
    """The latest words of this kind that a move carried; empty where there are none."""
    mine = (CaseRemark.case_id == case_id, CaseRemark.kind == kind)
    return session.scalars(select(CaseRemark.text).where(*mine).order_by(CaseRemark.id.desc()).limit(1)).first() or ""
