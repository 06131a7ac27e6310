"""Streamlit's own files, from memory after the first time: a visit fetches ninety, and finding each on disk anew takes longer than the page."""

from asyncio import Lock

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.frame import courtesy

MOST = 64 * 2**20  # bytes kept: all of Streamlit's files take less


class StaticFiles:
    """Middleware. Keeps whole answers that browsers may keep for good (``immutable``: their names have a hash of their content)."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self.answers: dict[str, list[Message]] = {}
        self.bytes = 0
        self.asking = Lock()  # one visitor asks for a file, the others of the same moment find it here

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with courtesy.served():
            if scope["method"] != "GET" or not scope["path"].startswith("/static/") or any(name in (b"range", b"if-range") for name, _ in scope["headers"]):
                await self.app(scope, receive, send)
                return
            known = self.answers.get(scope["path"])
            if known is None:
                async with self.asking:
                    known = self.answers.get(scope["path"]) or await self._answer(scope, receive)
            for message in known:
                await send(message)

    async def _answer(self, scope: Scope, receive: Receive) -> list[Message]:
        """What the application answers; kept where it may be."""
        said: list[Message] = []

        async def listen(message: Message) -> None:
            said.append(message)

        await self.app({**scope, "extensions": {}}, receive, listen)  # without the extensions a file comes as its bytes
        size = sum(len(message.get("body", b"")) for message in said)
        if _for_good(said[0]) and self.bytes + size <= MOST:
            self.answers[scope["path"]] = said
            self.bytes += size
        return said


def _for_good(start: Message) -> bool:
    return start.get("status") == 200 and any(name == b"cache-control" and b"immutable" in value for name, value in start["headers"])
