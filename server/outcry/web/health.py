"""For probes and for Prometheus: is the process alive, may it be sent people, what has it counted."""

import os

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from .answers import json_response
from .context import Context
from .routes import Routes


def routes(ctx: Context) -> Routes:
    async def livez(request: Request) -> Response:
        """200 as long as the loop turns: a store that is away is no reason to restart the process."""
        return json_response({"alive": True})

    async def readyz(request: Request) -> Response:
        """200 when people may be sent here, else 503 with every reason why not."""
        reasons = [name for name, wrong in _reasons(ctx) if wrong]
        return json_response({"ready": not reasons, "reasons": reasons}, status=503 if reasons else 200)

    async def metrics(request: Request) -> Response:
        """Prometheus text of all processes of this house; files are read, so in a thread."""
        body = await run_in_threadpool(_exposition)
        return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})

    return {("GET", "/livez"): livez, ("GET", "/readyz"): readyz, ("GET", "/metrics"): metrics}


def _reasons(ctx: Context) -> list[tuple[str, bool]]:
    return [
        ("store_down", not (ctx.engine.clock.up and ctx.engine.up)),
        ("store_unsafe", ctx.auditor.fault is not None),
        ("feed_down", not ctx.feed.up),
        ("leaving", ctx.hub.leaving),
    ]


def _exposition() -> bytes:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    merged = CollectorRegistry()
    MultiProcessCollector(merged)  # type: ignore[no-untyped-call]
    return generate_latest(merged)
