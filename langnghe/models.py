"""Tables that only the running program needs: what an integration asked to have stored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedback.base import Base


class ChannelSecret(Base):
    """Tokens of one channel account, encrypted; `version` lets one process at a time replace them."""

    __tablename__ = "channel_secret"

    account: Mapped[str] = mapped_column(String(80), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    claimed_until: Mapped[datetime | None]
    updated_at: Mapped[datetime]
