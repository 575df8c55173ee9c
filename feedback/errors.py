"""What can go wrong in the system of record, each with a code and a Vietnamese message for people."""

from __future__ import annotations


class FeedbackError(Exception):
    """Base of the package's errors. `code` is for programs, `message` for people."""

    code = "feedback_error"
    message = "Có lỗi khi xử lý vụ việc."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)
        self.message = message or self.message


class CaseNotFound(FeedbackError):
    """No such case, or none that this person may know of: the two are not told apart."""

    code = "case_not_found"
    message = "Không tìm thấy vụ việc này."


class MoveNotAllowed(FeedbackError):
    """The table of moves does not allow this step from the case's state."""

    code = "move_not_allowed"
    message = "Vụ việc đang ở bước không cho phép thao tác này."


class CaseChanged(FeedbackError):
    """Somebody else changed the case after it was read."""

    code = "case_changed"
    message = "Vụ việc vừa được người khác cập nhật. Mời anh/chị tải lại trang rồi thao tác tiếp."


class InvalidInput(FeedbackError):
    """A value that cannot be taken; the message says which and why."""

    code = "invalid_input"
    message = "Dữ liệu chưa hợp lệ."


class NotAllowed(FeedbackError):
    """This person has no right to do this."""

    code = "not_allowed"
    message = "Anh/chị không có quyền thực hiện thao tác này."


class LoginFailed(FeedbackError):
    """Wrong name or password, or too many tries."""

    code = "login_failed"
    message = "Tên đăng nhập hoặc mật khẩu không đúng."


class LinkSpent(FeedbackError):
    """A one-time link that was used, has run out, or never was: the three are not told apart."""

    code = "link_spent"
    message = "Liên kết này đã được dùng hoặc đã hết hạn."
