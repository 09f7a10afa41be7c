"""Hears what no page may do: complain, open a dialog, fail in a script, or ask another origin."""

from playwright.async_api import BrowserContext, ConsoleMessage, Dialog, Request, Response

_REFUSAL = "Failed to load resource: the server responded with a status of 4"
"""What Chromium also says of a page that is itself a refusal, which some tests want."""


class Watch:
    """Listens to browsers; all their requests must go to one origin."""

    def __init__(self, origin: str) -> None:
        """Hear nothing yet."""
        self._origin = origin
        self._heard: list[str] = []
        self._refused_loads: list[str] = []
        self._refused_pages: set[str] = set()

    def over(self, context: BrowserContext) -> None:
        """Listen to this browser, too."""
        context.on("console", self._hear)
        context.on("weberror", lambda error: self._heard.append(f"error: {error.error}"))
        context.on("dialog", self._dismiss)
        context.on("request", self._see)
        context.on("response", self._note)

    def complaints(self) -> list[str]:
        """Return what was heard; of refusals only those that were no pages."""
        loads = [url for url in self._refused_loads if url not in self._refused_pages]
        return [*self._heard, *(f"refused: {url}" for url in loads)]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        if message.text.startswith(_REFUSAL):
            self._refused_loads.append(message.location["url"])
        else:
            self._heard.append(f"{message.type}: {message.text}")

    def _see(self, request: Request) -> None:
        if not request.url.startswith(f"{self._origin}/"):
            self._heard.append(f"asked another origin: {request.url}")

    def _note(self, response: Response) -> None:
        if 400 <= response.status < 500 and response.request.is_navigation_request():
            self._refused_pages.add(response.url)

    async def _dismiss(self, dialog: Dialog) -> None:
        # Whether unsaved words may be left is asked by the browser, and answered by the test.
        if dialog.type != "beforeunload":
            self._heard.append(f"dialog: {dialog.message}")
            await dialog.dismiss()
