"""Zalo Official Account: webhook check, event parser, tokens and client. The client is in `integrations.zalo.client`."""

from integrations.zalo.events import parse_event
from integrations.zalo.webhook import is_console_check, verify

SETUP_HELP = (
    "Chưa cấu hình Zalo OA. Cần: (1) một Official Account đã xác thực, có gói dịch vụ cho phép gọi API; "
    "(2) một ứng dụng tại developers.zalo.me đã liên kết OA đó: lấy App ID và khóa bí mật của ứng dụng; "
    "(3) trong mục Webhook của ứng dụng: đặt địa chỉ https://<tên miền>/webhooks/zalo và lấy «OA Secret Key»; "
    "(4) cấp quyền OA cho ứng dụng để nhận mã truy cập đầu tiên. Chi tiết từng bước: docs/channels.md"
)

__all__ = ["SETUP_HELP", "is_console_check", "parse_event", "verify"]
