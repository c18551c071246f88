"""A visitor in a real browser: one context, one page, and what its console complained of."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Response, async_playwright, expect

from .processes import program

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP, PHONE = (1440, 900), (390, 844)
CUT_OFF = r"ERR_(CONNECTION|EMPTY|ABORTED|INTERNET|NETWORK|SOCKET)|WebSocket connection to|503 \(Service"
"""What a browser says of a network that fails; no fault where the test itself broke it."""
Language = Literal["en", "zh"]
Scheme = Literal["light", "dark"]

expect.set_options(timeout=10_000)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium, which Playwright drives as well as its own."""
    path = program("/usr/bin/chromium", "Chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


class Visitor:
    """``complaints``: errors of the console, exceptions of scripts, and answers of 4xx and 5xx."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        page.on("response", self._answered)

    async def goes(self, path: str) -> None:
        await self.page.goto(self.url + path)

    async def enters(self, lot_id: str, ticket: str | None = None) -> None:
        """Into a lot's room, with a one-time link if there is one, until the page says that it is live."""
        if ticket is not None:
            await self.goes(ticket)
        await self.goes(f"/lots/{lot_id}")
        await expect(self.field("lot-presence", "dot")).to_have_attribute("data-live", "live")

    def field(self, part: str, name: str) -> Locator:
        """A field of one part of the page, by the name that its script knows it by."""
        return self.page.locator(f'{part} [data-f="{name}"]').first

    @property
    def price(self) -> Locator:
        return self.field("lot-price", "price")

    @property
    def press(self) -> Locator:
        return self.field("bid-desk", "press")

    @property
    def verdict(self) -> Locator:
        return self.field("bid-desk", "verdict")

    def check(self, allowed: str = "") -> None:
        """Nothing was complained of but what matches ``allowed``."""
        left = [said for said in self.complaints if not (allowed and re.search(allowed, said))]
        self.complaints.clear()
        assert not left, left[:3]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status} ({response.status_text}) {response.url}")


@asynccontextmanager
async def visit(
    browser: Browser,
    url: str,
    *,
    size: tuple[int, int] = DESKTOP,
    language: Language = "en",
    scheme: Scheme = "light",
    allowed: str = "",
    **options: Any,
) -> AsyncIterator[Visitor]:
    """A visitor who was never here before. At the end his console must be clean, but for what is ``allowed``."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        locale={"en": "en-GB", "zh": "zh-CN"}[language],
        color_scheme=scheme,
        has_touch=size == PHONE,
        **options,
    )
    visitor = Visitor(await context.new_page(), url)
    try:
        yield visitor
        visitor.check(allowed)
    finally:
        await context.close()
