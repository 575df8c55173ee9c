"""`langnghe ledger`: verify the chains of all cases and their anchors; anchor now."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from feedback import anchors, verifying
from feedback.base import utc_now
from feedback.codes import parse_code
from feedback.database import Database
from langnghe.secrets_file import installation_key
from langnghe.settings import Settings, get_settings


def verify(*, published: str | None, receipt: str | None, as_json: bool) -> int:
    """0 when all is well, 1 with the first bad row named, 2 for an input that cannot be read."""
    settings = get_settings()
    database = Database(settings.sqlalchemy_url)
    try:
        if receipt is not None:
            return _receipt(database, receipt)
        with database.read() as session:
            checked = verifying.verify(session, secret=_secret(settings), published=published)
    finally:
        database.dispose()
    if as_json:
        print(json.dumps(asdict(checked), ensure_ascii=False))
    else:
        print(f"Đã kiểm tra {checked.cases} vụ việc, {checked.rows} dòng sổ cái, {checked.anchors} mắt xích neo.")
        print(f"SAI, dòng đầu tiên: {checked.bad}" if checked.bad else "Sổ cái nguyên vẹn.")
    return 1 if checked.bad else 0


def anchor() -> int:
    """Make a link if anything moved, and print the newest one."""
    settings = get_settings()
    database = Database(settings.sqlalchemy_url)
    try:
        with database.write() as session:
            made = anchors.anchor(session, secret=_secret(settings), now=utc_now())
            newest = made or anchors.latest(session)
    finally:
        database.dispose()
    if newest is None:
        print("Chưa có vụ việc nào để neo.")
        return 0
    print(f"{newest.id} {newest.at.isoformat(timespec='seconds')} {newest.hash}")
    return 0


def _receipt(database: Database, receipt: str) -> int:
    code, _, hashed = receipt.partition(":")
    digits = "".join(hashed.split()).lower()
    known = parse_code(code)
    if known is None or len(digits) != 64:
        print("Biên nhận cần dạng MÃ:MÃ_KIỂM_TRA (64 chữ số).", file=sys.stderr)
        return 2
    with database.read() as session:
        fits = verifying.fits_receipt(session, known, digits)
    print("Biên nhận khớp sổ cái." if fits else "Biên nhận KHÔNG khớp sổ cái.")
    return 0 if fits else 1


def _secret(settings: Settings) -> str:
    return installation_key(settings.secret_key.get_secret_value(), settings.data_dir)
