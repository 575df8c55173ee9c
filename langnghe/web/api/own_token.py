"""What a program may ask about its own token."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from langnghe.tokens import SCOPES
from langnghe.web.api.access import AnyCaller, api_router

router = api_router("/api/v1", tag="Mã truy cập")


class Scope(BaseModel):
    scope: str = Field(examples=["cases:read"])
    name: str = Field(examples=["Xem vụ việc"])


class TokenOut(BaseModel):
    """The token that this request carries, but for its secret."""

    prefix: str = Field(examples=["3f9a1c07de"])
    name: str = Field(examples=["Đồng bộ sang hệ thống một cửa"])
    user: str = Field(examples=["can_bo_mau"])
    role: str = Field(examples=["officer"])
    office: str | None = Field(examples=["UBND phường Hạc Thành"])
    scopes: list[Scope]
    expires_at: datetime


@router.get("/token")
def own_token(caller: AnyCaller) -> TokenOut:
    """As whom this program acts, with which scopes, until when."""
    token, staff = caller.token, caller.staff
    return TokenOut(
        prefix=token.prefix,
        name=token.name,
        user=staff.username,
        role=staff.role,
        office=staff.office.name if staff.office else None,
        scopes=[Scope(scope=scope, name=SCOPES[scope]) for scope in caller.scopes],
        expires_at=token.expires_at,
    )
