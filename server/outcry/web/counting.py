"""What the web counts: requests by area and status, refused handshakes by status."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .. import metrics


class CountRequests:
    """Counts every answer as it begins. Nothing of the path itself becomes a label: paths are without number."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                area = scope.get("outcry.area", "none")
                metrics.HTTP_REQUESTS.labels(area, str(message["status"])).inc()
            elif message["type"] == "websocket.http.response.start":
                metrics.HANDSHAKES_REFUSED.labels(str(message["status"])).inc()
            await send(message)

        await self.app(scope, receive, counted)
