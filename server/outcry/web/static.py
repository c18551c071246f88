"""The browser's files, read once at start and served from memory.

There is no build step, so modules import each other by relative paths. Pages therefore name them under a folder that
carries the hash of the whole tree, ``/static/v-<hash>/…``: a relative import keeps that folder, and everything beneath
it may be cached for ever. Without it the same file is revalidated by its own hash.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from .errors import HttpError

TYPES: Final[Mapping[str, str]] = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "public, no-cache"


@dataclass(frozen=True, slots=True)
class File:
    body: bytes
    etag: str
    media_type: str


class Static:
    """All files beneath a folder. A request never touches the disk, so no path can leave the folder."""

    def __init__(self, folder: Path) -> None:
        self._files: dict[str, File] = {}
        tree = hashlib.sha256()
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            name = path.relative_to(folder).as_posix()
            if not path.is_file() or any(part.startswith(".") for part in name.split("/")):
                continue
            body = path.read_bytes()
            digest = hashlib.sha256(body).hexdigest()
            tree.update(f"{name}\n{digest}\n".encode())
            media_type = TYPES.get(path.suffix, "application/octet-stream")
            self._files[name] = File(body, f'"{digest[:32]}"', media_type)
        self.version = f"v-{tree.hexdigest()[:12]}"

    def url(self, name: str) -> str:
        """The address of a file for pages; ``KeyError`` for one that does not exist, so that a test finds it."""
        if name not in self._files:
            raise KeyError(f"no static file {name}")
        return f"/static/{self.version}/{name}"

    def read(self, name: str) -> bytes:
        return self._files[name].body

    def names(self) -> list[str]:
        return list(self._files)

    async def serve(self, request: Request) -> Response:
        """``/static/{path}``, with or without a version in front; an older version gets today's file, uncached."""
        version, _, name = request.path_params["path"].partition("/")
        if not version.startswith("v-"):
            name = request.path_params["path"]
        file = self._files.get(name)
        if file is None:
            raise HttpError(404, "not_found", "There is no such file.")
        return _answer(request, file, FOR_EVER if version == self.version else ASK_AGAIN)

    async def favicon(self, request: Request) -> Response:
        """``/favicon.ico``: browsers ask for it without being told to."""
        file = self._files.get("favicon.ico") or self._files.get("favicon.svg")
        if file is None:
            return Response(status_code=204, headers={"Cache-Control": ASK_AGAIN})
        return _answer(request, file, ASK_AGAIN)


def _answer(request: Request, file: File, cache: str) -> Response:
    headers = {"ETag": file.etag, "Cache-Control": cache}
    if matches(request.headers.get("if-none-match"), file.etag):
        return Response(status_code=304, headers=headers)
    return Response(file.body, headers=headers, media_type=file.media_type)


def matches(if_none_match: str | None, etag: str) -> bool:
    """Whether a client's ``If-None-Match`` names this version (weakly compared: proxies weaken what they compress)."""
    if if_none_match is None:
        return False
    return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in if_none_match.split(","))
