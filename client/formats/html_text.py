"""HTML as plain text in the manner of Markdown: what a help centre's article says, unadorned.

Kept are headings, lists, links, images with a description, tables, quotations, line breaks and
code. Scripts, styles and embedded pages are dropped; emphasis and all else is only its text.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

_DROPPED = frozenset({"script", "style", "template", "title", "iframe", "object", "svg", "canvas"})
_BLOCKS = frozenset(
    {"address", "article", "aside", "body", "caption", "details", "div", "dd", "dl", "dt"}
    | {"fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "main", "nav", "p"}
    | {"section", "summary"}
)
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
_CELLS = frozenset({"td", "th"})
_SAFE_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_DEEPEST = 8
_BLANK = re.compile(r"[ \t\n\r\f\xa0]+")


def text_of_html(html: str, base: str = "") -> str:
    """Return the text of `html`; links are made whole with the address `base`.

    Whatever is not HTML is read as text; nothing is refused.
    """
    reader = _Reader(base)
    try:
        reader.feed(html.replace("\x00", ""))
        reader.close()
    except AssertionError:
        # html.parser gives up on some malformed declarations (`<![x`); what came before counts.
        reader.reset()
    return reader.text()


@dataclass
class _List:
    """A list that is open; `number` is that of its next item, None without numbers."""

    number: int | None
    indent: int = 0
    marker: str = ""
    """What the next block of its item begins with; empty once it has begun."""


class _Reader(HTMLParser):
    """Turns tags into blocks of text; each handler knows one group of tags."""

    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = base
        self._blocks: list[tuple[str, bool]] = []
        self._inline: list[str] = []
        self._lists: list[_List] = []
        self._links: list[tuple[str, int]] = []
        self._dropped: list[str] = []
        self._heading = ""
        self._quotes = 0
        self._pre = 0
        self._tables = 0
        self._rows: list[list[str]] = []

    def text(self) -> str:
        """Return all blocks, an empty line between any two that are not items of one list."""
        self._end_block()
        self._end_table()
        said = ""
        was_item = False
        for block, is_item in self._blocks:
            gap = "\n" if was_item and is_item else "\n\n"
            said += (gap if said else "") + block
            was_item = is_item
        return said.strip(" \n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin what the tag begins."""
        if self._dropped or tag in _DROPPED:
            if tag in _DROPPED:
                self._dropped.append(tag)
            return
        given = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS or tag in _HEADINGS:
            self._end_block()
            self._heading = _HEADINGS.get(tag, "")
        elif tag in {"ul", "ol", "li"}:
            self._start_list(tag, given)
        elif tag in {"table", "tr"} or tag in _CELLS:
            self._start_table(tag)
        elif tag in {"pre", "blockquote"}:
            self._end_block()
            self._pre += tag == "pre"
            self._quotes += tag == "blockquote"
        else:
            self._start_inline(tag, given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin and end; `<p/>` begins a paragraph, as in browsers."""
        if tag not in _DROPPED:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """End what the tag ends."""
        if self._dropped:
            if tag == self._dropped[-1]:
                self._dropped.pop()
        elif tag in _BLOCKS or tag in _HEADINGS or tag in {"li", "ul", "ol"}:
            self._end_block()
            if tag in {"ul", "ol"} and self._lists:
                self._lists.pop()
        elif tag == "table":
            if self._tables <= 1:
                self._end_table()
            self._tables = max(0, self._tables - 1)
        elif tag in {"pre", "blockquote"}:
            self._end_block()
            self._pre = max(0, self._pre - (tag == "pre"))
            self._quotes = max(0, self._quotes - (tag == "blockquote"))
        elif tag == "a":
            self._end_link()
        elif tag == "code" and not self._pre:
            self._inline.append("`")

    def handle_data(self, data: str) -> None:
        """Take text; blanks are one blank, but in `<pre>`."""
        if not self._dropped:
            self._inline.append(data if self._pre else _BLANK.sub(" ", data))

    def _start_inline(self, tag: str, given: dict[str, str]) -> None:
        if tag == "br":
            self._inline.append("\n")
        elif tag == "a":
            self._links.append((self._address(given.get("href", "")), len(self._inline)))
        elif tag == "img":
            address = self._address(given.get("src", ""))
            described = _BLANK.sub(" ", given.get("alt", "")).strip()
            if described:
                self._inline.append(f"![{described}]({address})" if address else described)
        elif tag == "code" and not self._pre:
            self._inline.append("`")

    def _start_list(self, tag: str, given: dict[str, str]) -> None:
        self._end_block()
        if tag == "li":
            if not self._lists:
                self._lists.append(_List(None))
            last = self._lists[-1]
            last.marker = "- " if last.number is None else f"{last.number}. "
            last.indent = len(last.marker)
            last.number = None if last.number is None else last.number + 1
            return
        start = given.get("start", "")
        first = int(start) if re.fullmatch(r"[0-9]{1,6}", start) else 1
        self._lists.append(_List(first if tag == "ol" else None))

    def _start_table(self, tag: str) -> None:
        if tag == "table":
            if not self._tables:
                self._end_block()
            self._tables += 1
        elif self._tables != 1:
            self._inline.append(" ")
        elif tag == "tr":
            self._end_block()
            self._rows.append([])
        else:
            self._end_block()
            if not self._rows:
                self._rows.append([])
            self._rows[-1].append("")

    def _end_table(self) -> None:
        self._end_block()
        rows, self._rows = [row for row in self._rows if any(row)], []
        if not rows:
            return
        columns = max(len(row) for row in rows)
        if columns == 1:
            # Boxes are drawn so; they are no tables.
            for (cell,) in rows:
                self._add(cell)
            return
        lines = [_table_line(row + [""] * (columns - len(row))) for row in rows]
        self._add("\n".join([lines[0], "|" + " --- |" * columns, *lines[1:]]))

    def _end_link(self) -> None:
        if not self._links:
            return
        address, start = self._links.pop()
        text = _lines_of("".join(self._inline[start:])).replace("\n", " ")
        if not address or not text or start > len(self._inline):
            return
        shown = address if text in {address, address.partition(":")[2]} else f"[{text}]({address})"
        before = " " if "".join(self._inline[start:]).startswith(" ") else ""
        self._inline[start:] = [before + shown]

    def _address(self, address: str) -> str:
        """Return a whole address that is safe to follow, or nothing."""
        if not address.strip():
            return ""
        try:
            whole = urljoin(self._base, address.strip())
            is_safe = urlsplit(whole).scheme.lower() in _SAFE_SCHEMES
        except ValueError:
            return ""
        return re.sub(r"[\s()<>]", lambda found: f"%{ord(found[0]):02X}", whole) if is_safe else ""

    def _end_block(self) -> None:
        """Add what was said since the last block, to the cell if there is one."""
        said = "".join(self._inline)
        self._inline.clear()
        # A link around several blocks is none in text.
        self._links = [("", 0) for _ in self._links]
        heading, self._heading = self._heading, ""
        text = _fenced(said) if self._pre else _lines_of(said)
        if heading:
            text = text.replace("\n", " ")
        if not text:
            return
        if self._tables and self._rows and self._rows[-1]:
            marker = self._marker().lstrip()
            cell = self._rows[-1][-1]
            self._rows[-1][-1] = cell + ("\n" if cell else "") + marker + text
        else:
            self._add(f"{heading} {text}" if heading else text)

    def _marker(self) -> str:
        if not self._lists:
            return ""
        marker, self._lists[-1].marker = self._lists[-1].marker, ""
        return marker

    def _add(self, text: str) -> None:
        """Add a block, indented and quoted as it stands."""
        outer = sum(around.indent for around in self._lists[:-1][:_DEEPEST])
        marker = self._marker()
        inner = self._lists[-1].indent if self._lists else 0
        first, *rest = text.split("\n")
        lines = [" " * (outer + inner - len(marker)) + marker + first]
        lines += [" " * (outer + inner) + line if line else "" for line in rest]
        quote = "> " * min(self._quotes, _DEEPEST)
        block = "\n".join((quote + line).rstrip(" ") for line in lines)
        self._blocks.append((block, bool(marker)))


def _lines_of(said: str) -> str:
    """Return inline text with single blanks, and no more than one empty line within."""
    text = re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", said))
    return re.sub(r"\n{3,}", "\n\n", text).strip(" \n")


def _fenced(said: str) -> str:
    code = said.replace("\r\n", "\n").strip("\n")
    if not code.strip():
        return ""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{code}\n{fence}"


def _table_line(cells: list[str]) -> str:
    shown = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return "|" + "".join(f" {cell} |" for cell in shown)
