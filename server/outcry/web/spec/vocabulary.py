"""Every field of the protocol once, because it means the same wherever it stands: its JSON Schema and two sentences.

A field that means something else in one frame is given again as ``frame.field``.
"""

from dataclasses import dataclass
from typing import Any, Final

from ...model import codes, ids

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Word:
    schema: Schema
    en: str
    zh: str


def one_of(values: tuple[str, ...]) -> Schema:
    return {"type": "string", "enum": list(values)}


def matching(pattern: str) -> Schema:
    return {"type": "string", "pattern": f"^{pattern}$"}


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
NUMBER: Final[Schema] = {"type": "integer", "minimum": 1}
MONEY: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 999_999_999_999_999}
TIME: Final[Schema] = {"type": "integer", "minimum": 0}
FLAG: Final[Schema] = {"type": "boolean"}
SHA1: Final[Schema] = matching("[0-9a-f]{40}")
LINK: Final[Schema] = matching("([0-9a-f]{40})?")
SHA256: Final[Schema] = matching("[0-9a-f]{64}")
CODE: Final[Schema] = matching(ids.CODE.pattern)
LOT_ID: Final[Schema] = matching(ids.LOT_ID.pattern)
BID_ID: Final[Schema] = matching(ids.BID_ID.pattern)
SENTENCE: Final[Schema] = {"type": "string", "minLength": 1}
GROUNDS: Final = tuple(
    sorted(
        {*codes.PAUSE_GROUNDS, *codes.HOUSE_GROUNDS, *codes.WITHDRAW_GROUNDS, *codes.RETRACT_GROUNDS, "seller_request"}
    )
)

TERMS: Final[Schema] = {
    "type": "object",
    "properties": {
        "preset": {"type": "string"},
        "start": MONEY,
        "increment": COUNT,
        "duration_ms": NUMBER,
        "window_ms": COUNT,
        "extension_ms": NUMBER,
        "deposit": COUNT,
        "ladder": {"type": "array", "items": {"type": "array", "items": COUNT, "minItems": 2, "maxItems": 2}},
        "max_extensions": nullable(COUNT),
        "hard_end": nullable(TIME),
        "clock_starts": one_of(("opening", "first_bid")),
        "self_raise": one_of(("never", "reserve_unmet", "always")),
        "slip_steps": NUMBER,
        "retract": FLAG,
        "reserve": one_of(("none", "hidden")),
        "dossier": {"type": "string"},
    },
    "required": ["preset", "start", "increment", "duration_ms", "window_ms", "extension_ms"],
    "additionalProperties": False,
}
OLD: Final[Schema] = {
    "type": "object",
    "properties": {"epoch": NUMBER, "n": NUMBER, "link": SHA1},
    "required": ["epoch", "n", "link"],
    "additionalProperties": False,
}
MARKET_ROW: Final[Schema] = {
    "type": "object",
    "properties": {
        "id": LOT_ID,
        "state": one_of(codes.STATES),
        "price": nullable(MONEY),
        "bids": COUNT,
        "ends_at": nullable(TIME),
        "registered": COUNT,
        "opens_at": nullable(TIME),
        "resumes_at": nullable(TIME),
    },
    "required": ["id", "state", "price", "bids", "ends_at", "registered", "opens_at", "resumes_at"],
    "additionalProperties": False,
}

WORDS: Final[dict[str, Word]] = {
    "t": Word({"type": "string"}, "The type of the frame.", "帧的类型。"),
    "v": Word({"type": "integer", "const": 1}, "Version of this protocol.", "协议版本。"),
    "lot": Word(LOT_ID, "The lot's id.", "标的编号。"),
    "role": Word(
        one_of(("watcher", "bidder", "operator")), "Who this socket is to the lot.", "本连接在该标的中的身份。"
    ),
    "code": Word(CODE, "A bidder's code in this lot.", "竞买代码。"),
    "now": Word(TIME, "The store's clock, ms since 1970.", "服务器时钟，自 1970 年起的毫秒数。"),
    "epoch": Word(COUNT, "Which history this is; it rises when a store was restored.", "历史代次；存储恢复后加一。"),
    "n": Word(COUNT, "Number of the event; the lot's events are 1..n.", "事件编号；标的的事件为 1..n。"),
    "at": Word(TIME, "When it was decided, by the store's clock.", "作出决定的时刻（服务器时钟）。"),
    "link": Word(
        LINK, "SHA-1 of the bytes of event n−1; empty in event 1.", "第 n−1 个事件字节的 SHA-1；首个事件为空。"
    ),
    "why": Word(
        one_of(("joined", "resumed", "history_changed")),
        "Why this snapshot was sent; history_changed: what you knew is no longer so.",
        "发送快照的原因；history_changed 表示先前所知的历史已改变。",
    ),
    "state": Word(one_of(codes.STATES), "State of the lot.", "标的状态。"),
    "price": Word(MONEY, "The standing price in fen; null without a bid.", "当前价（分）；无人出价时为 null。"),
    "ask": Word(MONEY, "The lowest amount acceptable next, in fen.", "最低可出价（分）。"),
    "leader": Word(CODE, "Code of the bidder who holds the price.", "领先者的竞买代码。"),
    "ends_at": Word(TIME, "When the lot closes; null while no clock runs.", "结束时间；计时未开始或暂缓时为 null。"),
    "remaining_ms": Word(COUNT, "What was left on the clock at the pause.", "暂缓时剩余的毫秒数。"),
    "resumes_at": Word(TIME, "When a paused lot resumes.", "恢复竞价的时间。"),
    "ground": Word(one_of(GROUNDS), "The coded ground of an operator's or the house's act.", "操作依据（代码）。"),
    "bids": Word(COUNT, "Accepted bids so far.", "有效出价次数。"),
    "registered": Word(COUNT, "Bidders admitted to the lot.", "已获准竞买人数。"),
    "watching": Word(COUNT, "Sockets in this room, over all processes.", "围观人数（所有进程合计）。"),
    "extensions": Word(COUNT, "Bids that moved the end.", "延时次数。"),
    "reserve_met": Word(
        FLAG, "Whether the hidden reserve is met; null without one.", "是否已达保留价；未设时为 null。"
    ),
    "from": Word(NUMBER, "First number of the hole.", "缺口的首个编号。"),
    "store": Word(
        one_of(("up", "down")), "Whether the house reaches its store; down: no bid can be decided.", "存储是否可用。"
    ),
    "lots": Word(
        {"type": "array", "items": MARKET_ROW},
        "All lots at first, then those that changed.",
        "首帧为全部标的，其后仅含变化者。",
    ),
    "id": Word(
        BID_ID,
        "The bid's id, chosen by the client; asking again with it tells the truth.",
        "出价编号，由客户端选定；重复提交只会得到原答复。",
    ),
    "ok": Word(FLAG, "Whether the bid was accepted.", "出价是否有效。"),
    "amount": Word(MONEY, "The amount offered, in fen, as a JSON integer.", "出价金额（分），JSON 整数。"),
    "confirm": Word(MONEY, "The amount again, where it is far above the ask.", "金额远高于最低可出价时须重复填写。"),
    "received_at": Word(
        TIME, "When the bid arrived at the house (its estimate of the store's clock).", "出价到达的时刻（估计值）。"
    ),
    "decided_at": Word(TIME, "When the store decided: this is the time of a bid.", "存储作出决定的时刻，即出价时间。"),
    "below": Word(COUNT, "The next valid amount below.", "下方最近的有效金额。"),
    "above": Word(MONEY, "The next valid amount above.", "上方最近的有效金额。"),
    "retry_ms": Word(COUNT, "When to try again, in ms.", "多少毫秒后可重试。"),
    "detail": Word(SENTENCE, "One English sentence for the log of a program.", "一句英文说明。"),
    "salt": Word(
        {"type": "string"},
        "The salt: SHA-256 of salt:text is the event's hash.",
        "盐；salt:text 的 SHA-256 即事件中的哈希。",
    ),
    "text": Word(SHA256, "Salted hash of a text that is kept beside the log.", "文本的加盐哈希，文本另存。"),
    "after": Word(COUNT, "Number of the last event known.", "已知的最后事件编号。"),
    "c": Word({"type": ["integer", "string"], "maxLength": 40}, "Echoed as it came.", "原样返回。"),
    "schema": Word(NUMBER, "Version of the keys and events the scripts write.", "键与事件的版本。"),
    "terms": Word(TERMS, "The frozen terms: all that the auction is decided by.", "冻结的竞价条款。"),
    "reserve_hash": Word(
        SHA256, "Commitment to a hidden reserve: SHA-256 of salt:reserve.", "保留价承诺：salt:reserve 的 SHA-256。"
    ),
    "rank": Word(COUNT, "Priority rank used: 1 is best, 0 ordinary.", "优先购买权顺位：1 最优，0 为普通。"),
    "bid": Word(matching("[0-9a-f]{16}"), "First 16 hex digits of SHA-1 of code:id.", "code:id 的 SHA-1 前 16 位。"),
    "match": Word(FLAG, "A priority purchaser took the standing price.", "优先购买权人以同价行使权利。"),
    "reason": Word(one_of(("outage",)), "Why the house moved the end.", "延长的原因。"),
    "kind": Word(one_of(codes.SAID_KINDS), "What kind of statement it is.", "声明的类别。"),
    "target": Word(NUMBER, "Number of the bid taken back.", "被回退的出价编号。"),
    "restored": Word(NUMBER, "Number of the bid that stands again; null: none.", "恢复有效的出价编号；无则为 null。"),
    "old": Word(OLD, "The position at which the former epoch ended.", "前一代次的末位置。"),
    "result": Word(one_of(("sold", "passed")), "How the lot closed.", "成交或流拍。"),
    "reserve": Word(MONEY, "The hidden reserve, opened at the close.", "保留价，结束时公开。"),
    "closed.salt": Word({"type": "string"}, "Opens the commitment of the opening event.", "用于验证开场承诺的盐。"),
    "hello.n": Word(COUNT, "Number of the lot's newest event.", "最新事件编号。"),
    "hello.code": Word(CODE, "The bidder's own code; null unless a bidder.", "自己的竞买代码；非竞买人为 null。"),
    "snapshot.link": Word(LINK, "SHA-1 of event n's own bytes; empty at n = 0.", "第 n 个事件自身字节的 SHA-1。"),
    "sync.link": Word(LINK, "SHA-1 of the bytes of event ‘after’.", "编号 after 的事件字节的 SHA-1。"),
    "tick.n": Word(NUMBER, "Last number of the hole; fetch from..n over HTTP.", "缺口的末个编号；经 HTTP 补取。"),
    "tick.link": Word(LINK, "SHA-1 of event n's own bytes, for /events?link=.", "第 n 个事件自身字节的 SHA-1。"),
    "text.text": Word({"type": "string"}, "The text itself.", "文本原文。"),
    "text.n": Word(NUMBER, "Number of the event it belongs to.", "所属事件编号。"),
    "decision.n": Word(NUMBER, "Number of the accepted bid's event.", "有效出价的事件编号。"),
    "decision.code": Word(one_of(codes.BID_CODES), "Why the bid was refused.", "出价无效的原因。"),
    "error.code": Word(
        one_of(codes.FRAME_ERRORS), "Why the frame was refused before any script saw it.", "帧被拒绝的原因。"
    ),
}


def word(frame: str, field: str) -> Word:
    """A field as a frame means it; ``KeyError`` for one that nobody declared."""
    return WORDS.get(f"{frame}.{field}") or WORDS[field]
