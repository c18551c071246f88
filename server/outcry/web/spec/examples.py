"""The figures that examples are made of."""

from typing import Any, Final

AT: Final = 1_700_000_000_000
SHA1: Final = "5ba93c9db0cff93f52b521d7420e43f6eda2784f"
SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
OPENS_AT: Final = 4_102_444_800_000
"""Far in the future, as a lot's opening is when it is announced."""
NOW: Final = 1_700_000_000_500
END: Final = 1_700_000_300_000
TERMS: Final[dict[str, Any]] = {
    "preset": "npl-commercial",
    "start": 30_000_000_000,
    "increment": 100_000_000,
    "duration_ms": 300_000,
    "window_ms": 20_000,
    "extension_ms": 20_000,
    "deposit": 1_500_000_000,
    "ladder": [],
    "max_extensions": None,
    "hard_end": None,
    "clock_starts": "opening",
    "self_raise": "reserve_unmet",
    "slip_steps": 20,
    "retract": True,
    "reserve": "none",
    "dossier": "",
}
STANDING: Final = {"price": 30_200_000_000, "ask": 30_300_000_000}
