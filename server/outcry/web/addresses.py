"""Who a connection comes from, and how much one address may ask for."""

import ipaddress
import time
from collections.abc import Callable, Iterable, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Networks:
    """A set of addresses and networks, as the configuration names them. ``ValueError`` for what is neither."""

    def __init__(self, names: Iterable[str]) -> None:
        self._networks = [ipaddress.ip_network(name, strict=False) for name in names]

    def __contains__(self, address: object) -> bool:
        parsed = parse_address(address) if isinstance(address, str) else None
        return parsed is not None and any(parsed in network for network in self._networks)


def parse_address(text: str) -> Address | None:
    """An IP address; one of IPv4 in IPv6's clothes is undressed, so that both spellings are one."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if mapped is not None else address


def holder(address: str) -> str:
    """Whom limits count: an IPv4 address, or the /64 of an IPv6 one, which is what one subscriber is given."""
    parsed = parse_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed) if parsed is not None else address


def client_address(peer: str, forwarded: Sequence[bytes], proxies: Networks) -> str:
    """The client behind our own proxies.

    ``X-Forwarded-For`` is read from its right end, where our proxies write, and only as far as they wrote it: the first
    address that is no proxy of ours is the client; all left of it is hearsay.
    """
    client = peer
    hops = [hop for line in forwarded for hop in line.decode("latin-1").split(",")]
    while client in proxies and hops:
        parsed = parse_address(hops.pop())
        if parsed is None:
            break
        client = str(parsed)
    return client


class ClientAddress:
    """Puts the client's own address and scheme into the scope, where one of the named proxies forwarded them."""

    def __init__(self, app: ASGIApp, proxies: Networks) -> None:
        self.app = app
        self.proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client is not None and client[0] in self.proxies:
            headers = scope["headers"]
            forwarded = [value for name, value in headers if name == b"x-forwarded-for"]
            address = client_address(client[0], forwarded, self.proxies)
            if address != client[0]:
                scope["client"] = (address, 0)
            proto = [value for name, value in headers if name == b"x-forwarded-proto"]
            if proto in ([b"https"], [b"http"]):
                scheme = proto[0].decode()
                scope["scheme"] = scheme.replace("http", "ws") if scope["type"] == "websocket" else scheme
        await self.app(scope, receive, send)


class Bucket:
    """A token bucket per key, kept as one number each: when the bucket will be full again (GCRA)."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / per_second
        self._depth = self._interval * burst
        self._clock = clock
        self._full_at: dict[str, float] = {}
        self._swept = clock()

    def take(self, key: str) -> float:
        """Take one token: 0.0 when there was one, else the seconds until there is."""
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now) + self._interval
        if full_at - now > self._depth:
            return full_at - now - self._depth
        self._full_at[key] = full_at
        if now - self._swept > 1.0 and len(self._full_at) > 10_000:  # full buckets need not be remembered
            self._swept = now
            self._full_at = {name: at for name, at in self._full_at.items() if at > now}
        return 0.0


class Seats:
    """So many at once per key. A seat is given back by calling what ``take`` returned, once or more."""

    def __init__(self, limit: int, exempt: Networks) -> None:
        self._limit = limit
        self._exempt = exempt
        self._taken: dict[str, int] = {}

    def take(self, address: str) -> Callable[[], None] | None:
        """A seat for an address, or ``None`` when all of its seats are taken."""
        if address in self._exempt:
            return _nothing
        key = holder(address)
        taken = self._taken.get(key, 0)
        if taken >= self._limit:
            return None
        self._taken[key] = taken + 1
        returned = False

        def give_back() -> None:
            nonlocal returned
            if returned:
                return
            returned = True
            left = self._taken[key] - 1
            if left:
                self._taken[key] = left
            else:
                del self._taken[key]

        return give_back


def _nothing() -> None:
    """An exempt address holds no seat."""
