"""The house's HTTP interface, as a program uses it that has nothing but Python."""

import asyncio
import http.client
import json
from random import Random
from time import monotonic
from typing import Any, Final

TIMEOUT_S: Final = 5.0
PATIENCE_S: Final = 30.0
"""How long a call is repeated while the house does not answer, because its store or a worker starts again."""


class ApiError(Exception):
    """The house said no: ``status``, the reject ``code``, and the answer it came in."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        super().__init__(f"{status} {answer.get('error', '')}: {answer.get('detail', '')}")
        self.status = status
        self.code = str(answer.get("error", ""))
        self.answer = answer


class Silent(Exception):
    """The house did not answer, for as long as one may wait."""


class Api:
    """Calls by one account, or by nobody in particular. Safe to repeat: all that is posted has an id or a key."""

    def __init__(self, host: str, port: int, token: str | None = None) -> None:
        self.host = host
        self.port = port
        self.token = token
        self._jitter = Random()

    async def enter(self, ticket: str) -> "Api":
        """Spend a one-time ticket: its cookie buys a token, under which the returned object calls."""
        _, headers, _ = await self._exchange("GET", f"/enter/{ticket}", None, {})
        cookie = (headers.get("set-cookie") or "").partition(";")[0]
        proof = {"Cookie": cookie, "Origin": f"http://{self.host}:{self.port}", "Sec-Fetch-Site": "same-origin"}
        answer = await self._call("POST", "/api/v1/tokens", {}, proof)
        return Api(self.host, self.port, answer["token"])

    async def get(self, path: str) -> Any:
        """The answer's JSON. Raises ``ApiError``, ``Silent``."""
        return await self._call("GET", path, None, {})

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """The answer's JSON. Raises ``ApiError``, ``Silent``."""
        return await self._call("POST", path, body, {})

    async def _call(self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> Any:
        until = monotonic() + PATIENCE_S
        pause = 0.1
        while True:
            try:
                status, _, text = await self._exchange(method, path, body, headers)
                answer = json.loads(text) if text else {}
                if status < 400:
                    return answer
                if status != 503:
                    raise ApiError(status, answer)
            except (OSError, http.client.HTTPException, ValueError):
                pass
            if monotonic() > until:
                raise Silent(f"no answer to {method} {path} within {PATIENCE_S:.0f} s")
            await asyncio.sleep(pause * self._jitter.uniform(0.5, 1.5))
            pause = min(2.0, pause * 2)

    async def _exchange(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        return await asyncio.to_thread(self._blocking, method, path, body, headers)

    def _blocking(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)
        try:
            headers = {**headers, "Connection": "close"}
            if self.token is not None:
                headers["Authorization"] = f"Bearer {self.token}"
            if body is not None:
                headers["Content-Type"] = "application/json"
            connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()
