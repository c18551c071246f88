"""What every code of refusal means: the scripts', those of frames, those of HTTP. None may lack a meaning: a test."""

from typing import Final

BIDS: Final[dict[str, tuple[str, str]]] = {
    "schema": ("Another version of the house wrote this lot.", "该标的由另一版本写入。"),
    "stale_store": ("The store was restarted; the lot must be adopted first.", "存储已重启，须先接管该标的。"),
    "not_admitted": ("The bidder is not admitted to this lot.", "未获准参与该标的。"),
    "id_reused": ("This bid id was used with another amount.", "该出价编号已用于其他金额。"),
    "rate_limited": ("Too many bids; retry_ms says when.", "出价过于频繁；retry_ms 后再试。"),
    "not_open": ("The lot has not opened.", "尚未开始竞价。"),
    "paused": ("The lot is paused.", "竞价暂缓中。"),
    "closed": ("The lot is over.", "竞价已结束。"),
    "late": ("The bid reached the store at or after the end.", "出价到达时竞价已结束。"),
    "clock": (
        "The command was too old or too early when it ran; nothing was written.",
        "命令执行时已过时或过早；未写入任何内容。",
    ),
    "already_leading": ("The bidder holds the price already.", "已处于领先。"),
    "rank_not_better": (
        "The standing price may be matched only by a better rank, once.",
        "仅顺位更优者可同价优先，且每价一次。",
    ),
    "below_ask": ("The amount is under the ask.", "金额低于最低可出价。"),
    "off_grid": (
        "The amount is no whole step from the price; below and above are the neighbours.",
        "金额不在加价阶梯上；below 与 above 为相邻有效金额。",
    ),
    "needs_confirmation": (
        "Far above the ask: send it again under a new id with confirm.",
        "远高于最低可出价：须以新编号并附 confirm 重新提交。",
    ),
}
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "exists": ("There is another one of this name, or it is open already.", "同名者已存在，或已开始。"),
    "not_due": ("It is not time for it.", "尚未到时间。"),
    "already_admitted": ("Admitted already, with another rank or deposit.", "已以其他顺位或保证金获准。"),
    "is_leader": ("The bidder leads.", "该竞买人正领先。"),
    "has_bids": ("The bidder has an accepted bid that may revive.", "该竞买人有可能恢复的有效出价。"),
    "not_in_touch": (
        "The caller was not in touch with the store long enough to close.",
        "调用者与存储的联系时间不足，不能结束。",
    ),
    "not_paused": ("The lot is not paused.", "标的未处于暂缓。"),
    "wrong_head": ("The log has moved on since expect_n.", "记录已超出 expect_n。"),
    "wrong_target": ("This is not the standing bid, or not the one beneath it.", "并非当前出价或其前一出价。"),
    "not_allowed": ("The lot's terms or state do not allow it.", "条款或状态不允许。"),
    "not_stale": ("The lot belongs to this store already.", "标的已属于本存储。"),
}
FRAMES: Final[dict[str, tuple[str, str]]] = {
    "malformed": ("Not what the protocol says; detail names the first fault.", "不符合协议；detail 指出首个错误。"),
    "unknown_type": ("There is no frame of this type for clients.", "没有此类客户端帧。"),
    "unauthorised": ("This role may not do it.", "该身份无权执行。"),
    "rate_limited": ("Too many frames or requests.", "帧或请求过于频繁。"),
    "unavailable": ("The store is out of reach; nothing was sent.", "存储不可用；未发送任何内容。"),
    "unknown": (
        "No answer in time: ask again with the same id, and it will tell.",
        "未及时答复：以相同编号再次询问即知结果。",
    ),
}
HTTP: Final[dict[str, tuple[str, str]]] = {
    "bad_host": ("The Host header is malformed or none of the house's.", "Host 头不合规或不属于本平台。"),
    "wrong_origin": (
        "A cookie's request must come from the house's own pages: with their Origin header. Programs use a token.",
        "带 cookie 的请求须来自本平台页面，并附其 Origin 头；程序请用令牌。",
    ),
    "unknown_lot": ("There is no such lot.", "没有该标的。"),
    "unknown_account": ("There is no such account.", "没有该账户。"),
    "unknown_proposal": ("There is no such proposal.", "没有该提议。"),
    "no_text": ("The event has no text, or it was redacted.", "该事件没有文本，或已删除。"),
    "no_decision": ("No decision is kept for this bid id.", "没有该出价编号的裁定。"),
    "no_lot": ("No lot is open at the moment.", "目前没有竞价中的标的。"),
    "same_operator": ("Another operator must confirm.", "须由另一位操作员确认。"),
    "operator_may_not_bid": ("Who runs the house does not bid.", "平台操作员不得竞买。"),
    "not_eligible": ("The lot is not for this buyer.", "该标的不向此类买受人开放。"),
    "expired": ("The proposal was not confirmed in time.", "提议逾期未确认。"),
    "used_ticket": ("The link was used, or has expired.", "链接已使用或已过期。"),
    "follow_the_link": ("A one-time link is spent only by following it.", "一次性链接只能由人点击使用。"),
    "too_many": ("Too many sockets from this address.", "该地址的连接过多。"),
    "too_large": ("The body is too large.", "请求体过大。"),
    "too_slow": ("The body did not arrive in time.", "请求体未及时到达。"),
    "not_found": ("There is nothing here.", "此处无内容。"),
    "method_not_allowed": ("This method does not fit here.", "不支持此方法。"),
    "internal": ("The house made a mistake; it has been noted.", "平台内部错误，已记录。"),
}
