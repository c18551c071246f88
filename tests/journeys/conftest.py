"""One browser for a worker's journeys; every visitor has a context of his own."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.support.pages import chromium


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started
