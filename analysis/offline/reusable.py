"""Which sentences of a human's reply would help the next customer.

A sentence is kept only if it states something general: no greeting, no sympathy, nothing that the
human did for this customer, nothing that holds today only.
"""

import re
from collections.abc import Iterable

from analysis.text import PLACEHOLDER, fold, sentences, stems, words

_FLAGS = re.IGNORECASE

_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|afternoon|morning|greetings|"
    r"to whom)\b[^,.!:]{0,60}(?:[,.!:]\s*|$)",
    _FLAGS,
)
_SIGN_OFF = re.compile(
    r"^(?:(?:with |my |our )?(?:kind|best|warm|many|all)?\s*(?:regards|wishes|thanks|best|cheers)\b"
    r"|(?:yours )?(?:sincerely|faithfully|truly)\b|thank(?:s| you)\b|bon voyage|take care|enjoy\b"
    r"|have a\b|all the best|good luck|happy \w+|sorry again|speak soon|hope (?:this|that)\b"
    r"|(?:please )?(?:let|tell) (?:me|us) know|if you have (?:any )?"
    r"(?:other|more|further|questions)"
    r"|(?:please )?(?:do not|don't) (?:hesitate|worry)|feel free|anything else|no worries"
    r"|welcome\b|congratulations|well done|of course\b|you're welcome|no problem)",
    _FLAGS,
)
_SYMPATHY = re.compile(
    r"\b(?:sorry|apolog\w+|understand (?:how|your|that|the)|frustrat\w+|appreciate|sincere\w*|"
    r"pleased to|glad to|happy to|delighted|look forward|patience|wish(?:es)? you|"
    r"don't worry|inconvenience|condolences|what a (?:lovely|shame|pity|nice))\b",
    _FLAGS,
)
_FIRST_PERSON = re.compile(r"\b(?:I|me|my|I'(?:m|ve|ll|d))\b")
_WE_DID = re.compile(
    r"\bwe(?:'ve|'re| have| had| are(?! (?:open|closed|based|not able))| were| just| \w+ed| sent"
    r"| told| made| took| gave| put| found| forgot| left| kept| paid| wrote| said| did| wish"
    r"| hope)\b",
    _FLAGS,
)
_ABOUT_THIS_CUSTOMER = re.compile(
    r"\b(?:you(?:'re|'ve| are| were| did| had| have)(?! to\b)"
    r"|your \w+(?: \w+){0,3} (?:has|have|was|were|is now|is on|will be|arrived|left|came)\b"
    r"|he|she|him|her|his|hers|madam|sir)\b",
    _FLAGS,
)
_CONDITION = re.compile(r"\b(?:if|when|once|unless|until|as long as|after|before|where)\b", _FLAGS)
_DEICTIC_TIME = re.compile(
    r"\b(?:today|tomorrow|tonight|yesterday|this (?:morning|afternoon|evening|week|month|time"
    r"|monday|tuesday|wednesday|thursday|friday"
    r"|saturday|sunday)|until (?:it|then|they)|by then|"
    r"next (?:week|month|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|"
    r"(?:on|by|until|for|from) (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)(?!s)|"
    r"just now|right now|earlier|\d{1,2}(?:st|nd|rd|th)? (?:of )?(?:january|february|march|april|"
    r"may|june|july|august|september|october|november|december)|\d{4}-\d\d-\d\d)\b",
    _FLAGS,
)
_IDENTIFIER = re.compile(
    r"\b(?=[A-Z0-9-]*\d)(?:[A-Z]{1,5}-?\d{3,}\w*|[A-Z]+(?:-[A-Z0-9/]+)+-?\d+|\d{6,})\b"
)
_COMMA_ASIDE = re.compile(r",(?P<inner>[^,.;:]{0,60}?\[[A-Z][A-Z_]*(?:_\d+)?\][^,.;:]{0,30}),")
_PREPOSITION_ASIDE = re.compile(
    r"\s+(?:for|of|on|with|from|to|in|under|at|by|number|ref(?:erence)?)\s+"
    r"(?:(?:the|your|our|order|rental|reservation|booking|account|card|number|ref(?:erence)?|id"
    r"|invoice|ticket|address)\s+){0,3}(?:#\s?)?\[[A-Z][A-Z_]*(?:_\d+)?\]",
    _FLAGS,
)
_BARE_ASIDE = re.compile(
    r"\s*\(\s*\[[A-Z][A-Z_]*(?:_\d+)?\]\s*\)"
    r"|(?<=\w)(?<!\bcall)(?<!\bask)\s(?:number |no\. ?|# ?)?\[ID(?:_\d+)?\]"
)
_QUOTED = re.compile(r"[\"“][^\"”]{1,80}[\"”]")
_THEIR_PEOPLE = re.compile(
    r"\b(?:your|the) (?:daughter|son|wife|husband|partner|mother|father|mum|mom|dad|family|lad|boy"
    r"|girl|kids?|little one|young lady|grand\w+|colleague)\b",
    _FLAGS,
)
_REPORTS = re.compile(
    r"\byou(?:'ve)? (?:said|say|wrote|write|asked|told|claim\w*|mention\w*)\b", _FLAGS
)
_SAYS_NOTHING = re.compile(
    r"\b(?:usual|normal|standard|same|our|the) (?:polic\w+|rules?|terms)(?: still)? "
    r"(?:appl(?:y|ies)|stands?|remains?)\b|\b(?:is|are) \w+ing your\b",
    _FLAGS,
)
_LEADS_BACK = re.compile(r"^(?:it|they|that|this|these|those|he|she|its|also|and|but|so)\b", _FLAGS)
_TELLING_WORDS = 5
_CLOSING_NAME = re.compile(r"^[\w.'\u2019\-\[\]]+(?:[ ,&]+[\w.'\u2019\-\[\]]+){0,7}$")


def reusable_sentences(reply: str, customer_texts: Iterable[str] = ()) -> list[str]:
    """Return the sentences of `reply` that hold for any customer, generalised, in order.

    A sentence that the customer wrote is never among them, nor one that repeats it.
    """
    theirs = [t for text in customer_texts for s in sentences(text) if (t := fold(s))]
    found: list[str] = []
    for sentence in sentences(reply):
        if _repeats(sentence, theirs):
            continue
        general = generalise(sentence)
        if general and not _repeats(general, theirs) and is_reusable(general):
            found.append(general)
    while found and _LEADS_BACK.match(found[0]):
        found.pop(0)
    return found


def _repeats(sentence: str, theirs: Iterable[str]) -> bool:
    """Return whether a sentence is one of the customer's, or holds a longer one of them."""
    folded = fold(sentence)
    return any(
        folded == their or (len(their.split()) >= _TELLING_WORDS and their in folded)
        for their in theirs
    )


def generalise(sentence: str) -> str:
    """Return a sentence without its greeting and without asides that name this customer.

    Returns the empty text where a placeholder remains that cannot be cut out.
    """
    text = sentence
    for _ in range(2):
        text = _GREETING.sub("", text, count=1).strip() if _GREETING.match(text) else text
    while _COMMA_ASIDE.search(text):
        text = _COMMA_ASIDE.sub(_close_aside, text, count=1)
    text = _PREPOSITION_ASIDE.sub("", text)
    text = _BARE_ASIDE.sub("", text)
    text = re.sub(r"\s+([,.;:!?])", r"\1", " ".join(text.split()))
    return "" if PLACEHOLDER.search(text) else text[:1].upper() + text[1:]


def _close_aside(match: re.Match[str]) -> str:
    # A clause goes on after the aside: keep its comma only where a conjunction follows.
    rest = match.string[match.end() :].lstrip()
    return "," if re.match(r"(?:even|and|but|or|so|unless|if|when|because|which)\b", rest) else ""


def without_courtesy(text: str) -> list[str]:
    """Return the sentences of a text but greetings, thanks, sympathy, questions and names."""
    return [sentence for sentence in sentences(text) if not _is_courtesy(sentence)]


def is_reusable(sentence: str) -> bool:
    """Return whether a sentence states something that holds for the next customer too."""
    if _is_courtesy(sentence) or _is_one_off(sentence):
        return False
    return len(words(sentence)) >= 4 and len(stems(sentence)) >= 2


def _is_courtesy(sentence: str) -> bool:
    text = sentence.replace("\u2019", "'")
    count = len(words(text))
    if text.endswith(("?", ",")) or _SIGN_OFF.match(text) or _SYMPATHY.search(text):
        return True
    if text.endswith("!") and count < 9:
        return True
    return not re.search(r"[.!;:]$", text) and count <= 8 and bool(_CLOSING_NAME.match(text))


def _is_one_off(sentence: str) -> bool:
    text = _QUOTED.sub("", sentence.replace("\u2019", "'"))
    if _FIRST_PERSON.search(text) or _IDENTIFIER.search(text) or _THEIR_PEOPLE.search(text):
        return True
    if (
        _REPORTS.search(text)
        or _SAYS_NOTHING.search(text)
        or _DEICTIC_TIME.search(text)
        or text.endswith("…")
    ):
        return True
    told = bool(_ABOUT_THIS_CUSTOMER.search(text) or _WE_DID.search(text))
    return told and not _CONDITION.match(text)
