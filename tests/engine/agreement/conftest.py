"""One store for all histories of a worker: each plays on a lot of its own."""

from collections.abc import Callable

import pytest

from tests.support.store import Kind, StoreProcess

from .stage import Stage


@pytest.fixture(scope="session")
def stage(_stores: Callable[[Kind], StoreProcess]) -> Stage:
    return Stage(_stores("embedded").client)
