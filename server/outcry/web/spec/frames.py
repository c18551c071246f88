"""Every frame of both directions, and how sockets end."""

from typing import Final

from ...model.codes import Close
from .events import EVENTS
from .examples import AT, END, NOW, SHA1, STANDING
from .shape import Direction, frame
from .vocabulary import Schema

SERVER: Final = (
    frame(
        "hello",
        "server",
        "t v lot role code? now epoch n",
        "The first frame: who you are here, and where the lot stands.",
        "首帧：你的身份与标的当前位置。",
        v=1,
        lot="lot-1",
        role="bidder",
        code="K7Q2M9",
        now=NOW,
        epoch=1,
        n=2,
    ),
    frame(
        "snapshot",
        "server",
        "t why n epoch link state price? ask? leader? ends_at? remaining_ms? resumes_at? ground? bids registered "
        "extensions reserve_met? now",
        "The whole state at a position.",
        "某一位置的完整状态。",
        why="joined",
        n=2,
        epoch=1,
        link=SHA1,
        state="open",
        leader="K7Q2M9",
        ends_at=END,
        remaining_ms=None,
        resumes_at=None,
        ground=None,
        bids=1,
        registered=2,
        extensions=0,
        reserve_met=None,
        now=NOW,
        **STANDING,
    ),
    *EVENTS,
    frame(
        "text",
        "server",
        "t n salt text",
        "The text whose salted hash event n carries.",
        "事件 n 所含哈希对应的文本。",
        n=7,
        salt="c0ffee",
        text="Viewing of the file is possible until Friday.",
    ),
    frame(
        "tick",
        "server",
        "t from n link price? ask? leader? bids ends_at? extensions state",
        "Events from..n were not sent to you: a declared hole, to be fetched over HTTP.",
        "事件 from..n 未推送，为已声明的缺口，请经 HTTP 补取。",
        **{"from": 120},
        n=260,
        link=SHA1,
        leader="K7Q2M9",
        bids=250,
        ends_at=END,
        extensions=3,
        state="open",
        **STANDING,
    ),
    frame(
        "pulse",
        "server",
        "t n now watching registered store",
        "Every 5 s, and at once when the store changes; 12 s of silence mean that you are no longer live.",
        "每 5 秒一次；静默 12 秒即视为断线。",
        n=2,
        now=NOW,
        watching=41,
        registered=2,
        store="up",
    ),
    frame(
        "decision-accepted",
        "server",
        "t id ok n amount price? ask? ends_at? received_at decided_at",
        "The bid counts, and is on disk. It may come before your own bid's event; who leads is read from the event.",
        "出价有效，且已落盘。答复可能先于自己出价的事件到达；领先者以事件为准。",
        t="decision",
        id="b-1",
        ok=True,
        n=2,
        amount=30_200_000_000,
        ends_at=END,
        received_at=NOW,
        decided_at=NOW,
        **STANDING,
    ),
    frame(
        "decision-refused",
        "server",
        "t id ok code amount price? ask? ends_at? received_at decided_at [below] [above] [retry_ms]",
        "The bid does not count; the figures are those that it met.",
        "出价无效；所附数字为裁定时的情况。",
        t="decision",
        id="b-2",
        ok=False,
        code="off_grid",
        amount=30_250_000_000,
        ends_at=END,
        received_at=NOW,
        decided_at=NOW,
        below=30_200_000_000,
        above=30_300_000_000,
        **STANDING,
    ),
    frame(
        "pong",
        "server",
        "t c now",
        "Answers ping; for measuring the way and the clock.",
        "回应 ping，用于测量往返与时钟。",
        c=17,
        now=NOW,
    ),
    frame(
        "error",
        "server",
        "t code [id] [detail]",
        "A frame of yours was refused; the socket lives.",
        "你的帧被拒绝；连接仍在。",
        code="malformed",
        id="b-3",
        detail="amount must be a whole number.",
    ),
    frame(
        "market",
        "server",
        "t now lots",
        "On /ws/market: the catalogue's figures, once a second.",
        "仅 /ws/market：目录数据，每秒一次。",
        now=NOW,
        lots=[
            {
                "id": "lot-1",
                "state": "open",
                "price": 30_200_000_000,
                "bids": 1,
                "ends_at": END,
                "registered": 2,
                "opens_at": AT,
                "resumes_at": None,
            }
        ],
    ),
)

CLIENT: Final = (
    frame(
        "bid",
        "client",
        "t id amount [confirm]",
        "Offer an amount. Only a bidder admitted to the lot; answered by one decision or error.",
        "出价。仅限已获准的竞买人；答复为一个 decision 或 error。",
        id="b-1",
        amount=30_200_000_000,
    ),
    frame(
        "sync",
        "client",
        "t epoch after link",
        "State the position you know; answered with what is missing, or a snapshot.",
        "说明已知位置；答复为缺失的事件或快照。",
        epoch=1,
        after=2,
        link=SHA1,
    ),
    frame("ping", "client", "t c", "Ask for a pong.", "请求 pong。", c=17),
)

FRAMES: Final = SERVER + CLIENT

CLOSES: Final = (
    (Close.PROTOCOL, "protocol", False, "The peer broke the websocket protocol.", "违反 WebSocket 协议。"),
    (
        Close.UNSUPPORTED,
        "unsupported",
        False,
        "A binary message came; frames are text.",
        "收到二进制消息；帧须为文本。",
    ),
    (Close.INVALID, "invalid", False, "A text was not UTF-8.", "文本不是 UTF-8。"),
    (Close.POLICY, "policy", False, "Too many control frames or fragments.", "控制帧或分片过多。"),
    (Close.TOO_BIG, "too_big", False, "A message was longer than 4 KiB.", "消息超过 4 KiB。"),
    (
        Close.LEAVING,
        "leaving",
        True,
        'The process leaves; the reason {"retry_ms"} says when to come back.',
        '进程即将退出；原因 {"retry_ms"} 给出重连时间。',
    ),
    (Close.SLOW, "slow", True, "The socket did not drain for too long.", "连接长时间未能接收。"),
    (Close.FEED_LOST, "feed_lost", True, "The house lost its feed of the lot.", "平台失去该标的的数据源。"),
    (Close.SESSION_ENDED, "session_ended", False, "The session behind the socket ended.", "会话已结束。"),
    (
        Close.LOT_CLOSED,
        "lot_closed",
        False,
        "The lot ended more than ten minutes ago; the snapshot was the last, the log is at /events.",
        "标的结束已逾十分钟；快照即为最终状态，记录见 /events。",
    ),
    (Close.TOO_MANY, "too_many", False, "The account has too many sockets.", "该账户的连接过多。"),
)
"""``(code, name, come back?, en, zh)``: 4000-4099 say come back, 4100-4199 do not."""


def frame_schema(t: str, direction: Direction = "server") -> Schema:
    """JSON Schema of a frame by its type; ``KeyError`` for a type that is not of this direction."""
    shapes = [shape.schema() for shape in FRAMES if shape.t == t and shape.direction == direction]
    if not shapes:
        raise KeyError(t)
    return shapes[0] if len(shapes) == 1 else {"oneOf": shapes}
