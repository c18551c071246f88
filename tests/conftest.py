"""Fixtures that every folder of tests may ask for. Stores live as long as the worker; each test finds them empty."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.store import KINDS, Kind, StoreProcess


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Every async test and fixture runs on asyncio, in one loop as long as anything of a wider scope lives."""
    return "asyncio"


@pytest.fixture(scope="session")
def _stores() -> Iterator[Callable[[Kind], StoreProcess]]:
    started: dict[Kind, StoreProcess] = {}

    def store_of(kind: Kind) -> StoreProcess:
        if kind not in started:
            started[kind] = StoreProcess(kind)
        return started[kind]

    yield store_of
    for store in started.values():
        store.stop()


@pytest.fixture
def store(request: pytest.FixtureRequest, _stores: Callable[[Kind], StoreProcess]) -> Iterator[StoreProcess]:
    """The embedded store, empty. A test that leaves a key which ``engine/keys.py`` does not name fails."""
    process = _stores(getattr(request, "param", "embedded"))
    process.flush()
    yield process
    assert process.strangers() == []


@pytest.fixture(params=KINDS)
def any_store(request: pytest.FixtureRequest, _stores: Callable[[Kind], StoreProcess]) -> Iterator[StoreProcess]:
    """The same test three times: embedded, Debian's redis-server, and a cluster of one node."""
    process = _stores(request.param)
    process.flush()
    yield process
    assert process.strangers() == []


@pytest.fixture
def store_url(any_store: StoreProcess) -> str:
    """``any_store`` for those who only want to know where it is."""
    return any_store.url
