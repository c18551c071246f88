"""Every HTTP operation, and what every refusal looks like."""

from typing import Final

from .bidding import BIDDING
from .operating import OPERATING
from .operation import Operation
from .reads import READS
from .vocabulary import SENTENCE, Schema

OPERATIONS: Final[tuple[Operation, ...]] = (*READS, *BIDDING, *OPERATING)

ERROR: Final[Schema] = {
    "type": "object",
    "properties": {"error": {"type": "string"}, "detail": SENTENCE},
    "required": ["error", "detail"],
}
"""Every refusal; a script's carries its own figures beside these."""
