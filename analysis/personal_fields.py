"""Which texts of a change hold personal data, for those who decide on it."""

import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel, Field, JsonValue

from analysis.personal_data import PersonalDataKind, PersonalDataMatch
from analysis.redaction import contains_personal_data, strip_invisible
from domain.knowledge import Change, Operation


class PersonalPart(BaseModel):
    """What looks like a person's data in one field of a change."""

    field: str = Field(description="Where it stands, such as `content.answer` or `phrasings[0]`.")
    kind: PersonalDataKind
    text: str


def personal_data_in(change: Change, public: Iterable[str] = ()) -> list[PersonalPart]:
    """Return what looks like personal data in the texts that a change would publish.

    `public` are texts that people have said to be nobody's, such as the company's own address; what
    stands inside one of them is left out. A retirement publishes nothing.
    """
    if change.operation is Operation.RETIRE:
        return []
    allowed = [plain for text in public if (plain := strip_invisible(text).casefold().strip())]
    fields = change.content.model_dump(mode="json")
    texts = [*_texts(fields, "content"), *_texts(list(change.phrasings), "phrasings")]
    found: dict[tuple[str, str], PersonalPart] = {}
    for field, text in texts:
        for part in _parts(field, strip_invisible(text), allowed):
            found.setdefault((part.field, part.text), part)
    return list(found.values())


# "The rental's number, such as R-48213": a number that was made up to show the form.
_EXAMPLE_BEFORE = re.compile(
    r"(?:such as|e\.g\.|for example|for instance|like)[ ,:'\"#]{0,4}$", re.I
)


def _is_example(text: str, match: PersonalDataMatch) -> bool:
    before = text[max(0, match.start - 20) : match.start]
    return match.kind is PersonalDataKind.ID and bool(_EXAMPLE_BEFORE.search(before))


def _parts(field: str, text: str, allowed: list[str]) -> Iterator[PersonalPart]:
    for match in contains_personal_data(text):
        public = any(_covers(plain, text, match) for plain in allowed)
        if not public and not _is_example(text, match):
            yield PersonalPart(field=field, kind=match.kind, text=text[match.start : match.end])


def _covers(plain: str, text: str, match: PersonalDataMatch) -> bool:
    """Tell whether a public text stands in `text` around the match."""
    around = text[max(0, match.end - len(plain)) : match.start + len(plain)]
    return plain in around.casefold()


def _texts(value: JsonValue, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, list):
        for place, entry in enumerate(value):
            yield from _texts(entry, f"{name}[{place}]")
    elif isinstance(value, dict):
        for key, entry in value.items():
            path = f"{name}.{key}"
            yield path, key  # The keys of a tool's schema are texts, too.
            yield from _texts(entry, path)
