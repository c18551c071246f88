"""What the house keeps beside its lots: small JSON documents, sets and timetables, each key on its own.

This is redis-py as it comes, but for its retries: a write that timed out is reported, not repeated. One call touches
one key; what spans keys is done by the house in idempotent steps.
"""

from typing import Any

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError, TimeoutError

from .errors import StoreError, Unavailable, Unknown
from .keys import record_key
from .store import Store

REPLACE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""


class Records:
    """Raises ``Unavailable`` where the store is not reached, ``Unknown`` where a write's answer did not come."""

    def __init__(self, store: Store) -> None:
        # Blocking: when a whole room comes back at once, its visitors wait for a connection instead of being refused.
        pool = redis.BlockingConnectionPool.from_url(
            store.url, retry=Retry(NoBackoff(), 0), socket_timeout=2.0, socket_connect_timeout=2.0,
            max_connections=16, timeout=2.0,
        )  # fmt: skip
        self._redis = redis.Redis.from_pool(pool)

    async def start(self) -> None:
        await self._run("PING")

    async def stop(self) -> None:
        await self._redis.aclose()

    async def get(self, key: str) -> bytes | None:
        found: bytes | None = await self._run("GET", record_key(key))
        return found

    async def get_many(self, keys: list[str]) -> list[bytes | None]:
        """In one write, in the order asked; pipelined, because the keys lie in different slots."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.get(record_key(key))
                found: list[bytes | None] = await pipe.execute()
                return found
        except RedisError as error:
            raise reported(error) from error

    async def put(self, key: str, value: bytes, ttl_s: int | None = None) -> None:
        await self._run("SET", record_key(key), value, *_expiry(ttl_s))

    async def put_new(self, key: str, value: bytes, ttl_s: int | None = None) -> bool:
        """False where the key is taken."""
        return bool(await self._run("SET", record_key(key), value, "NX", *_expiry(ttl_s)))

    async def replace(self, key: str, old: bytes, new: bytes) -> bool:
        """Compare and set; the time to live stays."""
        return bool(await self._run("EVAL", REPLACE, 1, record_key(key), old, new))

    async def take(self, key: str) -> bytes | None:
        """Reads and deletes in one step: for what may be used once."""
        found: bytes | None = await self._run("GETDEL", record_key(key))
        return found

    async def delete(self, key: str) -> bool:
        return bool(await self._run("DEL", record_key(key)))

    async def members(self, key: str) -> set[str]:
        return {member.decode() for member in await self._run("SMEMBERS", record_key(key))}

    async def add(self, key: str, member: str) -> bool:
        """False where it was there."""
        return bool(await self._run("SADD", record_key(key), member))

    async def discard(self, key: str, member: str) -> None:
        await self._run("SREM", record_key(key), member)

    async def score(self, key: str, member: str, at: int) -> None:
        await self._run("ZADD", record_key(key), at, member)

    async def unscore(self, key: str, member: str) -> None:
        await self._run("ZREM", record_key(key), member)

    async def due(self, key: str, until: int, limit: int) -> list[str]:
        """Members whose time has come, soonest first."""
        found = await self._run("ZRANGE", record_key(key), "-inf", until, "BYSCORE", "LIMIT", 0, limit)
        return [member.decode() for member in found]

    async def scores(self, key: str) -> list[tuple[str, int]]:
        """All members with their times, soonest first."""
        found = await self._run("ZRANGE", record_key(key), 0, -1)
        if not found:
            return []
        scores = await self._run("ZMSCORE", record_key(key), *found)
        return [(member.decode(), int(at)) for member, at in zip(found, scores, strict=True) if at is not None]

    async def size(self, key: str) -> int:
        """How many members a timetable has."""
        return int(await self._run("ZCARD", record_key(key)))

    async def fields(self, key: str) -> dict[str, bytes]:
        return {field.decode(): value for field, value in (await self._run("HGETALL", record_key(key))).items()}

    async def get_field(self, key: str, field: str) -> bytes | None:
        found: bytes | None = await self._run("HGET", record_key(key), field)
        return found

    async def set_field(self, key: str, field: str, value: bytes) -> None:
        await self._run("HSET", record_key(key), field, value)

    async def set_field_new(self, key: str, field: str, value: bytes) -> bool:
        """False where the field is taken."""
        return bool(await self._run("HSETNX", record_key(key), field, value))

    async def drop_field(self, key: str, field: str) -> None:
        await self._run("HDEL", record_key(key), field)

    async def _run(self, *command: bytes | str | int) -> Any:
        try:
            answer: Any = await self._redis.execute_command(*command)  # type: ignore[no-untyped-call]
            return answer
        except RedisError as error:
            raise reported(error) from error


def _expiry(ttl_s: int | None) -> tuple[str | int, ...]:
    return () if ttl_s is None else ("EX", ttl_s)


def reported(error: RedisError) -> StoreError:
    """redis-py's failures in the engine's words."""
    if isinstance(error, TimeoutError):
        return Unknown("the store did not answer in time")
    if isinstance(error, ConnectionError):
        return Unavailable(f"the store cannot be reached: {error}")
    return Unavailable(f"the store refused: {error}")
