"""A real house: ``outcry serve`` as a process, on a free port, with a configuration of its own."""

import asyncio
import json
import os
import signal
import sys
import time
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from outcry.engine.embedded import EmbeddedStore
from outcry.engine.records import Records
from outcry.engine.store import Store
from outcry.house.accounts import AccountRole, Accounts

from .client import browser
from .processes import end, free_port, spawn
from .store import StoreProcess
from .wait import until

ROOT = Path(__file__).resolve().parents[2]
HOUR_MS = 3_600_000
MILLION = 100_000_000
"""A million yuan in fen."""
Terms = Mapping[str, Any]
Sections = Mapping[str, Mapping[str, Any]]
FOR_TESTS: Sections = {
    "house": {"name": "house.test", "secret": "a secret for tests, long enough to key codes"},
    "limits": {"exempt": ["127.0.0.1/32"]},  # addresses from 127.0.0.2 on are counted
    "auction": {"resume_delay_ms": 1_000},
}


def card(lot_id: str, *, opens_in_ms: int = 0, terms: Terms | None = None, **changes: Any) -> dict[str, Any]:
    """What an operator announces: by default a package of 300 m yuan with steps of 1 m, open for six hours."""
    return {
        "id": lot_id,
        "title": {"en": f"Package {lot_id} (example)", "zh": f"资产包 {lot_id}(示例)"},
        "seller": {"en": "Hengdu AMC", "zh": "衡渡资产"},
        "seller_kind": "amc", "category": "npl", "region": "ZJ", "claim": 891 * MILLION, "debtors": 3,
        "opens_at": int(time.time() * 1000) + opens_in_ms,
        "terms": {
            "preset": "npl-commercial", "start": 300 * MILLION, "increment": MILLION, "deposit": 15 * MILLION,
            "duration_ms": 6 * HOUR_MS, **(terms or {}),
        },
        **changes,
    }  # fmt: skip


class House:
    """One running house, and what an operator and a registrar do in it. Credentials are Bearer tokens."""

    def __init__(self, folder: Path, store: StoreProcess | None, workers: int, config: Sections) -> None:
        data = folder / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "house.log"
        self._config = folder / "config.toml"
        self._workers = workers
        web = {"port": self.port, "host": "127.0.0.1", "workers": workers}
        kept = {"url": store.url if store else "", "data": str(data)}
        self._config.write_text(merged(FOR_TESTS, {"web": web, "store": kept}, config))
        self.http = browser(self.url)
        self._records = Records(Store(store.url if store else EmbeddedStore(data).url))
        self._accounts = Accounts(self._records)
        self._operator = ""

    def start(self) -> None:
        command = [sys.executable, "-m", "outcry", "serve", "--config", str(self._config)]
        self.process = spawn([*command, "--workers", str(self._workers)], self.log, cwd=ROOT, env=bare_environment())

    async def ready(self) -> None:
        await until(self._is_ready, "the house to be ready", 20)

    async def stop(self, within_s: float = 10.0) -> int:
        """SIGTERM to the supervisor; its exit code."""
        return await asyncio.to_thread(end, self.process, signal.SIGTERM, within_s)

    async def release(self) -> None:
        await self.http.aclose()
        await self._records.stop()

    def children(self, named: str) -> list[int]:
        """Process ids of the supervisor's children whose command line holds a word: ``worker``, ``valkey-server``."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in listed if named.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()]

    async def ticket(self, name: str, role: AccountRole = "bidder") -> str:
        """The path that lets a browser in, once."""
        return f"/enter/{await self._accounts.add(name, role)}"

    async def account(self, name: str, role: AccountRole = "bidder", *, amc: bool = False) -> str:
        """A Bearer token of the account of this name, which is made where there is none."""
        await self._accounts.add(name, role, amc)
        account = await self._accounts.find(name)
        assert account is not None
        return await self._accounts.token(account)

    async def cookie(self, name: str, role: AccountRole = "bidder") -> str:
        """What a browser sends in its Cookie header after it entered."""
        answer = await self.http.get(await self.ticket(name, role))
        assert answer.status_code == 303, answer.text
        self.http.cookies.clear()
        return answer.headers["set-cookie"].partition(";")[0]

    async def operator(self) -> str:
        self._operator = self._operator or await self.account("operator", "operator")
        return self._operator

    async def announce(self, lot: Mapping[str, Any]) -> None:
        await self.post("/api/v1/lots", lot, await self.operator(), expect=(200, 201))

    async def open(self, lot_id: str = "lot-1", *, terms: Terms | None = None, **changes: Any) -> None:
        """Announce a lot that opens at once, and wait until it has."""
        await self.announce(card(lot_id, terms=terms, **changes))
        await self.reaches(lot_id, "open")

    async def reaches(self, lot_id: str, state: str, within_s: float = 10.0) -> dict[str, Any]:
        """The lot as everybody sees it, once it is in a state."""
        lot: dict[str, Any] = {}

        async def is_so() -> bool:
            nonlocal lot
            lot = await self.get(f"/api/v1/lots/{lot_id}")
            return bool(lot["state"] == state)

        await until(is_so, f"{lot_id} to be {state}", within_s)
        return lot

    async def register(self, lot_id: str, token: str) -> str:
        """Admit a bidder; his code in this lot."""
        answer = await self.post(f"/api/v1/lots/{lot_id}/registrations", {}, token)
        code: str = answer["code"]
        return code

    async def bidder(self, lot_id: str, name: str) -> str:
        """The token of an account admitted to a lot."""
        token = await self.account(name)
        await self.register(lot_id, token)
        return token

    async def get(self, path: str, token: str | None = None) -> Any:
        answer = await self.http.get(path, headers=bearer(token))
        assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def post(
        self, path: str, body: Mapping[str, Any], token: str | None = None, *, expect: tuple[int, ...] = (200, 201, 202)
    ) -> Any:
        answer = await self.http.post(path, json=body, headers=bearer(token))
        assert answer.status_code in expect, f"POST {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def events(self, lot_id: str) -> list[bytes]:
        """The log of a lot: the stored bytes."""
        answer = await self.http.get(f"/api/v1/lots/{lot_id}/log.jsonl")
        assert answer.status_code == 200, answer.text
        return answer.content.splitlines()

    async def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError("the house ended at once")
        try:
            return (await self.http.get("/readyz", timeout=2)).status_code == 200
        except httpx.TransportError:
            return False


@asynccontextmanager
async def serve(
    store: StoreProcess | None = None, *, workers: int = 1, config: Sections | None = None
) -> AsyncIterator[House]:
    """A house that answers, by default with its own embedded store; stopped, and its folder removed, at the end."""
    with TemporaryDirectory(prefix="oc-house-") as folder:
        house = House(Path(folder), store, workers, config or {})
        house.start()
        try:
            await house.ready()
            yield house
        finally:
            await house.release()
            await house.stop()
            print(house.log.read_text()[-4000:])  # pytest shows it where a test failed


def bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def bare_environment() -> dict[str, str]:
    """This process's environment without anything that configures a house."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("OUTCRY_", "PROMETHEUS_"))}


def merged(*layers: Sections) -> str:
    """The project's ``config.toml`` under these layers, as TOML again."""
    sections: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "config.toml").read_text())
    for layer in layers:
        for name, values in layer.items():
            sections[name] |= values
    lines = []
    for name, values in sections.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"
