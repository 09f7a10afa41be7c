"""Finding personal data in fields that are written as text: JSON, and the arguments of calls."""

import re
from collections.abc import Iterator

from analysis.known_values import is_person, kind_of_key
from analysis.person_names import is_name
from analysis.personal_data import PersonalDataKind, PersonalDataMatch

# "last_name": "Kovacs" · last_name="Kovacs" · "zip": 28236
_FIELD = re.compile(
    r"(?<![\w.])([\"']?)([A-Za-z][\w-]{1,40})\1\s{0,3}[:=]\s{0,3}"
    r"(?:\"([^\"\\\n]{1,200})\"|'([^'\\\n]{1,200})'|(?<=[:=]) ?(\d{3,20})\b)"
)


def find_fields(text: str) -> Iterator[PersonalDataMatch]:
    """Yield the values whose keys tell what they are, as "last_name" does, in order."""
    fields = list(_FIELD.finditer(text)) if '"' in text or "'" in text else []
    of_person = is_person({match[2]: None for match in fields})
    for match in fields:
        group = match.lastindex or 0
        value = match[group]
        kind = kind_of_key(match[2], value)
        if kind is None and of_person and match[2] == "name" and is_name(value):
            kind = PersonalDataKind.NAME
        if kind is not None:
            yield PersonalDataMatch(kind, *match.span(group))
