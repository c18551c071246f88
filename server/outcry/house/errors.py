"""What the house says no with: a code for programs, one English sentence for people, and the HTTP status that fits."""

from typing import ClassVar

from ..model.commands import Reply


class HouseError(Exception):
    """Base of all refusals of the house. The store's own failures (``StoreError``) pass through it untouched."""

    status: ClassVar[int] = 400

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Malformed(HouseError):
    """A value is not what it should be."""

    def __init__(self, detail: str) -> None:
        super().__init__("malformed", detail)


class Forbidden(HouseError):
    """Codes: unauthorised, same_operator, operator_may_not_bid, not_eligible."""

    status = 403


class NotFound(HouseError):
    """Codes: unknown_lot, unknown_account, unknown_proposal."""

    status = 404


class Conflict(HouseError):
    """Codes: exists, id_reused, and the reject codes of the scripts where the house sees the refusal coming."""

    status = 409


class Refused(Conflict):
    """A script said no; ``reply.body`` is its refusal."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.verdict, f"The lot refuses this: {reply.verdict}.")
        self.reply = reply


class Expired(HouseError):
    """What was asked for was there, but its time has passed."""

    status = 410

    def __init__(self, detail: str) -> None:
        super().__init__("expired", detail)


def unknown_lot() -> NotFound:
    return NotFound("unknown_lot", "There is no lot of this name.")
