"""Who somebody is to a lot's room."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["watcher", "bidder", "operator"]


@dataclass(frozen=True, slots=True)
class Identity:
    """One visitor as seen by one room.

    ``code`` and ``rank`` only for a bidder admitted to the lot. ``session`` is the key under which the session or token
    is kept (never the secret itself); it serves to end sockets when the session ends.
    """

    role: Role = "watcher"
    account: str | None = None
    code: str | None = None
    rank: int = 0
    session: str | None = None


WATCHER = Identity()
