"""What operators do by HTTP, registrations, and how the house's refusals look from outside."""

from typing import Any

import httpx
import pytest

from outcry.config import Config
from outcry.web.spec.lots import LOT_EXAMPLE
from tests.house.world import bidder, lot_body

from .world import World

LOT = "/api/v1/lots/lot-1"


class Desk:
    """Two operators at one house."""

    def __init__(self, world: World, anna: dict[str, str], boris: dict[str, str]) -> None:
        self.world = world
        self.anna = anna
        self.boris = boris

    async def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> httpx.Response:
        async with self.world.client(headers=headers or self.anna) as client:
            return await client.post(path, json=body)


async def a_desk(config: Config | None = None) -> Desk:
    world = World(config)
    await world.house.open("lot-1")
    return Desk(world, await world.bearer("operator", "Anna"), await world.bearer("operator", "Boris"))


async def test_a_lot_is_announced_as_everybody_will_see_it() -> None:
    desk = await a_desk()
    body = lot_body("lot-2", opens_at=desk.world.house.now() + 60_000)
    answer = await desk.post("/api/v1/lots", body)
    assert (answer.status_code, answer.headers["location"]) == (201, "/api/v1/lots/lot-2")
    assert answer.json()["state"] == "announced"
    assert set(answer.json()) == set(LOT_EXAMPLE)
    assert (await desk.post("/api/v1/lots", body)).status_code == 201
    other = await desk.post("/api/v1/lots", {**body, "region": "GD"})
    assert (other.status_code, other.json()["error"]) == (409, "exists")


async def test_a_new_lot_opens_in_the_future_and_an_announced_one_stays_announced() -> None:
    desk = await a_desk()
    house = desk.world.house
    late = await desk.post("/api/v1/lots", lot_body("late", opens_at=house.now() - 60_000))
    assert late.status_code == 201  # nobody told the catalogue the time
    house.catalogue.now = house.now
    past = await desk.post("/api/v1/lots", lot_body("past", opens_at=house.now() - 6_000))
    assert (past.status_code, past.json()["error"]) == (400, "malformed")
    assert past.json()["detail"].startswith("opens_at lies in the past: the house's time is 1")
    assert await house.catalogue.get("past") is None
    body = lot_body("soon", opens_at=house.now() - 4_000)
    first = await desk.post("/api/v1/lots", body)
    assert first.status_code == 201
    house.catalogue.now = lambda: house.now() + 3_600_000
    again = await desk.post("/api/v1/lots", body)
    assert (again.status_code, again.json()["opens_at"]) == (201, body["opens_at"])
    other = await desk.post("/api/v1/lots", {**body, "region": "GD"})
    assert (other.status_code, other.json()["error"]) == (409, "exists")


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "LOT"},
        {"title": "x"},
        {"title": {"en": "x", "zh": "\x00"}},
        {"terms": {}},
        {"extra": 1},
        {"claim": -1},
        {"region": None},
    ],
)
async def test_a_card_that_is_none_is_malformed(changes: dict[str, Any]) -> None:
    desk = await a_desk()
    answer = await desk.post("/api/v1/lots", {**lot_body("lot-2", opens_at=1), **changes})
    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")
    assert len(answer.json()["detail"]) > 10


async def test_one_operator_pauses_and_says() -> None:
    desk = await a_desk()
    paused = await desk.post(
        f"{LOT}/pause", {"key": "k1", "ground": "review", "text": "A question is examined.", "expect_n": 1}
    )
    assert (paused.status_code, paused.json()["ok"], paused.json()["n"]) == (200, True, 2)
    said = await desk.post(f"{LOT}/say", {"key": "k2", "kind": "announcement", "text": "It goes on soon."})
    assert (said.status_code, said.json()["n"]) == (200, 3)
    again = await desk.post(f"{LOT}/say", {"key": "k2", "kind": "announcement", "text": "It goes on soon."})
    assert again.content == said.content
    assert len(desk.world.house.events()) == 3


async def test_a_script_that_refuses_answers_with_its_figures() -> None:
    desk = await a_desk()
    wrong = await desk.post(f"{LOT}/pause", {"key": "k1", "ground": "review", "expect_n": 7})
    assert wrong.status_code == 409
    body = wrong.json()
    assert (body["error"], body["n"], body["state"]) == ("wrong_head", 1, "open")
    assert "ok" not in body and "code" not in body and body["detail"]


async def test_resuming_takes_two() -> None:
    desk = await a_desk()
    await desk.post(f"{LOT}/pause", {"key": "k1", "ground": "review"})
    proposed = await desk.post(f"{LOT}/resume", {"key": "k2"})
    assert proposed.status_code == 202
    proposal = proposed.json()["proposal"]
    assert (proposal["lot"], proposal["action"], proposal["by"]) == ("lot-1", "resume", "Anna")
    async with desk.world.client(headers=desk.boris) as client:
        assert (await client.get("/api/v1/proposals")).json() == {"proposals": [proposal]}
    confirm = f"/api/v1/proposals/{proposal['id']}/confirm"
    own = await desk.post(confirm)
    assert (own.status_code, own.json()["error"]) == (403, "same_operator")
    confirmed = await desk.post(confirm, {}, desk.boris)
    assert (confirmed.status_code, confirmed.json()["ok"]) == (200, True)
    assert desk.world.house.events()[-1]["t"] == "resuming"
    assert (await desk.post(confirm, None, desk.boris)).content == confirmed.content


async def test_a_proposal_does_not_wait_for_ever() -> None:
    desk = await a_desk()
    await desk.post(f"{LOT}/pause", {"key": "k1", "ground": "review"})
    proposal = (await desk.post(f"{LOT}/resume", {"key": "k2"})).json()["proposal"]
    desk.world.house.wait(600_000)
    late = await desk.post(f"/api/v1/proposals/{proposal['id']}/confirm", None, desk.boris)
    assert (late.status_code, late.json()["error"]) == (410, "expired")
    unknown = await desk.post("/api/v1/proposals/p-unknown/confirm")
    assert (unknown.status_code, unknown.json()["error"]) == (404, "unknown_proposal")


async def test_retracting_and_withdrawing_take_two_as_well() -> None:
    desk = await a_desk()
    house = desk.world.house
    code = (await house.registration.register("lot-1", bidder(1))).code
    await house.bid("lot-1", code or "", 1_000)
    await desk.post(f"{LOT}/pause", {"key": "k1", "ground": "review"})
    retract = await desk.post(f"{LOT}/retract", {"key": "k2", "ground": "slip", "expect_n": 3})
    assert (retract.status_code, retract.json()["proposal"]["target"]) == (202, 2)
    done = await desk.post(f"/api/v1/proposals/{retract.json()['proposal']['id']}/confirm", None, desk.boris)
    assert done.status_code == 200 and house.events()[-1]["t"] == "retracted"
    withdraw = await desk.post(f"{LOT}/withdraw", {"key": "k3", "ground": "court_order", "text": "Order 12."})
    assert withdraw.status_code == 202
    done = await desk.post(f"/api/v1/proposals/{withdraw.json()['proposal']['id']}/confirm", None, desk.boris)
    assert done.status_code == 200 and house.events()[-1]["t"] == "withdrawn"


async def test_all_open_lots_pause_at_once() -> None:
    desk = await a_desk()
    await desk.world.house.open("lot-2")
    await desk.post(f"{LOT}/pause", {"key": "k1", "ground": "review"})
    answer = await desk.post("/api/v1/pause", {"key": "k2", "ground": "system_fault", "text": "A fault."})
    assert answer.json() == {"paused": ["lot-2"], "refused": {"lot-1": "paused"}}


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("pause", {}),
        ("pause", {"key": "k", "ground": "because"}),
        ("pause", {"key": "k k", "ground": "review"}),
        ("pause", {"key": "k", "ground": "review", "as_of": 1}),
        ("pause", {"key": "k", "ground": "clock"}),
        ("pause", {"key": "k", "ground": "review", "expect_n": "1"}),
        ("pause", {"key": "k", "ground": "review", "text": ""}),
        ("pause", {"key": "k", "ground": "review", "text": ["x"]}),
        ("pause", {"key": "k", "ground": "review", "text": "x" * 5_000}),
        ("pause", {"key": None, "ground": "review"}),
        ("say", {"key": "k", "kind": "answer"}),
        ("say", {"key": "k", "kind": "rumour", "text": "x"}),
        ("say", {"key": "k", "kind": "answer", "text": None}),
        ("resume", {"key": "k", "delay_ms": -1}),
        ("resume", {"key": "k", "delay_ms": 1}),
        ("retract", {"key": "k", "ground": "slip"}),
        ("retract", {"key": "k", "ground": "slip", "expect_n": None, "target": 2}),
        ("withdraw", {"key": "k", "ground": "review"}),
        ("withdraw", []),
    ],
)
async def test_a_malformed_act_never_reaches_the_lot(act: str, body: Any) -> None:
    desk = await a_desk()
    sent = len(desk.world.house.engine.sent)
    answer = await desk.post(f"{LOT}/{act}", body)
    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")
    assert len(desk.world.house.engine.sent) == sent


@pytest.mark.parametrize("act", ["pause", "say", "resume", "retract", "withdraw", "registrations", "bids"])
async def test_an_act_on_an_unknown_lot_is_not_found(act: str) -> None:
    desk = await a_desk()
    headers = await desk.world.bearer("bidder") if act == "bids" else desk.anna
    answer = await desk.post(f"/api/v1/lots/nope/{act}", {"key": "k"}, headers)
    assert (answer.status_code, answer.json()["error"]) == (404, "unknown_lot")


async def test_a_bidder_registers_himself_and_learns_his_code() -> None:
    desk = await a_desk()
    me = await desk.world.bearer("bidder")
    first = await desk.post(f"{LOT}/registrations", {}, me)
    assert first.status_code == 200 and first.json()["admitted"] and len(first.json()["code"]) >= 4
    assert (await desk.post(f"{LOT}/registrations", None, me)).json() == first.json()
    assert (await desk.post(f"{LOT}/registrations", {"rank": 1}, me)).status_code == 400


async def test_an_operator_admits_by_name_and_learns_no_code() -> None:
    desk = await a_desk(Config().override(registration={"admit": "operator"}))
    me = await desk.world.bearer("bidder", "Zhou Min")
    refused = await desk.post(f"{LOT}/registrations", {}, me)
    assert (refused.status_code, refused.json()["error"]) == (403, "unauthorised")
    answer = await desk.post(f"{LOT}/registrations", {"account": "Zhou Min", "rank": 1})
    assert answer.json() == {"code": None, "rank": 1, "admitted": True}
    async with desk.world.client(headers=me) as client:
        mine = (await client.get(f"{LOT}/me")).json()
    assert (mine["role"], mine["rank"], mine["admitted"]) == ("bidder", 1, True) and mine["code"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"account": "Nobody"}, 404),
        ({"account": ["Anna"]}, 404),
        ({"account": "Zhou Min", "rank": "1"}, 400),
        ({"account": "Zhou Min", "rank": True}, 400),
        ({"account": "Boris"}, 403),
    ],
)
async def test_an_operator_admits_only_who_may_be(body: dict[str, Any], status: int) -> None:
    desk = await a_desk()
    await desk.world.session("bidder", "Zhou Min")
    assert (await desk.post(f"{LOT}/registrations", body)).status_code == status
    assert desk.world.house.disk.lots["lot-1"].lot.registered == 0
