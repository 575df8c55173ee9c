"""Tables that only the running program needs: what an integration asked to have stored, tokens of other programs and
what these sent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.base import Base
from feedback.models import Case, Office, Staff


class ChannelSecret(Base):
    """Tokens of one channel account, encrypted; `version` lets one process at a time replace them."""

    __tablename__ = "channel_secret"

    account: Mapped[str] = mapped_column(String(80), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    claimed_until: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class ApiToken(Base):
    """A token of the API. Only its hash is kept; `prefix` is its open part, by which people tell tokens apart."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(String(12), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    scopes: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]

    staff: Mapped[Staff] = relationship()


class ApiEntry(Base):
    """What a program was told when it entered a case: under its key the same is told again, whatever came of it.

    `digest` is the SHA-256 of what was sent, so that a key with other content is noticed; `told` whether it was given
    the code.
    """

    __tablename__ = "api_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    effect_key: Mapped[str] = mapped_column(String(80), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    told: Mapped[bool]

    case: Mapped[Case] = relationship()
    office: Mapped[Office] = relationship()
