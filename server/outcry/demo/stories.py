"""What happens to the lots beside bids: warnings, an announcement, an objection, a review."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from ..model.view import LotView
from .client import LotSocket
from .follower import HouseClock
from .operator import Operators

WARNING_MS: Final = 8_000
LEAST_WARNING_MS: Final = 3_000
FORGOTTEN_S: Final = 180.0
"""A pause that nobody proposed to end for so long was left behind by a visitor."""
REVIEW_S: Final = 8.0
REVIEWABLE_MS: Final = 60_000
OBJECTION_ENDS_S: Final = 60.0
PROPOSING_S: Final = 14.0
"""From proposing a resumption to the first bid: 3 s to confirm, 10 s announced ahead, the looking."""

TELLING: Final = (
    (
        40.0,
        "answer",
        "问：保证期间是否届满？答：均未届满，详见公告附件三。"
        " / Question: are the guarantees still in force? Answer: yes, all of them; see annex 3 of the announcement.",
    ),
    (
        90.0,
        "announcement",
        "补充公告：债务人之一已提交和解方案，原件可到现场查阅。"
        " / Announcement: one of the debtors has submitted a settlement proposal; the original may be read on site.",
    ),
)
OBJECTION: Final = (
    "案外人就抵押物权属提出异议，审查期间暂缓竞价。 / A third party claims title to the collateral; bidding waits."
)
REVIEW: Final = (
    "核对一份补充披露材料，稍后恢复竞价。 / A supplementary disclosure is being checked; bidding resumes shortly."
)


@dataclass(slots=True)
class Scene:
    """A lot as its operators see it: ``socket`` is a watcher's, because all they need to know is public."""

    lot_id: str
    opens_at: int
    socket: LotSocket
    operators: Operators
    clock: HouseClock

    @property
    def view(self) -> LotView:
        return self.socket.view

    async def until(self, wanted: Callable[[LotView], bool]) -> None:
        while not wanted(self.view):
            await self.socket.changed()

    async def wait_open(self, seconds: float) -> None:
        """Until the lot has been on sale for so long; ends with the lot at the latest."""
        while (left_ms := self.opens_at + seconds * 1000 - self.clock.now()) > 0 and not self.socket.over:
            await self.socket.changed(left_ms / 1000)


async def warn(scene: Scene) -> None:
    """Fair warning before each end that is about to come."""
    warned: int | None = None
    while not scene.socket.over:
        view = scene.view
        if view.state != "open" or view.ends_at is None or view.ends_at == warned:
            await scene.socket.changed()
            continue
        left_ms = view.ends_at - scene.clock.now()
        if left_ms > WARNING_MS:
            await scene.socket.changed((left_ms - WARNING_MS) / 1000)
            continue
        warned = view.ends_at
        if left_ms >= LEAST_WARNING_MS:
            await scene.operators.say(scene.lot_id, "fair_warning", warning(view.price))


def warning(price: int | None) -> str:
    if price is None:
        return "最后提醒：尚无出价。 / Fair warning: no bid yet."
    figure = f"¥{price // 100:,}.{price % 100:02d}"
    return f"最后提醒：当前价 {figure}，若无更高出价即将成交。 / Fair warning: going at {figure}."


async def release(scene: Scene) -> None:
    """End what a visitor paused and left behind, or the house after a step of the clock."""
    while not scene.socket.over:
        await scene.until(lambda view: scene.socket.over or (view.state == "paused" and view.resumes_at is None))
        if not await scene.socket.changed(FORGOTTEN_S):
            await scene.operators.propose_resume(scene.lot_id)


async def tell(scene: Scene) -> None:
    """Lot 4: an answer to a question, and an announcement."""
    for seconds, kind, text in TELLING:
        await scene.wait_open(seconds)
        await scene.operators.say(scene.lot_id, kind, text)


async def objection(scene: Scene) -> None:
    """Lot 12: paused from the start by a third party's objection; two operators resume it at 60 s."""
    await scene.until(lambda view: view.state == "open")
    await scene.operators.pause(scene.lot_id, "third_party_objection", OBJECTION)
    await scene.wait_open(OBJECTION_ENDS_S - PROPOSING_S)
    await scene.operators.propose_resume(scene.lot_id)


async def review(scene: Scene) -> bool:
    """One reasoned pause, where the lot is far enough from its end; whether it came to that."""
    view = scene.view
    if view.state != "open" or view.ends_at is None or view.ends_at - scene.clock.now() < REVIEWABLE_MS:
        return False
    if not await scene.operators.pause(scene.lot_id, "review", REVIEW):
        return False
    await scene.until(lambda view: view.state == "paused" or scene.socket.over)
    await scene.socket.changed(REVIEW_S)
    return await scene.operators.propose_resume(scene.lot_id)


Story = Callable[[Scene], Awaitable[None]]
ALWAYS: Final[tuple[Story, ...]] = (warn, release)
FIRST_RUN: Final[dict[int, Story]] = {4: tell, 12: objection}
"""By the number of the lot."""
