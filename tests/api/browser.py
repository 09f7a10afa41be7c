"""A person at a browser without scripts: signs in, follows redirects, posts the forms it sees."""

import re
from html import unescape
from html.parser import HTMLParser

from httpx2 import AsyncClient, Response

HTML = {"Accept": "text/html"}
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


class Person:
    """One person's cookies in one browser."""

    def __init__(self, client: AsyncClient) -> None:
        """Browse with `client`."""
        self.client = client

    async def sign_in(self, key: str, target: str = "/") -> Response:
        """Post the sign-in form."""
        page = await self.get(f"/login?next={target}")
        return await self.client.post(
            "/login",
            data={"form_token": token_of(page), "key": key, "next": target},
            headers=HTML,
        )

    async def get(self, path: str) -> Response:
        """Open a page."""
        return await self.client.get(path, headers=HTML)

    async def post(self, path: str, page: Response, **fields: str) -> Response:
        """Post a form with the token, hash and click that `page` holds."""
        hidden = {name: unescape(value) for name, value in _HIDDEN.findall(page.text)}
        data = {
            name: hidden[name] for name in ("form_token", "content_hash", "click") if name in hidden
        }
        return await self.client.post(path, data={**data, **fields}, headers=HTML)


def token_of(page: Response) -> str:
    """Return the form token that a page holds."""
    found = _TOKEN.search(page.text)
    assert found, page.text
    return unescape(found[1])


def text_of(page: Response) -> str:
    """Return what a page says, without tags and with single blanks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


class Tags(HTMLParser):
    """What a browser would take for tags and attributes."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag."""
        self.names.append(tag)
        self.attributes += [name for name, _ in attrs]

    @classmethod
    def of(cls, page: Response) -> "Tags":
        """Return the tags of a page."""
        tags = cls()
        tags.feed(page.text)
        return tags


async def signed_in(client: AsyncClient, key: str) -> Person:
    """Return a person who has signed in with this key."""
    person = Person(client)
    answer = await person.sign_in(key)
    assert answer.status_code == 303
    return person


def titles(text: str) -> list[str]:
    """Return the titles of the rows that an inbox shows."""
    found = re.findall(r"data-open>(.*?)</a>", text)
    return [unescape(title) for title in found]
