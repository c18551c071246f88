"""Waiting for something to be so, and saying what it was when it never is."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

POLL_S = 0.01


async def until(condition: Callable[[], T], what: str, within_s: float = 5.0) -> T:
    """The first truthy value of ``condition``, looked at every 10 ms; ``AssertionError`` names ``what`` never came."""
    deadline = time.monotonic() + within_s
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s:g} s in vain for {what}")
        await asyncio.sleep(POLL_S)
    return value


def until_sync(condition: Callable[[], T], what: str, within_s: float = 5.0) -> T:
    """``until`` for code without a loop: starting and stopping processes."""
    deadline = time.monotonic() + within_s
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s:g} s in vain for {what}")
        time.sleep(POLL_S)
    return value
