"""Whether a store is fit for an auction: would it lose a bid it acknowledged, can it do what the scripts ask."""

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from .errors import NotDurable, Unavailable, Unfit
from .store import Store

Severity = Literal["ok", "warning", "unsafe", "unfit"]

DURABLE_SETTINGS: Final = {
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
}
COMMANDS: Final = (
    "EVAL", "EVALSHA", "SCRIPT", "TIME", "INFO", "PING", "SPUBLISH", "SSUBSCRIBE", "SUNSUBSCRIBE", "XADD", "XRANGE",
    "HSET", "HGET", "HINCRBY", "HMGET", "HGETALL", "HDEL", "HEXISTS", "HSETNX", "GET", "SET", "GETDEL", "DEL", "SADD",
    "SREM", "SMEMBERS", "ZADD", "ZREM", "ZRANGE", "ZCARD", "ZMSCORE",
)  # fmt: skip
PROBE: Final = "return redis.sha1hex(cjson.encode({string.format('%.0f', 1e14)}))"
"""What the scripts need of the store's Lua."""
LOW_DISK: Final = 1 << 30
FULL_DISK: Final = 64 << 20
CLOCK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``unsafe``: could lose a bid; ``unfit``: cannot run an auction. ``text`` says what to do."""

    severity: Severity
    subject: str
    text: str


def audit(url: str) -> list[Finding]:
    """Look at a running store. Raises ``Unavailable`` where it cannot be reached."""
    client = redis.Redis.from_url(
        url, retry=Retry(NoBackoff(), 0), socket_timeout=5.0, socket_connect_timeout=2.0, decode_responses=True
    )
    try:
        with client:
            client.set_response_callback("COMMAND", lambda reply, **_: reply)  # redis-py's own stumbles over a nil
            ask: Any = client.execute_command
            ask("PING")
            return [*_settings(ask), *_state(ask), *_features(ask), *_disk(ask, url), *_clock(ask)]
    except RedisError as error:
        raise Unavailable(f"no answer from the store at {Store(url).place}: {error}") from None


def require(findings: Sequence[Finding], durability: Literal["strict", "relaxed"], place: str) -> None:
    """Raises ``Unfit``, or ``NotDurable`` unless relaxed, in one line that names every reason."""
    if unfit := [finding.text for finding in findings if finding.severity == "unfit"]:
        raise Unfit(f"the store at {place} cannot run an auction: {'; '.join(unfit)}")
    unsafe = [finding.text for finding in findings if finding.severity == "unsafe"]
    if unsafe and durability == "strict":
        raise NotDurable(
            f"the store at {place} could lose a bid: {'; '.join(unsafe)}; "
            'or set store.durability = "relaxed" and say so to your bidders'
        )


def _settings(ask: Any) -> Iterator[Finding]:
    for name, wanted in DURABLE_SETTINGS.items():
        try:
            found = _pairs(ask("CONFIG", "GET", name)).get(name)
        except redis.ResponseError:
            yield Finding("unsafe", name, f"{name} cannot be read: allow CONFIG GET, to show that it is {wanted}")
            continue
        if found == wanted:
            yield Finding("ok", name, f"{name} is {wanted}")
        else:
            yield Finding("unsafe", name, f"{name} is {found}: CONFIG SET {name} {wanted}, then CONFIG REWRITE")


def _state(ask: Any) -> Iterator[Finding]:
    info: dict[str, Any] = ask("INFO")
    program = "Valkey" if info.get("server_name") == "valkey" else "Redis"
    yield Finding("ok", "version", f"{program} {info.get('valkey_version') or info.get('redis_version')}")
    if info.get("role") != "master":
        yield Finding("unfit", "role", f"it is a {info.get('role')}: give store.url the primary")
    if str(info.get("loading")) == "1":
        yield Finding("unfit", "loading", "it is still loading its data: wait until it has")
    if info.get("aof_last_write_status", "ok") != "ok":
        yield Finding("unfit", "append-only file", "its last write to it failed: look at the store's disk and log")
    if info.get("aof_last_bgrewrite_status", "ok") != "ok":
        yield Finding("warning", "append-only file", "its last rewrite failed: look at the store's log")
    memory, limit = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if limit and memory > limit * 0.8:
        yield Finding("warning", "memory", f"{memory >> 20} of its {limit >> 20} MiB are in use: raise maxmemory")


def _features(ask: Any) -> Iterator[Finding]:
    """Probed, not read off a version: Valkey calls itself Redis 7.2.4, and services rename what they like."""
    missing = [name for name, found in zip(COMMANDS, ask("COMMAND", "INFO", *COMMANDS), strict=True) if not found]
    if not missing:
        try:
            ask("EVAL", PROBE, 0)
            ask("SPUBLISH", "outcry:audit", "")
        except redis.ResponseError as error:
            yield Finding("unfit", "features", f"a probe was refused ({error}): allow this user EVAL and SPUBLISH")
            return
        yield Finding("ok", "features", "all commands are there")
    else:
        yield Finding("unfit", "features", f"it lacks {', '.join(missing)}: use Valkey from 7.2 or Redis from 7.0")


def _disk(ask: Any, url: str) -> Iterator[Finding]:
    """Only of a store on this machine: a full disk stops it, and the auctions with it."""
    if not url.startswith("unix:"):
        return
    try:
        folder = _pairs(ask("CONFIG", "GET", "dir")).get("dir", "")
        free = shutil.disk_usage(folder).free
    except (redis.ResponseError, OSError):
        return
    severity: Severity = "unfit" if free < FULL_DISK else "warning" if free < LOW_DISK else "ok"
    yield Finding(severity, "disk", f"{free >> 20} MiB free in {folder}" + ("" if severity == "ok" else ": make room"))


def _clock(ask: Any) -> Iterator[Finding]:
    before = time.time()
    seconds, micros = ask("TIME")
    ahead = int(seconds) + int(micros) / 1e6 - (before + time.time()) / 2
    if abs(ahead) > CLOCK_S:
        side = "ahead of" if ahead > 0 else "behind"
        yield Finding("warning", "clock", f"its clock is {abs(ahead):.1f} s {side} this machine's: run NTP on both")
    else:
        yield Finding("ok", "clock", "its clock agrees with this machine's")


def _pairs(reply: Any) -> dict[str, str]:
    return dict(reply) if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2], strict=True))
