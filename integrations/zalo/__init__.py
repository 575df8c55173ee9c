"""Zalo Official Account: webhook check and event parser; the client is in `integrations.zalo.client`."""

from integrations.zalo.events import parse_event
from integrations.zalo.webhook import is_console_check, verify

SETUP_HELP = (
    "Chưa cấu hình Zalo OA. Cần: (1) một Official Account đã xác thực, có gói dịch vụ cho phép gọi API; "
    "(2) một ứng dụng tại developers.zalo.me đã liên kết OA đó: lấy ID ứng dụng, khóa bí mật, ID của OA; "
    "(3) trong mục Webhook của ứng dụng: đặt địa chỉ https://<tên miền>/webhooks/zalo và lấy «OA Secret Key»; "
    "(4) cấp quyền OA cho ứng dụng để lấy refresh token đầu tiên. Ghi vào các biến LANGNGHE_ZALO_*. "
    "Từng bước: docs/channels.md"
)

__all__ = ["SETUP_HELP", "is_console_check", "parse_event", "verify"]
