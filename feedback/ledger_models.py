"""The global chain that anchors the ledgers of all cases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base import Base


class LedgerAnchor(Base):
    """One link of the global chain: the heads of all cases that moved since the link before it.

    Its window of events is (`after_event_id`, `up_to_event_id`]; `hash` covers the link before, the time and the heads;
    `seal` is the hash keyed with the installation's secret, which is not in the database.
    """

    __tablename__ = "ledger_anchor"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    after_event_id: Mapped[int]
    up_to_event_id: Mapped[int]
    heads: Mapped[int]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    seal: Mapped[str] = mapped_column(String(64))


class LedgerHead(Base):
    """The last row of a case's chain as an anchor saw it. Appended; it stays when somebody deletes the row itself."""

    __tablename__ = "ledger_head"
    __table_args__ = (Index("ix_ledger_head_case", "case_id", "seq"),)

    anchor_id: Mapped[int] = mapped_column(ForeignKey("ledger_anchor.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
