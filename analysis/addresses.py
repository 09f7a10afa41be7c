"""Finding postal addresses: streets with house numbers, and what stands before a postcode.

Every quantifier is bounded, so that a scan is linear in the text.
"""

import re
from collections.abc import Iterator

from analysis.personal_data import PersonalDataKind, PersonalDataMatch

_WORD = r"[^\W\d_](?:[^\W\d_]|['\u2019-]){0,24}"
_PROPER = r"[A-ZÀ-ÖØ-ÞŁŚŽŠČĐĆİŞ][\w'\u2019-]{0,24}\.?"
_PLACE = r"[A-ZÀ-ÖØ-ÞŁŚŽŠČĐĆİŞ][\w'\u2019-]{0,24}"
_PARTICLE = (
    r"(?:de|del|della|dell'|di|da|do|dos|du|des|la|le|les|las|los|der|den|van|am|an|im|zum|zur|of)"
)
_SUFFIX = (
    r"(?:Street|Avenue|Road|Drive|Lane|Boulevard|Court|Place|Square|Terrace|Parkway|Highway|Close"
    r"|Crescent|Gardens|Row|Way|Circle|Trail|Grove|Mews|Quay|Wharf|Walk|Hill|Plaza|Marg|Nagar|Bazar"
    r"|St|Ave|Rd|Dr|Ln|Blvd|Ct|Pl|Sq|Pkwy|Hwy|Cres|Ter|Cir)"
)
_SUFFIX_LOWER = (
    r"(?:street|avenue|road|drive|lane|boulevard|court|terrace|crescent|parkway|st|rd|ave|dr|ln"
    r"|blvd)"
)
_NUMBER = r"\d{1,5}[A-Za-z]?(?:[/-]\d{1,4}[A-Za-z]?)?"
_UNIT = (
    r"(?i:(?:apt|apartment|suite|unit|flat|ste|room|level|floor|plot|door|sector|block|h\.? ?no"
    r"|house no|shop|bldg|building)\b\.? ?#?[A-Z]?-?\d{1,5}(?:-\d{1,4}){0,3}[A-Z]?\b"
    r"|\d{1,3}(?:st|nd|rd|th) floor|#\d{1,5}"
    r"|\d{1,2}\.?[ºª°]? ?(?:tv|th|mf|esq|dto|dcha|izq|[A-D])\b\.?)"
)
_STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]"
    r"|T[NX]|UT|V[AT]|W[AIVY])"
)
# Postcodes that are told by their form alone: those of the USA, the United Kingdom and Canada.
_TELLING_POSTCODE = (
    rf"(?:{_STATE},? \d{{5}}(?:-\d{{4}})?|[A-Z]{{1,2}}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{{2}}"
    r"|[A-Z]\d[A-Z] \d[A-Z]\d)"
)
_POSTCODE = re.compile(
    rf"(?<![\w.$€£#-])(?:{_TELLING_POSTCODE}|(?i:{_STATE}) \d{{5}}|(?:[A-Z]{{1,2}}-)?\d{{4,6}}"
    r"|\d{3} \d{2,3}|\d{4} [A-Z]{2}|\d{2}-\d{3}|\d{4}-\d{3}|(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT) \d{4})"
    r"(?![\w%]|[.,]\d|-\d"
    r"| ?(?:days?|times|miles|euros?|USD|EUR|units?|items?|points?|g|kg|km|ml)\b)"
)
_TOWN_AFTER = re.compile(rf",? (?:{_PLACE}(?:[ -](?:{_PARTICLE} )?{_PLACE}){{0,2}})")
_TOWN_AFTER_LOWER = re.compile(rf" {_WORD}")
_TOWN_BEFORE = re.compile(rf"(?:^|[ ,]){_PROPER},? ?[-\u2013]? ?$")
_MOST_BEFORE, _MOST_PIECES, _MOST_PLAIN_PIECES = 120, 7, 2
# What a piece of an address ends in: "80 Mill Lane", "Flat 12", "ship it to 742 evergreen terrace".
_NUMBER_FIRST = re.compile(rf"(?<![\w.$€£]){_NUMBER}\.?(?: {_WORD}\.?){{1,5}}$")
_NUMBER_LAST = re.compile(
    rf"(?:(?:{_PARTICLE} )?{_PROPER}(?: {_PARTICLE}){{0,2}} ){{0,4}}"
    rf"(?:{_PROPER}|[^\W\d_]{{2,24}}(?:str\.?|straße|strasse|weg|platz|gasse|allee|laan|straat))"
    rf" {_NUMBER}\.?[ºª]?$"
)
_COMPOUND_NUMBER = re.compile(
    r"(?<![\w-])(?:[A-Z]{1,2}-?\d{1,3}|\d{1,3}[A-Za-z]?(?:[/-]\d{1,4}){0,3})$"
)
_UNIT_LAST = re.compile(rf"(?<!\w){_UNIT}(?: {_PROPER}){{0,2}}$")
_PLAIN_PIECE = re.compile(rf"(?:{_WORD}\.?)(?: {_WORD}\.?){{0,3}}")
_CARE_OF = re.compile(rf"c/o {_PROPER}(?: {_PROPER}){{0,2}}$")
_BOX_LAST = re.compile(r"(?i:(?:p\.? ?o\.? ?box|postfach|private bag) ?\d{1,6})$")

_TAIL = rf"(?:,? {_UNIT})?(?:, {_PLACE}(?: {_PLACE}){{0,2}}(?![\w']| [a-z])){{0,2}}"
_STREETS = (
    # 14 Rosewood Avenue, 33 King's Road; 1600 N 5th St.
    re.compile(
        rf"(?<![\w.$€£]){_NUMBER},?"
        rf" (?:(?:[NSEW]\.? )?(?:{_PROPER}|\d{{1,3}}(?:st|nd|rd|th)) ){{1,3}}{_SUFFIX}\b\.?{_TAIL}"
    ),
    # Elm Street 42, Corso Garibaldi 3, Gran Vía 8, ul. Długa 15/4.
    re.compile(
        rf"\b(?:{_PROPER} ){{1,2}}(?:Street|Avenue|Road|Lane) {_NUMBER}\b{_TAIL}"
        r"|(?<!\w)(?:Calle|Avenida|Avda\.|Rua|Via|Viale|Corso|Largo|Vicolo|Piazza|Plaza|Praça|Paseo"
        r"|Carrer|Travessa|Gran|Rue|Ulica|ul\.|Aleja|al\.|Str\.|Strada)"
        rf"(?: {_PARTICLE}){{0,2}}(?: {_PROPER}){{1,3}},? {_NUMBER}\b{_TAIL}"
    ),
    # 27 rue de la Paix.
    re.compile(
        rf"(?<![\w.,$€£])\d{{1,4}}(?: (?:bis|ter))?,? (?i:rue|avenue|boulevard|chemin|quai|place"
        rf"|allée|impasse|calle)(?: {_PARTICLE}){{0,2}} ?{_PROPER}(?: {_PROPER}){{0,2}}{_TAIL}"
    ),
    # Lindenstraße 12, Vestergade 18, Prinsengracht 263: the street's kind is the word's end.
    re.compile(
        r"\b[A-ZÀ-Þ][\w.'-]{0,30}?(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ufer|ring|straat|laan|gracht|plein"
        r"|kade|gatan|vägen|gränd|gade|vej|allé|gata|veien|katu|tie|utca|tér)"
        rf" \d{{1,4}} ?[a-hA-H]?\b(?:/\d{{1,4}})?{_TAIL}"
    ),
    re.compile(
        rf"\b{_PROPER} (?:Straße|Strasse|Str\.|Weg|Platz|Allee|Ring|utca) \d{{1,4}}[a-h]?\b{_TAIL}"
    ),
    re.compile(rf"\b(?i:P\.? ?O\.? ?Box|Postfach|Private Bag) \d{{1,6}}\b{_TAIL}"),
    # "ID 88231" is Idaho's only after a town and a comma.
    re.compile(rf"(?:(?<=, )|(?<![\w-])(?!ID \d{{5}}(?!-))){_TELLING_POSTCODE}(?!\w)"),
    re.compile(r"\b(?:Suite|Apt\.?|Apartment|Flat) #?\d{1,5}[A-Z]?\b"),
)
_NUMBERED_LOWER = re.compile(
    rf"(?<![\w.$€£])(\d{{1,5}}[a-z]? (?:[^\W\d_]{{2,20}} ){{1,2}}{_SUFFIX_LOWER})\b", re.IGNORECASE
)
_POSTCODE_WORDS = re.compile(
    r"\b(?:zip|zip ?code|post ?code|postal code|pin ?code|postleitzahl|plz)(?: is|:|\s){1,3}"
    r"([A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4,6}(?:-\d{4})?)\b",
    re.IGNORECASE,
)
_STATED = re.compile(
    r"\b(?i:address(?: is| was|:| to| should be| has changed to){1,2}|live at|lives at"
    r"|ship (?:it |them )?to|deliver (?:it |them )?to|moved to|street(?: is|:)?)\s"
    rf"((?:{_NUMBER} {_PROPER}(?: {_PROPER}){{0,2}}|(?:{_WORD}\.? ){{1,3}}{_NUMBER})\b)"
)
_NOT_IN_STREETS = re.compile(
    r"\b(?:the|on|of|an?|in|per|and|or|from|to|hours?|days?|minutes?|miles|km|times|weeks|business"
    r"|working|years?|months?|percent|way|bus|line|lines|exit|zone|room|gate|step|order|item|number"
    r"|version|page|my|your|our|jan\w*|feb\w*|march|april?|may|june?|july?|aug\w*|sept?\w*|oct\w*|nov\w*"
    r"|dec\w*)\b",
    re.IGNORECASE,
)


def find_addresses(text: str) -> Iterator[PersonalDataMatch]:
    """Yield the postal addresses in a text, in no order; they may overlap.

    A town or a country alone is none.
    """
    if not any(character.isdecimal() for character in text):
        return
    for pattern in _STREETS:
        for match in pattern.finditer(text):
            yield _address(match.start(), match.end())
    for match in _POSTCODE_WORDS.finditer(text):
        yield _address(*match.span(1))
    for pattern in (_NUMBERED_LOWER, _STATED):
        for match in pattern.finditer(text):
            if not _NOT_IN_STREETS.search(match[1]):
                yield _address(*match.span(1))
    yield from _before_postcodes(text)


def _before_postcodes(text: str) -> Iterator[PersonalDataMatch]:
    for match in _POSTCODE.finditer(text):
        start = _start_before(text, match.start()) if _is_postcode(text, match) else None
        if start is not None:
            yield _address(start, _end_after(text, match))


def _address(start: int, end: int) -> PersonalDataMatch:
    return PersonalDataMatch(PersonalDataKind.ADDRESS, start, end)


def _is_postcode(text: str, match: re.Match[str]) -> bool:
    """Tell whether a code has a town beside it, as those that are mere numbers must."""
    if not match[0][0].isdecimal() or not match[0].replace(" ", "").isdecimal():
        return True
    if _TOWN_AFTER.match(text, match.end()):
        return True
    in_lower_case = len(match[0]) == 5 and _TOWN_AFTER_LOWER.match(text, match.end())
    before = text[max(0, match.start() - 30) : match.start()]
    return bool(in_lower_case) or (len(match[0]) >= 6 and bool(_TOWN_BEFORE.search(before)))


def _start_before(text: str, postcode: int) -> int | None:
    """Return where the address before a postcode begins, or None where there is none.

    Goes back over the pieces between commas while they are those of an address; the last that has
    a house number begins it.
    """
    begin = max(0, postcode - _MOST_BEFORE)
    end = postcode
    found: int | None = None
    plain = 0
    for _ in range(_MOST_PIECES):
        cut = max(text.rfind(",", begin, end), text.rfind("\n", begin, end))
        piece_start = max(cut + 1, begin)
        piece = text[piece_start:end].rstrip()
        numbered = _numbered_from(piece)
        if numbered is not None:
            found, plain = piece_start + numbered, 0
            if piece[:numbered].strip():
                break  # The sentence stands before the address.
        elif piece.strip() and not _PLAIN_PIECE.fullmatch(piece.strip()):
            break
        else:
            plain += bool(piece.strip())
        if cut < begin or plain > _MOST_PLAIN_PIECES:
            break
        end = cut
    return found


def _numbered_from(piece: str) -> int | None:
    """Return where the numbered part that ends a piece begins, or None where it has none."""
    for pattern in (_CARE_OF, _BOX_LAST, _UNIT_LAST, _NUMBER_FIRST, _NUMBER_LAST, _COMPOUND_NUMBER):
        match = pattern.search(piece)
        if match and not _NOT_IN_STREETS.search(match[0]):
            return match.start()
    return None


def _end_after(text: str, postcode: re.Match[str]) -> int:
    """Return the end of the town that follows a postcode, or of the postcode."""
    if re.match(r"[A-Za-z]", postcode[0]):
        return postcode.end()
    town = _TOWN_AFTER.match(text, postcode.end())
    if town is None and postcode[0].isdecimal() and len(postcode[0]) == 5:
        town = _TOWN_AFTER_LOWER.match(text, postcode.end())
    return town.end() if town else postcode.end()
