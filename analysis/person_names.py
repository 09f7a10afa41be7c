"""Finding the names of people by what surrounds them and by a list of given names."""

import re
from collections.abc import Iterator

from analysis.given_names import GIVEN_NAMES, NOT_NAMES
from analysis.personal_data import PersonalDataKind, PersonalDataMatch

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĖĘĚĜĞĠĢĤĪİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŜŞŠŢŤŪŮŰŲŴŶŹŻŽ"
_PARTICLE = (
    r"(?:van der|van den|van de|von der|de la|de los|del|della|di|da|dos|de|van|von|ten|ter|bin|al"
    r"|el|le|la)"
)
_CAPITALISED = rf"(?:[OD]['\u2019])?[{_UPPER}](?:[^\W\d_]|['\u2019-](?=[^\W\d_]{{2}})){{1,24}}"
_INITIAL = rf"[{_UPPER}]\."
_NAME = rf"{_CAPITALISED}(?: (?:{_INITIAL} )?(?:{_PARTICLE} )?{_CAPITALISED}){{0,3}}"
_ANY_CASE = r"[^\W\d_](?:[^\W\d_]|['\u2019-](?=[^\W\d_])){1,24}"

_STATED = re.compile(
    r"\b(?i:(?:(first|last|full|sur|maiden|middle|family|customer|passenger|guest|user)[ -]?)?name"
    r"(?:['\u2019]s| is|:| on (?:the|my) (?:card|account|booking|reservation|ticket|order) is)"
    r"|mein name ist|ich heiße|ich heisse|je m['\u2019]appelle|me llamo|mi nombre es|mi chiamo)"
    rf"[ \t]{{1,3}}(?P<name>{_ANY_CASE}(?: (?:{_PARTICLE} )?{_ANY_CASE}){{0,3}})"
)
_THING_BEFORE = re.compile(
    r"(?i:\b(?!my|his|her|their|your|the|and|or|is|a|on)[^\W\d_]{1,30})[ -]$"
)
_INTRODUCED = re.compile(
    r"\b(?i:i am|i['\u2019]m|im|this is|it['\u2019]s|it is|here is|ich bin|je suis|soy|sono)"
    rf" ({_NAME})(?=[ \t]{{0,2}}(?:[.,;:!?()\n\u2014\u2013-]|$"
    r"| (?:and|from|here|with|again|calling|writing|speaking|at|who|the)\b))"
)
_TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Madam|Herrn?|Frau|Mme|Monsieur|Madame|Señora?|Sr|Sra)\.?"
    rf" ({_NAME})"
)
_GREETING = (
    r"(?i:hi|hiya|hello|hey|dear|thanks|thank you|thank you (?:very|so) much|many thanks|sorry"
    r"|sorry about that|apologies|good (?:morning|afternoon|evening|day)|welcome|welcome back"
    r"|sure|certainly|of course|absolutely|great|perfect|got it|understood|no problem|yes|no"
    r"|okay|ok|alright|liebe|lieber|hallo|guten (?:tag|morgen)|bonjour|hola|ciao|estimad[oa]"
    r"|cher|chère|goodbye|bye|you['\u2019]re welcome)"
)
_GREETED = re.compile(
    rf"(?<![\w-]){_GREETING}(?: again)?,? ({_NAME})(?=[ \t]{{0,2}}(?:[.,;:!?\n\u2014\u2013-]|$))"
)
_SIGNED = re.compile(
    r"(?i:regards|best|cheers|sincerely|faithfully|truly|thanks|thank you|thx|love|wishes|grüßen"
    r"|grüße|gruß|cordialement|saludos|saluti|yours)"
    r"[,.!]?[ \t]{0,3}\n{1,3}[ \t]{0,3}(?:[-\u2013\u2014~][ \t]{0,2})?"
    rf"({_ANY_CASE}(?: (?:{_PARTICLE} )?{_CAPITALISED}){{0,3}})[ \t]{{0,3}}(?=[,.(|/\n]|$)"
)
_RELATION = (
    r"(?:wife|husband|son|daughter|mother|father|mom|mum|dad|brother|sister|partner|spouse|friend"
    r"|cousin|grand(?:mother|father|son|daughter|ma|pa)|aunt|uncle|neighbou?r|roommate|flatmate"
    r"|girlfriend|boyfriend|assistant|carer|boss|nephew|niece|colleague|coworker|fianc[eé]e?|passengers?|guest|travell?er"
    r"|cardholder|customer|client|user|tenant|patient|recipient|attn|agent|representative|manager"
    r"|supervisor|mann|frau)"
)
_RELATED = re.compile(
    rf"\b(?:{_RELATION}(?:,| is| was| named| called)?"
    r"|(?i:spoke (?:with|to)|talked (?:with|to)|speaking (?:with|to)|chatted with|on behalf of"
    r"|(?:booked|handled|signed|helped|reviewed|approved) by|in the name of|under the name"
    r"|addressed to))"
    rf" ({_NAME})"
    # In a heading ("Customer Onboarding") only a colon tells a name.
    rf"|\b(?i:{_RELATION}):[ \t]{{0,3}}({_NAME})(?=[ \t]{{0,3}}(?:[,.;(\n]|$))"
)
_TWO_NAMES = rf"{_CAPITALISED} (?:{_INITIAL} )?(?:{_PARTICLE} )?{_CAPITALISED}"
_PLACED = re.compile(
    rf"\b(?:(?:me|myself|I), ({_NAME}),"
    rf"|(?:someone|somebody|person|man|woman|lady|guy|employee) (?:called|named) ({_NAME})"
    r"|(?:under|(?:went|issued|sent|refunded|transferred|belongs|assigned|paid|addressed) to)"
    rf" ({_TWO_NAMES})"
    rf"|(?:name|travell?er|passenger|guest|holder|owner)s? from ({_TWO_NAMES})(?= to\b))"
)
# The last line below any "Warmly," is a signature.
_CLOSING = re.compile(
    rf"[^\W\d_],[ \t]{{0,3}}\n{{1,3}}[ \t]{{0,3}}({_NAME})[ \t]{{0,3}}\n{{0,3}}\Z"
)
_INTRODUCED_LOWER = re.compile(
    rf"\b(?i:i am|i['\u2019]m|im|this is) ({_ANY_CASE})(?= (?:and|from|here|again|,)|[,.!\n]|$)"
)
_SPEAKING = re.compile(rf"(?<![\w-])({_NAME}) (?:here|speaking)(?=[.,!;:\n]| from\b| again\b|$)")
_NEXT = re.compile(rf"(?:,|,? and|,? und|,? et|,? y| &) ({_NAME})(?![\w-])")
_LISTED = re.compile(rf"(?<![\w-])({_NAME})(?:['\u2019]s)?(?![\w-])")
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['\u2019.-](?=[^\W\d_]))*")
_PARTICLES = frozenset(_PARTICLE[3:-1].replace("|", " ").split())
_SENTENCE_GOES_ON = re.compile(
    r"(?i:and|but|on|at|in|for|is|was|because|so|i|my|the|from|with|that|it|as|not|who|where)"
)
_PLACE_BEFORE = re.compile(r"\b(?:San|Santa|St\.?|Saint|Los|Las|Fort|Port|Lake|Mount|New) $")

_INTRODUCING = (
    *(_TITLED, _INTRODUCED, _INTRODUCED_LOWER, _GREETED, _SIGNED, _CLOSING, _RELATED, _PLACED),
    _SPEAKING,
)
_MOST_IN_A_ROW = 10


def find_names(text: str) -> Iterator[PersonalDataMatch]:
    """Yield the names of people in a text, in no order; they may overlap.

    Names are told by introductions, titles, greetings, signatures, relations ("my wife …") and a
    list of given names; a surname alone in running text is not found.
    """
    for match in _STATED.finditer(text):
        # "Plan name: Flexi" names a thing.
        before = text[max(0, match.start() - 32) : match.start()]
        if match[1] or match[0][:4].lower() != "name" or not _THING_BEFORE.search(before):
            yield from _match(_stated_words(list(_WORD.finditer(text, *match.span("name")))))
    for pattern in _INTRODUCING:
        for match in pattern.finditer(text):
            words = list(_WORD.finditer(text, *match.span(match.lastindex or 0)))
            words = _introduced_words(words)
            yield from _match(words)
            if words and pattern is _RELATED:
                for more in _also_named(text, words[-1].end()):
                    yield from _match(more)
    for match in _LISTED.finditer(text):
        yield from _match(_listed_words(list(_WORD.finditer(text, *match.span(1)))))


def is_name(value: str) -> bool:
    """Tell whether a whole value looks like the name of a person."""
    words = value.split()
    return (
        1 <= len(words) <= 5
        and len(value) <= 80
        and all(character.isalpha() or character in " .'\u2019-" for character in value)
        and not any(_is_never_a_name(word) for word in words)
    )


def _also_named(text: str, end: int) -> Iterator[list[re.Match[str]]]:
    """Yield the names that follow a name: "Amir Haddad, Tolu and Leila Haddad"."""
    for _ in range(_MOST_IN_A_ROW):
        match = _NEXT.match(text, end)
        words = _introduced_words(list(_WORD.finditer(text, *match.span(1)))) if match else []
        if not words:
            return
        yield words
        end = words[-1].end()


def _stated_words(words: list[re.Match[str]]) -> list[re.Match[str]]:
    """After "my name is" any word counts, in any case, until the sentence goes on."""
    named: list[re.Match[str]] = []
    for word in words:
        lower = word[0].lower()
        goes_on = named and named[0][0][0].isupper() and word[0].islower()
        if _SENTENCE_GOES_ON.fullmatch(lower) or (lower not in _PARTICLES and goes_on):
            break
        if _is_never_a_name(word[0]):
            break
        named.append(word)
    return named


def _introduced_words(words: list[re.Match[str]]) -> list[re.Match[str]]:
    """Capitalised words in a place for names: "Dear Customer Care" holds none."""
    named = _until_no_name(words)
    if named and _PLACE_BEFORE.search(named[0][0] + " "):
        return []
    if len(named) == 1 and named[0][0].lower() not in GIVEN_NAMES:
        only = named[0][0]
        # An acronym, or a first word in lower case below "Thanks,".
        if only.islower() or (only.isupper() and len(only) <= 4):
            return []
    return named


def _listed_words(words: list[re.Match[str]]) -> list[re.Match[str]]:
    """From the first listed given name on."""
    for index, word in enumerate(words):
        if word[0].lower() in GIVEN_NAMES:
            if _PLACE_BEFORE.search(word.string, max(0, word.start() - 8), word.start()):
                return []
            return _until_no_name(words[index:])
    return []


def _until_no_name(words: list[re.Match[str]]) -> list[re.Match[str]]:
    for index, word in enumerate(words):
        if _is_never_a_name(word[0]):
            return words[:index]
    return words


def _is_never_a_name(word: str) -> bool:
    lower = word.lower().strip(".")
    return lower in NOT_NAMES and lower not in _PARTICLES


def _match(words: list[re.Match[str]]) -> Iterator[PersonalDataMatch]:
    if words:
        end = words[-1].end() - (2 if words[-1][0].endswith(("'s", "\u2019s")) else 0)
        yield PersonalDataMatch(PersonalDataKind.NAME, words[0].start(), end)
