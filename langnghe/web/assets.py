"""Serves the files of the pages (styles, scripts, pictures) from memory, compressed, under versioned addresses."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

STATIC = Path(__file__).parent / "static"
_COMPRESSED = (".css", ".js", ".svg", ".webmanifest")
_FOREVER = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"


@dataclass(frozen=True, slots=True)
class Asset:
    data: bytes
    gzipped: bytes | None
    content_type: str
    version: str


class Assets:
    """All files of a folder, read once at start-up."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._files = {path.name: _read(path) for path in sorted(folder.iterdir()) if path.is_file()}

    def url(self, name: str) -> str:
        """The address of a file, with its version in it; KeyError for a file that does not exist."""
        return f"/static/{name}?v={self._files[name].version}"

    def names(self) -> Iterable[str]:
        return self._files.keys()

    def route(self) -> Route:
        return Route("/static/{name}", self.serve, methods=["GET", "HEAD"])

    async def serve(self, request: Request) -> Response:
        found = self._files.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        pinned = request.query_params.get("v") == found.version
        headers = {"Cache-Control": _FOREVER if pinned else _SHORT, "ETag": f'"{found.version}"'}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        body = found.data
        if found.gzipped is not None:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("accept-encoding", ""):
                body, headers["Content-Encoding"] = found.gzipped, "gzip"
        return Response(body, media_type=found.content_type, headers=headers)


def _read(path: Path) -> Asset:
    data = path.read_bytes()
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(
        data=data,
        gzipped=gzip.compress(data, mtime=0) if path.suffix in _COMPRESSED else None,
        content_type=content_type,
        version=hashlib.sha256(data).hexdigest()[:12],
    )
