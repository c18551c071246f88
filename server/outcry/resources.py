"""Where the files that are no Python lie: beside the packages in a checkout, inside them in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent.parent


def static_dir() -> Path:
    """The browser's files: ``static/`` of the checkout, else ``outcry/_static`` of the wheel."""
    wheel = _PACKAGE / "_static"
    return wheel if wheel.is_dir() else _CHECKOUT / "static"


def default_config() -> Path:
    """The configuration that is shipped: ``config.toml`` of the checkout, else ``outcry/_config.toml`` of the wheel."""
    wheel = _PACKAGE / "_config.toml"
    return wheel if wheel.is_file() else _CHECKOUT / "config.toml"
