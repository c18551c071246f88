"""What the house is told: ``config.toml``'s sections as frozen dataclasses, and the environment over them.

Every error names the key, where it stands and, for a name that is none, the nearest one that is: a misspelt setting
that is silently ignored would be found out in the middle of an auction.
"""

import dataclasses
import difflib
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from .resources import default_config

PREFIX = "OUTCRY_"

Count = Annotated[int, range(1, 10**9)]
Whole = Annotated[int, range(0, 10**9)]
Port = Annotated[int, range(0, 65_536)]
Text = Annotated[str, "not empty"]


class ConfigError(Exception):
    """A setting that is not known or not of its kind; the message is one line."""


@dataclass(frozen=True, slots=True)
class HouseConfig:
    name: Text = "outcry.example"
    secret: str = field(default="", repr=False)
    timezone: Text = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class StoreConfig:
    url: str = field(default="", repr=False)
    binary: str = ""
    data: Text = "var/outcry"
    durability: Literal["strict", "relaxed"] = "strict"


@dataclass(frozen=True, slots=True)
class WebConfig:
    host: Text = "127.0.0.1"
    port: Port = 8400
    origins: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    workers: Count = 1


@dataclass(frozen=True, slots=True)
class LimitsConfig:
    bid_interval_ms: Whole = 200
    bid_burst: Count = 10
    frames_per_s: Count = 20
    sockets_per_address: Count = 200
    sockets_per_account: Count = 8
    frame_bytes: Count = 4096
    exempt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuctionConfig:
    beat_ms: Count = 50
    slice: Count = 200
    resume_delay_ms: Whole = 1_800_000
    ring: Count = 1024


@dataclass(frozen=True, slots=True)
class RegistrationConfig:
    admit: Literal["open", "operator"] = "open"


@dataclass(frozen=True, slots=True)
class DemoConfig:
    enabled: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """One attribute a section; the defaults are those of the shipped ``config.toml``."""

    house: HouseConfig = HouseConfig()
    store: StoreConfig = StoreConfig()
    web: WebConfig = WebConfig()
    limits: LimitsConfig = LimitsConfig()
    auction: AuctionConfig = AuctionConfig()
    registration: RegistrationConfig = RegistrationConfig()
    demo: DemoConfig = DemoConfig()

    def override(self, **sections: Mapping[str, Any]) -> "Config":
        """The same with some values replaced: ``config.override(web={"port": 0})``. Raises ``ConfigError``."""
        return read(sections, "override", self)


SECTIONS: dict[str, dict[str, Any]] = {
    section.name: get_type_hints(section.type, include_extras=True)
    for section in dataclasses.fields(Config)
    if isinstance(section.type, type)
}
"""Section → key → type, read off the dataclasses."""


def load(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """``path``, else ``./config.toml``, else the shipped file; ``OUTCRY_SECTION__KEY`` of the environment over it."""
    if path is None:
        path = Path("config.toml") if Path("config.toml").is_file() else default_config()
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    return _environment(os.environ if environment is None else environment, read(raw, str(path)))


def read(raw: Mapping[str, Any], source: str, base: Config | None = None) -> Config:
    """Decoded TOML or JSON over ``base`` (default: the defaults). ``source`` is named in errors."""
    base = base or Config()
    sections: dict[str, Any] = {}
    for name, keys in raw.items():
        if name not in SECTIONS:
            raise ConfigError(f"{source}: there is no section [{name}]{_nearest(name, SECTIONS, '[{}]')}")
        if not isinstance(keys, Mapping):
            raise ConfigError(f"{source}: {name} is a section: write [{name}] and its keys below")
        values = {}
        for key, value in keys.items():
            if key not in SECTIONS[name]:
                raise ConfigError(f"{source}: [{name}] has no key {key}{_nearest_key(name, key, '[{}] {}')}")
            values[key] = _checked(value, SECTIONS[name][key], f"{source}: {name}.{key}")
        sections[name] = dataclasses.replace(getattr(base, name), **values)
    return dataclasses.replace(base, **sections)


def _environment(environment: Mapping[str, str], base: Config) -> Config:
    """``OUTCRY_WEB__PORT=8401`` is ``web.port``; lists are written with commas. Other names are not ours."""
    sections: dict[str, dict[str, Any]] = {}
    for variable, text in environment.items():
        name, separator, key = variable.removeprefix(PREFIX).lower().partition("__")
        if not variable.startswith(PREFIX) or not separator:
            continue
        if name not in SECTIONS or key not in SECTIONS[name]:
            nearest = _nearest_key(name, key, PREFIX + "{}__{}", str.upper)
            raise ConfigError(f"environment: {variable} is no setting{nearest}")
        sections.setdefault(name, {})[key] = _from_text(text, SECTIONS[name][key])
    return read(sections, "environment", base)


def _from_text(text: str, kind: Any) -> Any:
    """A variable's text as the value it means; what does not fit stays text, and is refused as such."""
    base = _base(kind)
    if base is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if base is int:
        return int(text) if text.lstrip("-").isdecimal() else text
    if base is tuple:
        return [item.strip() for item in text.split(",") if item.strip()]
    return text


def _checked(value: Any, kind: Any, where: str) -> Any:
    base, bound = _base(kind), _bound(kind)
    if base is tuple:
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise ConfigError(f"{where} must be a list of texts, not {value!r}")
        return tuple(value)
    if base is Literal:
        choices = get_args(kind)
        if value not in choices:
            raise ConfigError(f"{where} must be {' or '.join(map(repr, choices))}, not {value!r}")
        return value
    if not isinstance(value, base) or (base is int and isinstance(value, bool)):
        names = {str: "a text", int: "a whole number", bool: "true or false"}
        raise ConfigError(f"{where} must be {names[base]}, not {value!r}")
    if isinstance(bound, range) and value not in bound:
        raise ConfigError(f"{where} must lie between {bound.start} and {bound.stop - 1}, not {value}")
    if isinstance(bound, str) and not value:
        raise ConfigError(f"{where} must not be empty")
    return value


def _base(kind: Any) -> Any:
    """``int`` of ``Annotated[int, …]``, ``tuple`` of ``tuple[str, …]``, ``Literal`` of ``Literal[…]``."""
    origin = get_origin(kind)
    if origin is Annotated:
        return get_args(kind)[0]
    assert origin not in (Union, UnionType), "a setting has one type"
    return origin or kind


def _bound(kind: Any) -> range | str | None:
    return get_args(kind)[1] if get_origin(kind) is Annotated else None


def _nearest(name: str, known: Iterable[str], form: str) -> str:
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {form.format(found[0])}?" if found else f"; there are {', '.join(known)}"


def _nearest_key(section: str, key: str, form: str, spell: Callable[[str], str] = str) -> str:
    """The nearest key: of its own section, else of all sections, else one whose section is misspelt too."""
    own = [(section, name) for name in SECTIONS.get(section, {})]
    every = [(name, one) for name, keys in SECTIONS.items() for one in keys]
    for wanted, pairs, said, cutoff in (
        (key, own, itemgetter(1), 0.6),
        (key, every, itemgetter(1), 0.8),
        (f"{section}.{key}", every, ".".join, 0.5),
    ):
        known = {said(pair): pair for pair in pairs}
        if found := difflib.get_close_matches(wanted, known, n=1, cutoff=cutoff):
            return f"; did you mean {form.format(*map(spell, known[found[0]]))}?"
    return ""
