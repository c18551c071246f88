"""Strict decoding: one command, or one error that says what was wrong."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.room.codec import Bid, FrameError, Ping, Sync, decode, decode_bid
from outcry.room.codec import _bid as slow_bid
from outcry.room.codec import _fields as fields

LINK = "0123456789abcdef" * 2 + "01234567"
GOOD = {
    '{"t":"bid","id":"b1","amount":100}': Bid("b1", 100),
    '{"t": "bid", "id": "b1", "amount": 100, "confirm": 100}': Bid("b1", 100, 100),
    '{"amount":999999999999999,"id":"a-Z_9","t":"bid"}': Bid("a-Z_9", 999_999_999_999_999),
    '{"t":"bid","id":"\\u0062","amount":1}': Bid("b", 1),
    ' {"t":"bid",\n"id":"b1","amount":100}\t': Bid("b1", 100),
    f'{{"t":"sync","epoch":2,"after":17,"link":"{LINK}"}}': Sync(2, 17, LINK),
    '{"t":"sync","epoch":0,"after":0,"link":""}': Sync(0, 0, ""),
    '{"t":"ping","c":1700000000000}': Ping(1_700_000_000_000),
    '{"t":"ping","c":-1}': Ping(-1),
    '{"t":"ping","c":"héllo"}': Ping("héllo"),
}
AMOUNTS = [
    "0", "-1", "-0", "01", "+1", "1.0", "1.5", "1e3", "1E3", "NaN", "Infinity", "-Infinity", "true", "false", "null",
    '"100"', "[100]", "{}", "1000000000000000", "1" * 30, "1" * 4000, "0x10", "1_000", "１", "",
]  # fmt: skip
"""In the place of an amount: each is malformed."""
IDS = ['""', '"' + "a" * 41 + '"', '"a b"', '"é"', '"a\\u0000"', '"\\ud800"', '"a\\n"', "7", "null", '["a"]']
MALFORMED = {
    "empty": "",
    "blank": "  ",
    "words": "bid 100",
    "half": '{"t":"bid","id":"b1","amount":100',
    "two frames": '{"t":"ping","c":1}{"t":"ping","c":1}',
    "trailing comma": '{"t":"ping","c":1,}',
    "comment": '{"t":"ping","c":1/**/}',
    "single quotes": "{'t':'ping','c':1}",
    "byte order mark": '\ufeff{"t":"ping","c":1}',
    "array": "[1]",
    "string": '"ping"',
    "number": "1",
    "null": "null",
    "no type": '{"id":"b1","amount":1}',
    "type a number": '{"t":1}',
    "type an array": '{"t":["bid"]}',
    "key twice": '{"t":"ping","c":1,"c":2}',
    "key twice, once escaped": '{"t":"bid","id":"b1","amount":1,"\\u0061mount":2}',
    "key twice, deep": '{"t":"ping","c":{"a":1,"a":2}}',
    "unknown field": '{"t":"bid","id":"b1","amount":1,"code":"ANNE"}',
    "unknown field with an odd name": '{"t":"ping","c":1,"<b>":1}',
    "NUL in a key": '{"t":"ping","c":1,"\\u0000":1}',
    "raw control character": '{"t":"ping","c":"\x01"}',
    "NUL": '{"t":"ping","c":"a\\u0000"}',
    "lone surrogate": '{"t":"ping","c":"\\udc00"}',
    "deep": "[" * 2000 + "]" * 2000,
    "deep, unclosed": "[" * 4000,
    "five deep": '{"t":"ping","c":[[[[1]]]]}',
    "no id": '{"t":"bid","amount":1}',
    "no amount": '{"t":"bid","id":"b1"}',
    "confirm null": '{"t":"bid","id":"b1","amount":1,"confirm":null}',
    "confirm false": '{"t":"bid","id":"b1","amount":1,"confirm":false}',
    "confirm zero": '{"t":"bid","id":"b1","amount":1,"confirm":0}',
    "confirm text": '{"t":"bid","id":"b1","amount":1,"confirm":"1"}',
    "sync without link": '{"t":"sync","epoch":1,"after":1}',
    "sync, short link": '{"t":"sync","epoch":1,"after":1,"link":"abc"}',
    "sync, upper-case link": f'{{"t":"sync","epoch":1,"after":1,"link":"{LINK.upper()}"}}',
    "sync below zero": '{"t":"sync","epoch":1,"after":-1,"link":""}',
    "sync, epoch true": '{"t":"sync","epoch":true,"after":1,"link":""}',
    "ping without c": '{"t":"ping"}',
    "ping true": '{"t":"ping","c":true}',
    "ping null": '{"t":"ping","c":null}',
    "ping an object": '{"t":"ping","c":{}}',
    "ping a novel": '{"t":"ping","c":"' + "c" * 41 + '"}',
    "ping a fraction": '{"t":"ping","c":1.5}',
}
MALFORMED |= {f"amount {amount[:20]}": f'{{"t":"bid","id":"b1","amount":{amount}}}' for amount in AMOUNTS}
MALFORMED |= {f"id {id[:20]}": f'{{"t":"bid","id":{id},"amount":100}}' for id in IDS}


@pytest.mark.parametrize(("frame", "command"), GOOD.items(), ids=list(GOOD))
def test_a_good_frame_is_understood(frame: str, command: object) -> None:
    decoded = decode(frame.encode())
    assert decoded == command and type(decoded) is type(command)


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=list(MALFORMED))
def test_a_bad_frame_is_malformed(frame: str) -> None:
    with pytest.raises(FrameError) as error:
        decode(frame.encode())
    assert error.value.code == "malformed"
    assert 5 < len(error.value.detail) < 100 and error.value.detail.isprintable()


@pytest.mark.parametrize("kind", ["offer", "decision", "", "Bid", "hello"])
def test_unknown_types_are_refused(kind: str) -> None:
    with pytest.raises(FrameError) as error:
        decode(json.dumps({"t": kind, "x": 1}).encode())
    assert error.value.code == "unknown_type"


def test_what_is_no_utf8_is_malformed() -> None:
    """A socket never delivers it; a body by HTTP may."""
    with pytest.raises(FrameError, match="UTF-8"):
        decode_bid(b'{"id":"\xff","amount":1}')


@pytest.mark.parametrize("rest", ['"amount":1.5', '"amount":-0', '"amount":1,"x":1', '"amount":1,"confirm":null'])
def test_an_error_names_the_bid_that_it_answers(rest: str) -> None:
    with pytest.raises(FrameError) as error:
        decode(f'{{"t":"bid","id":"b1",{rest}}}'.encode())
    assert error.value.id == "b1"


@pytest.mark.parametrize("frame", ['{"id":"b1","amount":100}', '{"t":"bid","id":"b1","amount":100}'])
def test_a_body_may_leave_its_type_out(frame: str) -> None:
    assert decode_bid(frame.encode()) == Bid("b1", 100)


def test_a_body_is_nothing_but_a_bid() -> None:
    with pytest.raises(FrameError) as error:
        decode_bid(b'{"t":"ping","c":1}')
    assert error.value.code == "unknown_type"


BLANK = st.sampled_from(("", " "))


@given(st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True), st.integers(1, 10**15 - 1), BLANK, st.booleans())
def test_the_short_way_understands_what_the_long_way_does(id: str, amount: int, blank: str, confirmed: bool) -> None:
    frame = {"t": "bid", "id": id, "amount": amount, **({"confirm": amount} if confirmed else {})}
    payload = json.dumps(frame, separators=("," + blank, ":" + blank)).encode()
    assert decode(payload) == slow_bid(fields(payload)) == Bid(id, amount, amount if confirmed else None)


@given(st.binary(max_size=120) | st.text(max_size=120).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_nothing_but_a_frame_error_comes_out(payload: bytes) -> None:
    try:
        decode(payload)
    except FrameError as error:
        assert error.code in ("malformed", "unknown_type")


@pytest.mark.parametrize("unit", [b'\\"', b'"', b"\\", b'"\\', b'["'])
def test_no_frame_takes_long_to_refuse(unit: bytes) -> None:
    """Looking back over an unterminated string took 50 ms for each of these: a watcher could stop a house."""
    payload = (b'[[[[["' + unit * 4096)[:4096]
    began = time.process_time()
    for _ in range(10):
        with pytest.raises(FrameError):
            decode(payload)
    assert time.process_time() - began < 0.1


def test_a_body_has_the_size_of_a_frame() -> None:
    with pytest.raises(FrameError, match="4096 bytes"):
        decode_bid(b'{"id":"b1","amount":100}' + b" " * 4096)
