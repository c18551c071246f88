"""One store for all histories: each plays on a lot of its own."""

from collections.abc import Iterator

import pytest

from tests.support.store import StoreProcess

from .stage import Stage


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    store = StoreProcess("embedded")
    yield Stage(store.client)
    store.stop()
