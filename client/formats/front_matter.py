"""The YAML between two lines of `---` at the top of a Markdown file: split off, read, written.

Read without YAML's surprises: no aliases, no tags, no repeated keys, and only JSON's own numbers
and words are more than text (`no` is not false, a date is not a date).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml
from pydantic import JsonValue

from domain.base import MAX_JSON_DEPTH

_DEEPEST = MAX_JSON_DEPTH + 8
_STR, _NULL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:null"
_BOOL, _INT, _FLOAT = (f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float"))
_BREAKS_THAT_YAML_CHANGES = re.compile("[\x85\u2028\u2029]")
_HEADER = re.compile(r"---[ \t]*\r?\n(.*?)^---[ \t]*\r?(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_OPENING = re.compile(r"---[ \t]*\r?(?:\n|\Z)")

_PLAIN = (
    (_NULL, r"(?:~|null|Null|NULL|)\Z", ["~", "n", "N", ""]),
    (_BOOL, r"(?:true|True|TRUE|false|False|FALSE)\Z", list("tTfF")),
    (_INT, r"[-+]?[0-9]+\Z", list("-+0123456789")),
    (
        _FLOAT,
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z",
        list("-+.0123456789"),
    ),
)
"""YAML 1.2's core schema without octal numbers and infinities: what JSON can say."""


class FrontMatterError(ValueError):
    """The front matter breaks a rule, at this line of its file."""

    def __init__(self, message: str, line: int, field: str = "") -> None:
        """Say what and where."""
        super().__init__(message)
        self.line = line
        self.field = field


@dataclass(frozen=True)
class Document:
    """A file in its parts; `header` is None where there is no front matter."""

    header: str | None
    body: str
    body_line: int


@dataclass(frozen=True)
class Value:
    """What stands behind a key, and at which line of the file."""

    node: yaml.Node
    line: int

    def text(self) -> str | None:
        """Return it as it is written, also if it looks like a number; None for nothing."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise FrontMatterError("must be a text", self.line)
        return None if self.node.tag == _NULL else _text_of(self.node)

    def texts(self) -> list[str]:
        """Return a list's texts; one text stands for a list of one."""
        if isinstance(self.node, yaml.SequenceNode):
            return [Value(node, _line(node)).text() or "" for node in _entries(self.node)]
        text = self.text()
        return [] if text is None else [text]

    def json(self) -> JsonValue:
        """Return it as JSON."""
        return _json_of(self.node)


def split(text: str) -> Document:
    """Return the parts of a file; raises FrontMatterError if front matter has no end."""
    found = _HEADER.match(text)
    if found is not None:
        return Document(found[1], text[found.end() :], text.count("\n", 0, found.end()) + 1)
    if _OPENING.match(text):
        raise FrontMatterError("front matter has no end; close it with a line of '---'", 1)
    return Document(None, text, 1)


def read(header: str) -> dict[str, Value]:
    """Return the values by key, in order; raises FrontMatterError."""
    try:
        node = _Loader(header).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 2 if mark is None else mark.line + 2
        raise FrontMatterError(_explained(error.problem or ""), line) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # The latter two come of escapes beyond Unicode.
        raise FrontMatterError("holds a character that YAML does not allow", 2) from None
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise FrontMatterError("front matter must be lines of 'key: value'", _line(node))
    return {key: Value(value, line) for key, value, line in _pairs(node)}


def write(values: dict[str, Any]) -> str:
    """Return the YAML of values that are JSON, one key a line, as `read` takes it."""
    return yaml.dump(
        values,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=float("inf"),
    )


def put(text: str, values: Mapping[str, str]) -> str:
    """Return a file's text with plain values in its front matter, and all else as it was.

    A key that is there gets its new value, another one stands at the end; a file without front
    matter gets one. Raises FrontMatterError.
    """
    line_end = "\r\n" if "\r\n" in text else "\n"
    found = _HEADER.match(text)
    if found is None:
        lines = "".join(f"{key}: {value}{line_end}" for key, value in values.items())
        return f"---{line_end}{lines}---{line_end}{line_end}{text}"
    header = found[1]
    nodes = {key: value.node for key, value in read(header).items() if key in values}
    for key in sorted(nodes, key=lambda key: nodes[key].start_mark.index, reverse=True):
        before = header[: nodes[key].start_mark.index]
        blank = "" if before.endswith(" ") else " "
        header = f"{before}{blank}{values[key]}{header[nodes[key].end_mark.index :]}"
    added = {key: value for key, value in values.items() if key not in nodes}
    header += "".join(f"{key}: {value}{line_end}" for key, value in added.items())
    return text[: found.start(1)] + header + text[found.end(1) :]


class OneLine(list[str]):
    """A list that is written as `[a, b]`."""


class _Loader(yaml.SafeLoader):
    """Composes nodes only: nothing is ever constructed from what a file says."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  (pyyaml reads it of the class)

    def __init__(self, header: str) -> None:
        super().__init__(header)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Return the next node; refuse aliases, which can make a small file a huge one."""
        event = cast(yaml.Event, self.peek_event())  # pyright: ignore[reportUnknownMemberType]
        if isinstance(event, yaml.AliasEvent):
            _fail("aliases (*) are not read; write the value out", event)
        if self._depth >= _DEEPEST:
            _fail(f"is nested deeper than {_DEEPEST} levels", event)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _Dumper(yaml.SafeDumper):
    """Writes texts of many lines as blocks, and lists indented."""

    def ignore_aliases(self, data: Any) -> bool:
        """Return that nothing is written as an alias of what it equals."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent the entries of lists too."""
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = '"' if _BREAKS_THAT_YAML_CHANGES.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar(_STR, text, style=style)  # pyright: ignore[reportUnknownMemberType]


def _represent_line(dumper: yaml.SafeDumper, texts: OneLine) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", texts, flow_style=True)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(OneLine, _represent_line)
# The dumper keeps YAML 1.1's resolvers as well: what either reader would mistake is quoted.
for _yaml in (_Loader, _Dumper):
    for _tag, _pattern, _first in _PLAIN:
        _yaml.add_implicit_resolver(_tag, re.compile(_pattern), _first)  # pyright: ignore[reportUnknownMemberType]


def _fail(message: str, event: yaml.Event) -> None:
    raise yaml.MarkedYAMLError(problem=message, problem_mark=event.start_mark)


def _explained(problem: str) -> str:
    if "aliases" in problem or "nested" in problem:
        return problem
    if "mapping values are not allowed" in problem:
        return "is not YAML here: put the text behind the key in quotes, it holds ': '"
    return f"is not YAML here ({problem}); put the text behind the key in quotes"


def _line(node: yaml.Node) -> int:
    # YAML counts from 0, and the line of '---' stands above.
    return node.start_mark.line + 2


def _entries(node: yaml.SequenceNode) -> list[yaml.Node]:
    return cast(list[yaml.Node], node.value)


def _text_of(node: yaml.ScalarNode) -> str:
    if node.tag not in {_STR, _NULL, _BOOL, _INT, _FLOAT}:
        raise FrontMatterError("YAML tags (!) are not read; remove it", _line(node))
    return str(node.value)


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, int]]:
    seen: set[str] = set()
    for name, value in cast(list[tuple[yaml.Node, yaml.Node]], node.value):
        if not isinstance(name, yaml.ScalarNode):
            raise FrontMatterError("a key must be a text", _line(name))
        key = _text_of(name)
        if key in seen:
            raise FrontMatterError("stands there twice; keep one", _line(name), key)
        seen.add(key)
        yield key, value, _line(name)


def _json_of(node: yaml.Node) -> JsonValue:
    if isinstance(node, yaml.MappingNode):
        return {key: _json_of(value) for key, value, _line in _pairs(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_json_of(entry) for entry in _entries(node)]
    text = _text_of(cast(yaml.ScalarNode, node))
    try:
        if node.tag == _INT:
            return int(text)
        if node.tag == _FLOAT:
            return float(text)
    except ValueError:
        raise FrontMatterError("must be a number", _line(node)) from None
    if node.tag == _BOOL:
        return text.lower() == "true"
    return None if node.tag == _NULL else text
