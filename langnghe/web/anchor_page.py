"""The public list of the ledger's newest anchors: whoever notes a hash can later prove that nothing was rewritten."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from feedback import anchors
from langnghe.web.services import services_of

router = APIRouter(tags=["operation"])


@router.get("/ledger/anchors", summary="The newest links of the ledger's global chain: number, time, hash")
def newest(request: Request) -> JSONResponse:
    with services_of(request).database.read() as session:
        links = anchors.recent(session)
    return JSONResponse({"anchors": [{"number": one.id, "at": one.at.isoformat(), "hash": one.hash} for one in links]})
