"""Templates: one environment, with the words, the figures and what every page shows of the house."""

from functools import partial
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ..config import Config
from ..model.codes import PAUSE_GROUNDS, RETRACT_GROUNDS, SAID_KINDS, WITHDRAW_GROUNDS
from . import figures, showing
from .modules import imported
from .preferences import language, theme
from .static import Static
from .words import Words

TEMPLATES = Path(__file__).parent / "templates"


class Renderer:
    """Draws pages. ``draw`` gives a template the language, the theme, the words and figures beside its own values."""

    def __init__(self, config: Config, static: Static) -> None:
        self._house = config.house
        self._words = Words.read(static)
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._environment.filters |= {"yuan": figures.yuan, "mixed": figures.mixed, "as_data": _as_data}
        self._environment.globals |= {
            "demo": config.demo.enabled,
            "house": config.house,
            "asset": static.url,
            "modules": {entry: imported(static, entry) for entry in static.names() if entry.endswith("/page.js")},
            "grounds": {"pause": PAUSE_GROUNDS, "retract": RETRACT_GROUNDS, "withdraw": WITHDRAW_GROUNDS},
            "said_kinds": SAID_KINDS,
            "percent": figures.percent,
            "left": figures.left,
            "headline": showing.headline,
            "clock_of": showing.clock_of,
            "is_judicial": showing.is_judicial,
            "tab_of": showing.tab,
            "searchable": showing.searchable,
        }

    def draw(
        self, request: Request, template: str, now: int, *, status: int = 200, judicial: bool = False, **values: Any
    ) -> HTMLResponse:
        """A page. ``now``: store time in ms; ``judicial``: the words of a court's sale where there are any."""
        speech, zone = language(request), self._house.timezone
        visitor = getattr(request.state, "visitor", None)
        common: dict[str, Any] = {
            "lang": speech,
            "html_lang": "zh-CN" if speech == "zh" else "en",
            "theme": theme(request),
            "origin": f"{request.url.scheme}://{request.url.netloc}",
            "path": request.scope["path"],
            "here": request.scope["path"] + (f"?{request.url.query}" if request.url.query else ""),
            "now": now,
            "zone": figures.zone_name(zone, now, speech),
            "judicial": judicial,
            "account": visitor.account if visitor is not None else None,
            "expired": visitor.expired if visitor is not None else False,
            "t": partial(self._words.say, speech, judicial=judicial),
            "say": partial(self._words.say, speech),
            "region": partial(self._words.region, speech),
            "short": partial(figures.short, language=speech),
            "duration": partial(figures.duration, language=speech),
            "clock": partial(figures.clock, zone=zone),
            "moment": partial(figures.moment, now=now, zone=zone, language=speech),
        }
        body = self._environment.get_template(template).render(common | values)
        headers = {"Cache-Control": "no-store", "Content-Language": common["html_lang"]}
        return HTMLResponse(body, status, headers=headers)


def _as_data(value: Any) -> str:
    """JSON for an attribute; the template escapes it."""
    return orjson.dumps(value).decode()
