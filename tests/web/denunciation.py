"""The denunciation that is looked for behind every door, and what may be read nowhere."""

from __future__ import annotations

from dataclasses import dataclass

from feedback.database import Database
from feedback.models import Case
from tests.factories import make_case, make_file

WORDS = "Ông trưởng phòng Mẫu Tuấn vòi phong bì mới ký hồ sơ tách thửa."
NAME, PHONE, ADDRESS = "Lê Văn Mẫu", "0950000001", "Số 9 ngõ Mẫu"
SECRETS = ("Mẫu Tuấn", "vòi phong bì", "tách thửa", NAME, PHONE, ADDRESS)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@dataclass(frozen=True)
class Secret:
    """The denunciation and what the doors are asked for."""

    case: Case
    file: str


def make_secret(database: Database) -> Secret:
    with database.write() as session:
        case = make_case(session, WORDS, kind="to_cao", contact_name=NAME, contact_phone=PHONE, contact_address=ADDRESS)
        file = make_file(session, case, PNG, name="chung-cu.png", content_type="image/png").key
    return Secret(case, file)
