"""Who comes in, for how long, and how everybody is shown out."""

import asyncio
import hashlib

import pytest

from outcry.house.accounts import SESSION_S, SESSIONS, TICKET_S, TOKEN_S, AccountRole
from outcry.house.errors import Conflict, Malformed

from .fakes import Disk, Faults
from .world import House


async def test_a_ticket_opens_one_session() -> None:
    house = House()
    ticket = await house.accounts.add("Zhou Min", "bidder", amc=True)
    session = await house.accounts.enter(ticket)
    assert session is not None
    account = await house.accounts.session(session.token)
    assert account is not None
    assert (account.name, account.role, account.amc) == ("Zhou Min", "bidder", True)
    assert account.session == session.key
    assert await house.accounts.enter(ticket) is None


@pytest.mark.parametrize("seed", range(8))
async def test_of_two_who_use_a_ticket_at_once_one_enters(seed: int) -> None:
    disk = Disk()
    houses = [House(disk, Faults(seed=seed * 2 + number)) for number in range(2)]
    ticket = await houses[0].accounts.add("Zhou Min", "bidder")
    sessions = await asyncio.gather(*(house.accounts.enter(ticket) for house in houses))
    assert sum(session is not None for session in sessions) == 1


async def test_what_opens_nothing_is_answered_alike() -> None:
    house = House()
    ticket = await house.accounts.add("Zhou Min", "bidder")
    session = await house.accounts.enter(ticket)
    assert session is not None
    for secret in ("", "nonsense", "\ud800", "x" * 10_000, ticket, session.key):
        assert await house.accounts.session(secret) is None
        assert await house.accounts.enter(secret) is None
    assert await house.accounts.enter(session.token) is None


@pytest.mark.parametrize("lifetime_s", [TICKET_S, SESSION_S, TOKEN_S])
async def test_each_secret_has_its_time(lifetime_s: int) -> None:
    house = House()
    ticket = await house.accounts.add("Zhou Min", "bidder")
    if lifetime_s == TICKET_S:
        house.wait(TICKET_S * 1000)
        assert await house.accounts.enter(ticket) is None
        return
    session = await house.accounts.enter(ticket)
    assert session is not None
    token = session.token if lifetime_s == SESSION_S else await house.accounts.token(session.account)
    house.wait(lifetime_s * 1000 - 1)
    assert await house.accounts.session(token) is not None
    house.wait(1)
    assert await house.accounts.session(token) is None


async def test_entering_ends_the_session_that_was_carried_before() -> None:
    house = House()
    first = await house.accounts.enter(await house.accounts.add("Zhou Min", "bidder"))
    assert first is not None
    second = await house.accounts.enter(await house.accounts.add("Zhou Min", "bidder"), leaving=first.token)
    assert second is not None
    assert second.token != first.token
    assert await house.accounts.session(first.token) is None
    assert await house.accounts.session(second.token) is not None


async def test_what_ends_is_ended_in_every_process_at_once() -> None:
    here, there = House(disk := Disk()), House(disk)
    session = await here.accounts.enter(await here.accounts.add("Zhou Min", "bidder"))
    assert session is not None
    bearer = await here.accounts.token(session.account)
    other = await here.accounts.enter(await here.accounts.add("Li Na", "bidder"))
    assert other is not None
    key_of_bearer = hashlib.sha256(bearer.encode()).hexdigest()
    keys = {session.key, key_of_bearer, other.key, "unheard-of"}
    assert await there.accounts.ended(keys) == {"unheard-of"}

    await here.accounts.end(session.token)
    assert await there.accounts.session(session.token) is None
    assert await there.accounts.ended(keys) == {"unheard-of", session.key}

    await here.accounts.end_all(session.account)
    assert await there.accounts.session(bearer) is None
    assert await there.accounts.ended(keys) == {"unheard-of", session.key, key_of_bearer}
    assert await there.accounts.session(other.token) is not None


async def test_sessions_that_expired_are_not_listed_for_ever() -> None:
    house = House()
    for _ in range(3):
        await house.accounts.enter(await house.accounts.add("Zhou Min", "bidder"))
        house.wait(SESSION_S * 1000)
    (listed,) = (keys for name, keys in house.disk.tables.items() if name.startswith("sessions:"))
    assert len(listed) == 1


async def test_an_account_has_so_many_sessions_and_tokens_and_one_more_ends_the_oldest() -> None:
    house = House()
    session = await house.accounts.enter(await house.accounts.add("Zhou Min", "bidder"))
    other = await house.accounts.enter(await house.accounts.add("Li Na", "bidder"))
    assert session is not None and other is not None
    tokens = [await house.accounts.token(session.account) for _ in range(SESSIONS - 1)]
    assert await house.accounts.session(session.token) is not None
    tokens.append(await house.accounts.token(session.account))
    assert await house.accounts.session(session.token) is None
    again = await house.accounts.enter(await house.accounts.add("Zhou Min", "bidder"))
    assert again is not None
    live = [token for token in (*tokens, again.token) if await house.accounts.session(token) is not None]
    assert live == [*tokens[1:], again.token]
    assert await house.accounts.session(other.token) is not None


async def test_what_has_ended_takes_no_place() -> None:
    house = House()
    session = await house.accounts.enter(await house.accounts.add("Zhou Min", "bidder"))
    assert session is not None
    for _ in range(SESSIONS + 5):
        await house.accounts.end(await house.accounts.token(session.account))
    assert await house.accounts.session(session.token) is not None


async def test_the_hundredth_token_costs_no_more_than_the_fortieth() -> None:
    house = House()
    session = await house.accounts.enter(await house.accounts.add("Zhou Min", "bidder"))
    assert session is not None
    read: list[int] = []
    get_many = house.records.get_many

    async def counted(keys: list[str]) -> list[bytes | None]:
        read.append(len(keys))
        return await get_many(keys)

    house.records.get_many = counted  # type: ignore[method-assign]
    for _ in range(100):
        await house.accounts.token(session.account)
    assert max(read) == SESSIONS


async def test_the_store_holds_no_secret() -> None:
    house = House()
    ticket = await house.accounts.add("Zhou Min", "bidder")
    unused = await house.accounts.add("Zhou Min", "bidder")
    session = await house.accounts.enter(ticket)
    assert session is not None
    bearer = await house.accounts.token(session.account)
    for secret in (ticket, unused, session.token, bearer):
        assert len(secret) >= 43  # 256 bits in base64
        assert secret not in house.disk.dump()
    assert session.token not in repr(session)


async def test_a_name_is_one_account() -> None:
    house = House()
    await house.accounts.add("Zhou Min", "bidder")
    first = await house.accounts.find("Zhou Min")
    await house.accounts.add("Zhou Min", "bidder")
    assert await house.accounts.find("Zhou Min") == first
    assert await house.accounts.find("Nobody") is None
    with pytest.raises(Conflict, match="another kind"):
        await house.accounts.add("Zhou Min", "operator")


async def test_spellings_of_one_name_are_one_account() -> None:
    house = House()
    await house.accounts.add("Jose\u0301", "bidder")
    assert await house.accounts.find("Jos\u00e9") == await house.accounts.find("Jose\u0301") is not None


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\nb", "a\u202eb", "\ud800"])
async def test_a_name_is_readable(name: str) -> None:
    with pytest.raises(Malformed):
        await House().accounts.add(name, "bidder")


async def test_there_are_two_roles() -> None:
    role: AccountRole = "seller"  # type: ignore[assignment]
    with pytest.raises(Malformed, match="bidder, operator"):
        await House().accounts.add("Zhou Min", role)
