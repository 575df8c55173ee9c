"""The ledger: verified as a whole, its anchors, the hash on a citizen's receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from feedback import anchors, repository, verifying
from feedback.codes import parse_code
from feedback.errors import NotAllowed
from langnghe.secrets_file import installation_key
from langnghe.web.api.access import CaseReader, api_router
from langnghe.web.heavy import heavy_work

router = api_router("/api/v1/ledger", tag="Sổ cái")


class CheckedOut(BaseModel):
    """How much was looked at, and the first bad row; null when all is well.

    `cases` and `rows` count the restricted ones too: null for who has not that right, or a list beside them would tell
    how many there are.
    """

    whole: bool
    cases: int | None
    rows: int | None
    anchors: int
    bad: str | None = Field(examples=["case_event vụ việc số 7, dòng 2: mã băm không khớp nội dung hoặc dòng trước"])


@router.get("/verify")
def verify(
    caller: CaseReader,
    published: Annotated[str | None, Query(pattern=r"^[0-9a-f]{64}$", description="Mã đã công bố bên ngoài.")] = None,
) -> CheckedOut:
    """Look at every chain, every anchor and the words that they speak of: for who oversees all. It takes a while."""
    if not repository.oversees(caller.staff):
        raise NotAllowed("Kiểm tra sổ cái dành cho người quản lý.")
    settings = caller.services.settings
    secret = installation_key(settings.secret_key.get_secret_value(), settings.data_dir)
    with heavy_work(), caller.services.database.read() as session:
        checked = verifying.verify(session, secret=secret, published=published)
    return CheckedOut(
        whole=checked.bad is None,
        cases=checked.cases if caller.staff.sees_restricted else None,
        rows=checked.rows if caller.staff.sees_restricted else None,
        anchors=checked.anchors,
        bad=str(checked.bad) if checked.bad else None,
    )


class AnchorOut(BaseModel):
    """One link of the global chain; who notes its hash outside makes the past before it unchangeable."""

    number: int
    at: datetime
    cases: int
    hash: str
    previous_hash: str


@router.get("/anchors")
def newest_anchors(caller: CaseReader, limit: Annotated[int, Query(ge=1, le=500)] = 30) -> list[AnchorOut]:
    """The newest links, newest first."""
    with caller.services.database.read() as session:
        found = anchors.recent(session, limit=limit)
    return [
        AnchorOut(number=one.id, at=one.at, cases=one.heads, hash=one.hash, previous_hash=one.previous_hash)
        for one in found
    ]


class FitsOut(BaseModel):
    fits: bool


@router.get("/receipt")
def receipt(
    caller: CaseReader,
    code: Annotated[str, Query(max_length=40)],
    receipt_hash: Annotated[str, Query(alias="hash", max_length=90)],
) -> FitsOut:
    """Whether the hash on a citizen's receipt is a row of that case's whole chain."""
    known, digits = parse_code(code), "".join(receipt_hash.split()).lower()
    with caller.services.database.read() as session:
        fits = known is not None and len(digits) == 64 and verifying.fits_receipt(session, known, digits)
    return FitsOut(fits=fits)
