"""Finding the names of people by what surrounds them and by a list of given names."""

import re
from collections.abc import Iterator

from analysis.given_names import NOT_NAMES
from analysis.name_words import (
    folded,
    is_everyday_given_name,
    is_given_name,
    is_ordinary,
    is_part_of_a_name,
    is_surname,
    is_unusual,
    names_a_thing,
)
from analysis.personal_data import PersonalDataKind, PersonalDataMatch
from analysis.surnames import FIRST_SURNAMES

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĖĘĚĜĞĠĢĤĪİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŜŞŠŢŤŪŮŰŲŴŶŹŻŽ"
_PARTICLE = (
    r"(?:van der|van den|van de|von der|de la|de los|del|della|di|da|dos|de|van|von|ten|ter|bin|al"
    r"|el|le|la)"
)
_CAPITALISED = rf"(?:[OD]['\u2019])?[{_UPPER}](?:[^\W\d_]|['\u2019-](?=[^\W\d_]{{2}})){{1,24}}"
_INITIAL = rf"[{_UPPER}]\."
_NAME = (
    rf"(?:{_INITIAL} ?){{0,3}}{_CAPITALISED}"
    rf"(?: (?:{_INITIAL} )?(?:{_PARTICLE} )?{_CAPITALISED}){{0,3}}"
)
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
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Doctor|Sir|Madam|Herrn?|Frau|Mme|Monsieur|Madame"
    r"|Señora?|Sr|Sra|Shri|Smt)\.?"
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
    r"(?:[,.!]?[ \t]{0,3}\n{1,3}[ \t]{0,3}|,[ \t]{1,2}|(?<=thx)[ \t])"
    r"(?:[-\u2013\u2014~][ \t]{0,2})?"
    rf"((?:{_INITIAL} ?){{0,3}}{_ANY_CASE}(?: (?:{_PARTICLE} )?{_CAPITALISED}){{0,3}})[ \t]{{0,3}}"
    r"(?=[,.(|/\n]|$)"
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
# In small letters, as many type: only listed names begin one.
_LOWER_WORDS = rf"({_ANY_CASE}(?: {_ANY_CASE}){{0,3}})"
_IN_ANY_CASE = (
    re.compile(rf"\b(?i:i am|i['\u2019]m|im|am|this is|it['\u2019]s|its) {_LOWER_WORDS}"),
    re.compile(rf"(?:^|[,;.\n]) {{0,2}}(?i:name)[: ] ?{_LOWER_WORDS}"),
    re.compile(rf"\b(?i:mrs?|ms|miss|dr|prof|professor|doctor)\.? {_LOWER_WORDS}"),
    re.compile(
        r"\b(?i:my) (?:\w{2,12} )?(?:wife|husband|son|daughter|mother|father|mom|mum|dad|brother"
        r"|sister|partner|friend|boss|colleague|girlfriend|boyfriend|landlord|tenant"
        rf"|neighbou?r),? {_LOWER_WORDS}"
    ),
    re.compile(
        rf"(?<![\w-])(?i:hi|hey|hello|dear|thanks|thank you|thx|ok|bye|cheers) {_LOWER_WORDS}"
    ),
)
_ROLE = (
    r"(?i:agent|professor|nurse|interpreter|student|patient|tenant|landlord|landlady|driver"
    r"|technician|courier|teacher|guest|plumber|advis[eo]r|consultant|operator|customer|client"
    r"|passenger|employee|resident|applicant|subscriber|caller|officer|inspector|captain|lawyer"
    r"|solicitor|accountant|engineer|installer|electrician|supervisor|manager|specialist|doctor"
    r"|representative|traveller|member|colleague)"
)
# Places for a name, where a listed name counts, and two words that are no everyday words.
_LIKELY = (
    re.compile(rf"\b{_ROLE},? ({_NAME})(?= [a-z(]|[,.;:!?(]|$)"),
    re.compile(
        r"(?<!\w)(?i:holder|contact|contact person|signed|attn|attention|from|to|cc|sender"
        r"|recipient|beneficiary|payee|author|reported by|assignee|owner|tenant|driver|note from):"
        rf" ({_NAME})(?=[ \t]{{0,2}}[,.;:(<\n]|$)"
    ),
    re.compile(
        rf"(?<![\w-])({_NAME}) (?=(?:says|said|called|calls|asked|asks|told|tells|claims|reported"
        r"|confirmed|replied|mentioned|agreed)\b)"
    ),
    re.compile(
        rf"\b(?:for|with|by|give (?:it|this) to|spoke to|from|ask|tell|told|contact) ({_NAME})"
        r"(?=[ \t]{0,2}(?:[,.;!?\n(]|$| (?:at|from|in|that|about|who)\b))"
    ),
)
# Places where hardly anything but a name stands, so that any word that is no everyday word counts.
_NEARLY_SURE = (
    re.compile(rf"\b(?:booking|booked|reservation|reserved|table|room) under ({_NAME})"),
    re.compile(rf"\b{_GREETING},? ({_NAME})(?= (?:for|and|I|we|my|how|can|could|your|that)\b)"),
    re.compile(
        rf"(?<![\w-])({_NAME}) (?=(?:phoned|wrote|writes|wants|wanted|complained|promised|ordered"
        r"|booked|insists|rang|emailed|never got|never received)\b)"
    ),
)
_INITIALED = re.compile(rf"(?<![\w.])(?:[{_UPPER}]\. ?){{1,3}}(?:{_PARTICLE} )?{_CAPITALISED}")
_SURNAME_FIRST = re.compile(
    rf"(?<![\w-])([{_UPPER}][a-z]{{1,6}}) ([{_UPPER}][a-z]{{1,8}})(?![\w-])"
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
    *(_TITLED, _INTRODUCED, _GREETED, _SIGNED, _CLOSING, _RELATED, _PLACED),
    _SPEAKING,
)
_MOST_IN_A_ROW = 10
_KEYS = frozenset({"dob", "phone", "email", "mail", "tel", "acct", "address", "order", "zip"})


def find_names(text: str) -> Iterator[PersonalDataMatch]:
    """Yield the names of people in a text, in no order; they may overlap.

    Names are told by introductions, titles, greetings, signatures, roles ("my wife …") and lists of
    given names and surnames; a surname that is an everyday word is found in a name's place only.
    """
    yield from _find_stated(text)
    for pattern in _INTRODUCING:
        for match in pattern.finditer(text):
            words = _introduced_words(_words(match))
            if not words or names_a_thing(text, words[0].start(), words[-1].end()):
                continue
            yield from _match(words)
            if pattern is _RELATED:
                for more in _also_named(text, words[-1].end()):
                    yield from _match(more)
    for pattern in _IN_ANY_CASE:
        for match in pattern.finditer(text):
            yield from _match(_words_in_any_case(_words(match)))
    yield from _find_by_words(text)


def _find_stated(text: str) -> Iterator[PersonalDataMatch]:
    for match in _STATED.finditer(text):
        # "Plan name: Flexi" names a thing.
        before = text[max(0, match.start() - 32) : match.start()]
        if match[1] or match[0][:4].lower() != "name" or not _THING_BEFORE.search(before):
            yield from _match(_stated_words(_words(match, "name")))


def _find_by_words(text: str) -> Iterator[PersonalDataMatch]:
    """Yield the names that are told by lists, alone or in a place where a name is likely."""
    for pattern in (*_LIKELY, *_NEARLY_SURE):
        least_unusual = 1 if pattern in _NEARLY_SURE else 2
        for match in pattern.finditer(text):
            words = _likely_words(_words(match), least_unusual)
            if words and not names_a_thing(text, words[0].start(), words[-1].end()):
                yield from _match(words)
    for match in _INITIALED.finditer(text):
        words = _until_no_name(_words(match))
        if (
            words
            and len(words[-1][0]) > 1
            and (
                is_part_of_a_name(words[-1][0])
                or is_everyday_given_name(words[-1][0])
                or is_unusual(words[-1][0])
            )
        ):
            yield from _match(words)
    for match in _SURNAME_FIRST.finditer(text):
        if folded(match[1]) in FIRST_SURNAMES and not is_ordinary(match[2]):
            yield from _match(_words(match, 0))
    for match in _LISTED.finditer(text):
        words = _listed_words(_words(match, 1))
        if words and not names_a_thing(text, words[0].start(), words[-1].end()):
            yield from _match(words)


def _words(match: re.Match[str], group: str | int | None = None) -> list[re.Match[str]]:
    """Return the words of a group, by default the last one that took part."""
    span = match.span((match.lastindex or 0) if group is None else group)
    return list(_WORD.finditer(match.string, *span))


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
        words = _introduced_words(_words(match, 1)) if match else []
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
    if len(named) == 1 and not is_given_name(named[0][0]):
        only = named[0][0]
        # An acronym, or a first word in lower case below "Thanks,".
        if only.islower() or (only.isupper() and len(only) <= 4):
            return []
    return named


def _words_in_any_case(words: list[re.Match[str]]) -> list[re.Match[str]]:
    """A listed name and the names after it: "priya raghunathan and i"."""
    if not words or not is_part_of_a_name(words[0][0]):
        return []
    named = words[:1]
    for word in words[1:]:
        if not (is_part_of_a_name(word[0]) or is_unusual(word[0])) or word[0].lower() in _KEYS:
            break
        named.append(word)
    return named


def _likely_words(words: list[re.Match[str]], least_unusual: int) -> list[re.Match[str]]:
    """The words in a place for a name, if one is a name or enough of them no everyday words."""
    named = _until_no_name(words)
    if not named or named[-1][0].isupper() or _PLACE_BEFORE.search(named[0][0] + " "):
        return []
    unusual = sum(is_unusual(word[0]) for word in named)
    listed = any(is_part_of_a_name(w[0]) or is_everyday_given_name(w[0]) for w in named)
    return named if listed or least_unusual <= unusual == len(named) else []


def _listed_words(words: list[re.Match[str]]) -> list[re.Match[str]]:
    """From the first listed given name on, or from a surname that is no everyday word."""
    for index, word in enumerate(words):
        if is_given_name(word[0]):
            if _PLACE_BEFORE.search(word.string, max(0, word.start() - 8), word.start()):
                return []
            return _until_no_name(words[index:])
        if is_surname(word[0]):
            before = words[:index][-1:]
            named = bool(before) and (
                is_unusual(before[0][0]) or is_everyday_given_name(before[0][0])
            )
            if named:
                return _until_no_name(words[index - 1 :])
            if is_unusual(word[0]):
                return _until_no_name(words[index:])
    return []


def _until_no_name(words: list[re.Match[str]]) -> list[re.Match[str]]:
    for index, word in enumerate(words):
        is_initial = len(word[0]) == 1 and word.string[word.end() : word.end() + 1] == "."
        if _is_never_a_name(word[0]) and not is_initial:
            return words[:index]
    return words


def _is_never_a_name(word: str) -> bool:
    lower = word.lower().strip(".")
    return lower in NOT_NAMES and lower not in _PARTICLES


def _match(words: list[re.Match[str]]) -> Iterator[PersonalDataMatch]:
    if words:
        end = words[-1].end() - (2 if words[-1][0].endswith(("'s", "\u2019s")) else 0)
        yield PersonalDataMatch(PersonalDataKind.NAME, words[0].start(), end)
