"""Which modules a page's entry imports, so that the page can ask for all of them at once instead of level by level."""

import re
from posixpath import dirname, normpath

from .static import Static

_IMPORT = re.compile(r"""^\s*(?:import|export)\b[^'";]*?['"](\.{1,2}/[^'"]+)['"]""", re.MULTILINE)


def imported(static: Static, entry: str) -> list[str]:
    """The names of an entry and of everything it imports, each once, nearest first."""
    found = [entry]
    for name in found:
        for target in _IMPORT.findall(static.read(name).decode()):
            path = normpath(f"{dirname(name)}/{target}")
            if path not in found:
                found.append(path)
    return found
