"""Procedures that an installation imported: the official codes with what the source says of each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base import Base


class ImportedProcedure(Base):
    """One administrative procedure. Nothing is inferred: an empty field is "chưa có dữ liệu"."""

    __tablename__ = "procedure"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    aliases: Mapped[str | None] = mapped_column(Text)
    field: Mapped[str | None] = mapped_column(String(24), index=True)
    field_name: Mapped[str | None] = mapped_column(String(200))
    level: Mapped[str | None] = mapped_column(String(200))
    agency: Mapped[str | None] = mapped_column(Text)
    issuing_body: Mapped[str | None] = mapped_column(String(300))
    scope: Mapped[str | None] = mapped_column(String(200))
    processing_time: Mapped[str | None] = mapped_column(Text)
    fee: Mapped[str | None] = mapped_column(Text)
    decision: Mapped[str | None] = mapped_column(String(200))
    url: Mapped[str | None] = mapped_column(String(400))
    imported_at: Mapped[datetime]
