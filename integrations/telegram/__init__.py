"""Telegram: webhook check and update parser; the client is in `integrations.telegram.client`, which imports slowly."""

from integrations.telegram.updates import next_offset, parse_update
from integrations.telegram.webhook import SECRET_HEADER, bot_id_of, verify_secret

SETUP_HELP = (
    "Chưa có mã bot Telegram. Cách lấy trong một phút: mở Telegram, tìm @BotFather (có dấu xanh), gửi /newbot, "
    "đặt tên hiển thị rồi đặt tên người dùng kết thúc bằng «bot»; BotFather trả về một mã dạng 1234567890:AA... "
    "Ghi mã đó vào biến LANGNGHE_TELEGRAM_TOKEN rồi chạy lại. Chi tiết: docs/channels.md"
)

__all__ = ["SECRET_HEADER", "SETUP_HELP", "bot_id_of", "next_offset", "parse_update", "verify_secret"]
