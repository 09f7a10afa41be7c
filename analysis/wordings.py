"""Which texts may become wordings that find an item: those that ask, and nothing else.

A wording is shown to reviewers and finds an item; it is not the place for a link or an order.
"""

import re
from collections.abc import Iterable

from analysis.hard_tokens import addresses
from analysis.redaction import contains_personal_data

# Narrower than what is said of facts: "My box never came" and "What is your policy?" ask.
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|change|rewrite|update)\s+(?:\w+\s+){0,2}"
    r"(?:your|all|any|every|previous|prior|above|these|those|system)\s+(?:\w+\s+){0,2}"
    r"(?:rules?|instructions?|polic(?:y|ies)|prompts?|guidelines?|knowledge|training)\b"
    r"|\b(?:add|put|write|save|enter)\s+(?:this|that|it|the following)\s+(?:in)?to\s+"
    r"(?:your|the)\s+(?:\w+\s+){0,2}"
    r"(?:rules?|polic(?:y|ies)|prompt|knowledge|instructions|articles?|memory|faqs?|database)\b"
    r"|\bfrom now on\b|\byou are now\b|\bnew rules?\s*:"
    r"|\bsystem (?:notice|prompt|message|override)\b"
    r"|</?(?:system|assistant|user|case|finding|items?|query|comment)>",
    re.IGNORECASE,
)


def is_order(text: str) -> bool:
    """Return whether a text plainly orders the agent about."""
    return bool(_ORDER.search(text))


def can_be_wording(text: str) -> bool:
    """Return whether a text holds no personal data, no link or e-mail address, and no order."""
    return not (addresses(text) or is_order(text) or contains_personal_data(text))


def fit_wordings(texts: Iterable[str]) -> list[str]:
    """Return the texts that may become wordings, in their order; empty ones are none."""
    return [text for text in texts if text and can_be_wording(text)]
