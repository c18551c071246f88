"""Carries a robot's thoughts out on a socket."""

import asyncio

from .client import LotSocket
from .follower import HouseClock
from .robots import Bid, Leave, Robot, Vanish


async def play(robot: Robot, socket: LotSocket, clock: HouseClock) -> None:
    """Look, think and bid until the lot is over or the robot has left; ends with its socket."""
    line = asyncio.create_task(socket.run())
    try:
        while not socket.over and not robot.gone:
            robot.code = socket.code
            now = clock.now()
            due = robot.look(socket.view, now) if socket.code is not None else None
            if await socket.changed(None if due is None else max(0, due - now) / 1000):
                continue
            await _act(robot, socket, clock.now())
    finally:
        line.cancel()
        await asyncio.gather(line, return_exceptions=True)


async def _act(robot: Robot, socket: LotSocket, now: int) -> None:
    match robot.turn(socket.view, now):
        case Bid(amount, copies):
            await socket.bid(amount, copies)
        case Vanish(ms):
            await socket.drop(ms)
        case Leave() | None:
            pass
