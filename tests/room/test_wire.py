"""RFC 6455: held against the reader of ``websockets``, and the limits that it does not have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, OPEN, SERVER, Protocol

from outcry.room.wire import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    Reader,
    WireError,
    close_frame,
    pong_frame,
    text_frame,
    text_payloads,
)

LIMIT = 4096


def masked(opcode: int, payload: bytes, fin: bool = True) -> bytes:
    return Frame(Opcode(opcode), payload, fin).serialize(mask=True)


def read(*chunks: bytes) -> tuple[list[tuple[int, bytes]], int | None]:
    """What a reader makes of the bytes: messages, and the code with which it gave up."""
    reader = Reader(LIMIT)
    messages: list[tuple[int, bytes]] = []
    try:
        for chunk in chunks:
            messages += reader.feed(chunk)
    except WireError as error:
        return messages, error.code
    return messages, None


def read_by_library(*chunks: bytes) -> tuple[list[tuple[int, bytes]], int | None]:
    protocol = Protocol(SERVER, state=OPEN, max_size=LIMIT)
    messages: list[tuple[int, bytes]] = []
    parts: list[bytes] = []
    for chunk in chunks:
        protocol.receive_data(chunk)
    for event in protocol.events_received():
        assert isinstance(event, Frame)
        data = bytes(event.data)
        if event.opcode in (Opcode.TEXT, Opcode.CONT):
            parts.append(data)
            if event.fin:
                messages.append((TEXT, b"".join(parts)))
                parts = []
        else:
            messages.append((int(event.opcode), data))
    failed = protocol.parser_exc is not None and protocol.close_sent is not None
    return messages, int(protocol.close_sent.code) if failed and protocol.close_sent else None


TEXTS = st.text(st.characters(codec="ascii"), max_size=300).map(str.encode)
WHOLE = TEXTS.map(lambda text: masked(TEXT, text))
CONTROL = st.tuples(st.sampled_from((PING, PONG)), st.binary(max_size=125)).map(lambda frame: masked(*frame))


@st.composite
def fragmented(draw: st.DrawFn) -> bytes:
    parts = draw(st.lists(TEXTS, min_size=2, max_size=5))
    frames = [masked(0 if i else TEXT, part, fin=i == len(parts) - 1) for i, part in enumerate(parts)]
    return b"".join(frame + draw(st.just(b"") | CONTROL) for frame in frames)


BROKEN = st.sampled_from(
    (
        masked(0, b"no beginning"),
        masked(TEXT, b"begun", fin=False) + masked(TEXT, b"and begun again"),
        b"\xc1" + masked(TEXT, b"reserved bit")[1:],
        b"\x83" + masked(TEXT, b"reserved opcode")[1:],
        b"\x8b" + masked(PING, b"reserved control")[1:],
        Frame(Opcode.TEXT, b"unmasked").serialize(mask=False),
        b"\x09" + masked(PING, b"fragmented ping")[1:],
        b"\x89\xfe" + (126).to_bytes(2, "big") + bytes(4 + 126),
        masked(TEXT, b"x" * (LIMIT + 1)),
        masked(TEXT, b"x" * LIMIT, fin=False) + masked(0, b"y"),
        masked(CLOSE, b"\x03"),
        masked(CLOSE, (1005).to_bytes(2, "big")),
        masked(CLOSE, (999).to_bytes(2, "big")),
        masked(CLOSE, (1000).to_bytes(2, "big") + b"\xff"),
    )
)
CLOSING = st.sampled_from((masked(CLOSE, b""), masked(CLOSE, (1001).to_bytes(2, "big") + b"bye")))


@given(
    st.lists(WHOLE | CONTROL | fragmented(), max_size=6),
    st.just(b"") | BROKEN | CLOSING,
    st.lists(st.integers(0, 9999)),
)
def test_reads_what_the_library_reads(frames: list[bytes], end: bytes, cuts: list[int]) -> None:
    data = b"".join(frames) + end
    marks = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    chunks = [data[a:b] for a, b in zip(marks, marks[1:], strict=False)]
    assert read(*chunks) == read_by_library(*chunks)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read(data)


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_text_frame_is_what_a_client_reads(size: int) -> None:
    protocol = Protocol(CLIENT, state=OPEN, max_size=None)
    protocol.receive_data(text_frame(b"x" * size) + pong_frame(b"p") + close_frame(4000, "why"))
    text, pong, close = protocol.events_received()
    assert isinstance(text, Frame) and (text.opcode, len(text.data)) == (Opcode.TEXT, size)
    assert isinstance(pong, Frame) and (pong.opcode, pong.data) == (Opcode.PONG, b"p")
    assert isinstance(close, Frame) and protocol.close_rcvd is not None
    assert (protocol.close_rcvd.code, protocol.close_rcvd.reason) == (4000, "why")


def test_frames_in_a_row_come_apart_again() -> None:
    payloads = [b"", b"a" * 125, b"b" * 126, b"c" * 70_000]
    assert list(text_payloads(b"".join(map(text_frame, payloads)))) == payloads


def test_binary_is_refused() -> None:
    assert read(masked(TEXT, b"a"), masked(2, b"\x00")) == ([(TEXT, b"a")], 1003)


@pytest.mark.parametrize("text", [b"\xff", b"\xc3", b"\xed\xa0\x80"], ids=["no lead", "half", "surrogate"])
def test_text_is_utf8(text: bytes) -> None:
    assert read(masked(TEXT, text)) == ([], 1007)
    assert read(masked(TEXT, text[:1], fin=False), masked(0, text[1:])) == ([], 1007)


def test_a_character_may_be_cut_by_a_fragment() -> None:
    assert read(masked(TEXT, b"\xc3", fin=False), masked(0, b"\xa9")) == ([(TEXT, "é".encode())], None)


def test_empty_fragments_are_counted() -> None:
    fragments = masked(TEXT, b"", fin=False) + masked(0, b"", fin=False) * 31
    assert read(fragments, masked(0, b"")) == ([], 1008)
    assert read(fragments[: -len(masked(0, b"", fin=False))], masked(0, b"")) == ([(TEXT, b"")], None)


def test_too_long_a_message_is_refused_by_its_header() -> None:
    assert read(masked(TEXT, b"x" * LIMIT)) == ([(TEXT, b"x" * LIMIT)], None)
    assert read(masked(TEXT, b"x" * (LIMIT + 1))[:4]) == ([], 1009)
    assert read(b"\x81\xff" + (2**63).to_bytes(8, "big")) == ([], 1009)


def test_a_flood_is_read_no_further_than_asked() -> None:
    messages = Reader(LIMIT).feed(masked(PING, b"") * 10_000 + b"\xff")
    assert next(messages) == (PING, b"")
