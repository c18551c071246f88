"""What every handler may reach: the objects of a running house, built once by ``app.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..config import Config
    from ..engine.engine import Engine
    from ..engine.feed import Feed
    from ..engine.records import Records
    from ..engine.store import Store
    from ..house.accounts import Accounts
    from ..house.auctioneer import Auctioneer
    from ..house.auditor import Auditor
    from ..house.catalogue import Catalogue
    from ..house.operations import Operations
    from ..house.overview import Overview
    from ..house.registration import Registration
    from ..room.hub import Hub
    from .static import Static


@dataclass(slots=True)
class Context:
    """The parts of one house. ``static`` is read from disk by ``build_site`` where it is not given."""

    config: Config
    store: Store
    engine: Engine
    feed: Feed
    records: Records
    accounts: Accounts
    catalogue: Catalogue
    overview: Overview
    registration: Registration
    operations: Operations
    auctioneer: Auctioneer
    auditor: Auditor
    hub: Hub
    static: Static | None = None
