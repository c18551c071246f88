"""``python -m outcry``: the same as ``outcry``."""

import sys

from .cli import main

sys.exit(main())
