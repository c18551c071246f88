"""Waiting for something to be so, and saying what it was when it never is."""

import asyncio
import inspect
import time
from collections.abc import Callable

POLL_S = 0.01


async def until(condition: Callable[[], object], what: str, within_s: float = 5.0) -> None:
    """Look at ``condition``, plain or async, every 10 ms until it holds; ``AssertionError`` names what never came."""
    deadline = time.monotonic() + within_s
    while True:
        value = condition()
        if await value if inspect.isawaitable(value) else value:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s:g} s in vain for {what}")
        await asyncio.sleep(POLL_S)


def until_sync(condition: Callable[[], object], what: str, within_s: float = 5.0) -> None:
    """``until`` for code without a loop: starting and stopping processes."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s:g} s in vain for {what}")
        time.sleep(POLL_S)
