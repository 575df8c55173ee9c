"""What may leave the country and where it can be read, from this installation's settings."""

from __future__ import annotations

from bot.notices import NoticePolicy
from langnghe.settings import Settings


def notice_policy(settings: Settings) -> NoticePolicy:
    return NoticePolicy(
        telegram_full_text=settings.telegram_full_text, read_link=lambda key: f"{settings.base_url}/answers/{key}"
    )
