"""The ways by which a matter reaches us, and what people call them."""

from __future__ import annotations

AT_THE_COUNTER = {"truc_tiep": "Trực tiếp tại cơ quan", "dien_thoai": "Điện thoại", "buu_chinh": "Đơn thư, bưu chính"}
"""What an officer enters."""

CHANNELS = {"webchat": "Trang web", "zalo": "Zalo", "telegram": "Telegram", "kin": "Biểu mẫu kín", **AT_THE_COUNTER}


def channel_words(channel: str) -> str:
    """The name within a sentence: "qua trang web"; a brand keeps its capital, a channel without a name its slug."""
    name = CHANNELS.get(channel, channel)
    return name if channel in ("zalo", "telegram") else name[:1].lower() + name[1:]
