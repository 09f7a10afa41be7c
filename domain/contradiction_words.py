"""The words by which `contradiction.py` reads a sentence, as stems where they have endings."""

from typing import NamedTuple


class Side(NamedTuple):
    """One side of what can be one way or its opposite."""

    of: str
    is_so: bool


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _alike(words: str) -> dict[str, str]:
    first, *others = words.split()
    return dict.fromkeys([first, *others], first)


def _sides(of: str, so: str, opposite: str) -> dict[str, Side]:
    return {
        **{word: Side(of, is_so=True) for word in so.split()},
        **{word: Side(of, is_so=False) for word in opposite.split()},
    }


OPPOSITES = {
    **_sides("charge", "charge fee cost pay paid payable", "free complimentary waive waiv"),
    **_sides(
        "allowed",
        "allow allowed permit permitt permitted can may could able welcome eligible entitl",
        "forbid forbidden prohibit ban bann unable ineligible impossibl",
    ),
    **_sides("taken", "accept approv grant", "reject refus declin deny deni"),
    **_sides("needed", "must require requir need necessary mandatory obligatory", "optional"),
    **_sides("included", "includ including", "exclud excluding"),
    **_sides("always", "always", ""),
    **_sides("refundable", "refundabl", "nonrefundabl non-refundabl"),
    **_sides("transferable", "transferabl", "nontransferabl non-transferabl"),
    **_sides("open", "open", "clos closed shut"),
    **_sides("before", "before", "after"),
    **_sides("on", "enabl activ", "disabl inactiv"),
    **_sides("available", "availabl", "unavailabl"),
    **_sides("limited", "limit limited", "unlimit unlimited"),
    **_sides("least", "minimum least", "maximum most"),
    **_sides("keeps", "keep kept remain stay", "los lost expir lapse laps forfeit delet"),
    **_sides("online", "online", "offline in-person"),
    **_sides("automatic", "automatically automatic", "manually manual"),
    **_sides("up", "increas rais", "decreas lower reduc"),
    **_sides("early", "early earlier", "late later"),
}
"""What can be one way or its opposite, by the words that say so."""

NEGATIONS = _words("no not never without cannot neither nor none nobody nothing cant")
CONDITIONS = _words("if when unless except for with without on in during under to by from")
"""Words after which stands for whom or when a sentence holds."""

_COUNTED = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty
"""
NUMBER_WORDS = {word: number for number, word in enumerate(_COUNTED.split())} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
    "once": 1,
    "twice": 2,
}

CURRENCIES = {
    "$": "dollar",
    "dollar": "dollar",
    "dollars": "dollar",
    "usd": "dollar",
    "€": "euro",
    "euro": "euro",
    "euros": "euro",
    "eur": "euro",
    "£": "pound",
    "pounds": "pound",
    "gbp": "pound",
    "%": "percent",
    "percent": "percent",
}

HOURS = {
    "minut": 1 / 60,
    "hour": 1.0,
    "day": 24.0,
    "week": 168.0,
    "month": 730.0,
    "quarter": 2190.0,
    "year": 8760.0,
}
"""Units of time in hours; a month is a twelfth of a year."""

UNITS = frozenset({*HOURS, "am", "pm", "o'clock", "kg", "km", "gb"})

SAME_WORDS = {
    **_alike("parcel packag shipment"),
    **_alike("refund reimburs reimbursement repay repayment"),
    **_alike("cancel cancell cancellation cancelation"),
    **_alike("deliver delivery deliv"),
    **_alike("ship shipp shipping"),
    **_alike("bag baggag luggag suitcas"),
    **_alike("flight trip"),
    **_alike("buy bought purchas"),
    **_alike("return send-back"),
    **_alike("passenger traveler traveller"),
    **_alike("e-mail email mail"),
    **_alike("phon telephon call"),
}
"""Words of support that mean the same there."""

LIGHT_WORDS = _words(
    """
    a an the this that these those it its they them their there we our us you your i he she his
    her who which what is are was were be been being am has have had do does did doing done will
    would shall should of at as and or but so than then too very also just only each every all
    any both some more much many up out about over into onto upon per until till since yet still
    even again back off here how long get got give giv giving given make mak made customer
    client guest member user person people one's within between around roughly approximately
    exactly already usually normally generally typically please simply once next same such like
    via through other another if when unless except for with on in during under to by from tak
    arriv reach last case time period amount total value price rate
    """
)
"""Words that do not tell one subject from another."""
