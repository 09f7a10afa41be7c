"""What on a page would run in a browser, or ask another server than ours."""

from html.parser import HTMLParser

from httpx2 import Response

_RUNS = {"script", "iframe", "object", "embed", "style", "base", "svg", "math", "video"}
_TARGETS = ("href", "src", "action", "poster", "data", "srcdoc", "formaction")
_OURS = ("/", "#", "?", "http://temporal.test/")


class Elements(HTMLParser):
    """What a browser would take for elements: names with their attributes."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element."""
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def dangers(page: Response) -> list[str]:
    """Return the elements and attributes that no page of ours has."""
    elements = Elements()
    elements.feed(page.text)
    found: list[str] = []
    for tag, attributes in elements.found:
        if tag == "script" and _is_our_script(page, attributes):
            continue
        found += [f"<{tag}>"] * (tag in _RUNS)
        found += [f"{tag}.{n}" for n in attributes if n.startswith("on") or n == "style"]
        targets = {name: attributes[name] for name in _TARGETS if name in attributes}
        found += [f"{tag}.{n}={to}" for n, to in targets.items() if not _is_ours(to)]
        if tag == "meta" and "url" in attributes.get("content", "").casefold():
            found.append("meta refresh")
    return found


def foreign_scripts(page: Response) -> list[dict[str, str]]:
    """Return the attributes of the scripts on a page that are not files of ours."""
    elements = Elements()
    elements.feed(page.text)
    scripts = [attributes for tag, attributes in elements.found if tag == "script"]
    return [attributes for attributes in scripts if not _is_our_script(page, attributes)]


def _is_our_script(page: Response, attributes: dict[str, str]) -> bool:
    policy = page.headers["content-security-policy"]
    nonce = attributes.get("nonce", "")
    is_named = nonce != "" and f"script-src 'nonce-{nonce}';" in policy
    return is_named and attributes.get("src", "").startswith("/static/")


def _is_ours(target: str) -> bool:
    return target.startswith(_OURS) and not target.startswith("//")
