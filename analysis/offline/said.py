"""What a customer's words say of a policy's own conditions.

The phrase is always a policy's: what a customer writes can choose among a policy's words, never add
to them.
"""

import re
from collections.abc import Iterable

from analysis.offline.facts import Condition, ConditionKind
from analysis.offline.wording import akin
from analysis.text import sentences, stem, words
from domain.cases import Case
from domain.conversation import Role

_COMPLAINT = re.compile(
    r"\b(?P<verb>complains|reports|asks|mentions|claims)\s+(?P<about>about|of|for)\s+"
    r"(?:an?\s+|the\s+|their\s+)?(?P<what>\w+)\s+(?P<of>\w+)",
    re.IGNORECASE,
)
_LACKS = re.compile(
    r"\b(?:(?:don't|do not|didn't|can't|cannot|won't|couldn't)\s+(?:\w+\s+){0,2}?"
    r"(?:have|know|remember|recall|find|provide)|not sure|unsure|unable|forgot|forgotten|lost|"
    r"without|locate)\b",
    re.IGNORECASE,
)


def customer_conditions(case: Case, policies: Iterable[str]) -> list[Condition]:
    """Return the reasons that a policy lists and that the customer's words meet.

    The phrase is always a policy's: what a customer writes can choose among a policy's words,
    never add to them.
    """
    said = [stem(w) for t in case.turns if t.role is Role.CUSTOMER for w in words(t.text)]
    text = f" {' '.join(said)} "
    found: dict[str, Condition] = {}
    for group in re.findall(r"\breasons?\b[^.()]{0,40}\(([^()]{5,160})\)", " ".join(policies)):
        for phrase in re.split(r",| or | and ", group):
            wanted = " ".join(stem(w) for w in words(phrase))
            if len(wanted.split()) >= 2 and f" {wanted} " in text:
                label = re.sub(r"^or ", "", phrase.strip())
                text_of = f"the customer's reason is '{label}'"
                found[label] = Condition(ConditionKind.REASON, "reason", text_of, label)
    # Several met reasons leave open which one it was.
    return list(found.values()) if len(found) == 1 else []


def circumstances(case: Case, policy_text: str) -> list[Condition]:
    """Return what a policy says that a customer complains of or reports, where this one did."""
    said = [set(words(sentence)) for sentence in _sentences(case)]
    found: dict[str, Condition] = {}
    for match in _COMPLAINT.finditer(policy_text):
        wanted = (match["what"].lower(), match["of"].lower())
        if any(all(_speaks_of(sentence, word) for word in wanted) for sentence in said):
            phrase = f"{match['what']} {match['of']}"
            text = f"the customer {match['verb']} {match['about']} {phrase}"
            found[phrase] = Condition(ConditionKind.CIRCUMSTANCE, "circumstance", text, phrase)
    return list(found.values())


def _sentences(case: Case) -> list[str]:
    """Return what the customer said, sentence by sentence, taken apart at each "but"."""
    texts = [turn.text for turn in case.turns if turn.role is Role.CUSTOMER]
    said = [sentence for text in texts for sentence in sentences(text)]
    return [part for sentence in said for part in re.split(r",?\s+but\s+", sentence)]


def _speaks_of(said: Iterable[str], wanted: str) -> bool:
    return any(len(word) > 3 and akin(word, wanted) for word in said)


def lacks(case: Case, thing: str) -> bool:
    """Return whether the customer said that they do not have `thing`, such as a number."""
    wanted = {stem(word) for word in words(thing)}
    return any(
        _LACKS.search(sentence.replace("\u2019", "'"))
        and wanted <= {stem(word) for word in words(sentence)}
        for sentence in _sentences(case)
    )
