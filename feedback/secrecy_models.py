"""What keeps a denunciation secret: the one-time form, and who looked at what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base import Base

LOOKS = ("case", "identity", "file", "paper", "message")
"""What a look was at: the case itself, who sent it, one of its files, a paper drawn from it, a message set aside."""


class SecretForm(Base):
    """A web form that takes one denunciation. The row goes when it was used: nothing ties the case to a chat.

    Only the hash of the link's capability is kept, no citizen and no conversation.
    """

    __tablename__ = "secret_form"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class RestrictedLook(Base):
    """Who looked at something restricted, at what, and when; appended, never edited.

    `case_id` is null for a message that was set aside before it became a case (`inbox_id`).
    """

    __tablename__ = "restricted_look"
    __table_args__ = (CheckConstraint("what in ('case','identity','file','paper','message')", name="what"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    inbox_id: Mapped[int | None]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    what: Mapped[str] = mapped_column(String(10), default="case")
    at: Mapped[datetime]
