"""Removal of characters that a reader cannot see but a pattern or a model can."""

import re
import unicodedata

_MAX_MARKS = 30
"""Combining marks kept in a row: the limit of Unicode's Stream-Safe Text Format (UAX #15, 13)."""

# Controls but for tab and newline, soft hyphen, Arabic letter mark, Hangul and Khmer fillers,
# Mongolian selectors, zero width space and non-joiner, bidi controls, invisible operators,
# the byte order mark, annotation marks, variation selectors 1 to 14 and 17 to 256, and tags.
# Left for the rule on emoji: U+200D and U+FE0E/U+FE0F.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufe00-\ufe0d\ufff0-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]"
)
_EMOJI = "\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
# A joiner or selector means something right after an emoji (or a keycap's digit) only.
_STRAY_JOINER = re.compile(f"(?<![{_EMOJI}\ufe0f])\u200d|\u200d(?![{_EMOJI}])")
_STRAY_SELECTOR = re.compile(f"(?<![{_EMOJI}0-9#*\u00a9\u00ae])[\ufe0e\ufe0f]")
_LINE_BREAK = re.compile("\r\n?|[\u0085\u2028\u2029]")


def strip_invisible(text: str) -> str:
    """Return the text in NFC without invisible characters; newlines become "\\n".

    Visible text, newlines, tabs and joined emoji stay. The result is unchanged by a second call.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _INVISIBLE.sub("", _LINE_BREAK.sub("\n", text))
    text = _STRAY_SELECTOR.sub("", _STRAY_JOINER.sub("", text))
    return unicodedata.normalize("NFC", _limit_marks(text))


def _limit_marks(text: str) -> str:
    # Normalising sorts a run of marks in quadratic time: a hostile text must not hold a long one.
    if text.isascii():
        return text
    kept: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept)
