"""All routers of the API, and what they need of the application: rate limits and one honest description."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from langnghe.web.api import (
    cases,
    entering,
    exchange,
    files,
    index_results,
    indices,
    ledger,
    moves,
    office,
    own_token,
    questionnaires,
    registry,
    round_results,
    rounds,
    routing,
    work,
)
from langnghe.web.api.access import Doors
from langnghe.web.services import WebServices

DESCRIPTION = """API của Lắng Nghe cho các chương trình khác: vụ việc, khảo sát, chỉ số, danh mục.

Mỗi yêu cầu mang một mã truy cập (`Authorization: Bearer ln_...`), hành động như người đã được cấp mã ấy, trong các
phạm vi của mã. Lỗi theo RFC 9457 (`application/problem+json`): `code` cho chương trình, `detail` cho người.
Thời điểm theo ISO 8601; không ghi múi giờ là giờ Việt Nam."""
PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:langnghe:problem:case_not_found"]},
        "title": {"type": "string", "examples": ["Không tìm thấy nội dung này."]},
        "status": {"type": "integer", "examples": [404]},
        "detail": {"type": "string", "examples": ["Không tìm thấy vụ việc này."]},
        "code": {"type": "string", "examples": ["case_not_found"]},
        "errors": {
            "type": "array",
            "description": "Từng giá trị hoặc dòng sai, không nhắc lại nội dung.",
            "items": {"type": "object", "additionalProperties": True},
        },
    },
}
_ALWAYS = {
    "400": "Yêu cầu không đọc được.",
    "401": "Không có mã truy cập, hoặc mã không đúng, hết hạn, đã bị thu hồi.",
    "403": "Mã thiếu phạm vi, hoặc người được cấp mã không có quyền này.",
    "404": "Không có, hoặc người được cấp mã không được biết là có.",
    "409": "Bước hiện tại không cho phép thao tác này.",
    "412": "Đã có người thay đổi sau khi đọc (If-Match cũ).",
    "413": "Nội dung gửi lên quá lớn.",
    "415": "Loại tệp không được nhận.",
    "422": "Dữ liệu gửi lên chưa đúng; `errors` nêu từng chỗ.",
    "428": "Thiếu If-Match.",
    "429": "Quá nhiều yêu cầu; xem Retry-After.",
}
_ONLY_FOR_CHANGES = ("409", "412", "413", "415", "428")


def api_routers() -> tuple[APIRouter, ...]:
    """The routers that create_app takes; `install_api` completes them."""
    return (
        own_token.router,
        cases.router,
        moves.router,
        entering.router,
        files.router,
        work.router,
        office.router,
        exchange.router,
        ledger.router,
        registry.router,
        routing.router,
        questionnaires.router,
        round_results.router,
        rounds.router,
        index_results.router,
        indices.router,
    )


def install_api(app: FastAPI, services: WebServices) -> None:
    """Rate limits, and /openapi.json, which describes the API and nothing else."""
    app.state.api_doors = Doors(per_second=services.settings.api_per_second)
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(_description(app))
        return made

    app.openapi = openapi  # type: ignore[method-assign]


def _description(app: FastAPI) -> dict[str, Any]:
    described = get_openapi(title="Lắng Nghe", version=app.version, description=DESCRIPTION, routes=app.routes)
    schemas = described.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    for path in described["paths"].values():
        for method, operation in path.items():
            operation["responses"] = _responses(operation["responses"], changes=method != "get")
    return described


def _responses(given: dict[str, Any], *, changes: bool) -> dict[str, Any]:
    """The answers of the route itself, and the problems that every route may answer with."""
    body = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    problems = {
        status: {"description": words, "content": body}
        for status, words in _ALWAYS.items()
        if changes or status not in _ONLY_FOR_CHANGES
    }
    return {status: one for status, one in given.items() if status.startswith("2")} | problems
