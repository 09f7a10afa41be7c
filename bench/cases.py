"""Synthetic interventions for the bench: deterministic, each with a gap of its own.

No two of one batch speak of the same matter, so that no finding joins another's proposal.
"""

from collections.abc import Iterator, Sequence
from itertools import count, islice
from typing import NamedTuple

import numpy as np

from bench.errors import BenchError
from domain.base import JsonObject
from domain.merging import SAME_SENTENCES
from gateways.embeddings import Embedder

_APART = SAME_SENTENCES - 0.01
"""Cosine similarity of two replies below which they are never taken for the same gap."""
_FAR_APART = 0.68
"""The same for replies of which one is known already when the other comes."""
OPEN_AT_ONCE = 50
"""How many consecutive interventions may be open together without joining one another."""
_MOST_TRIED = 6
_TRIED_AT_ONCE = 32

_VOCABULARY = """
kayak violin espresso tent gown aquarium mower telescope stroller mattress snowboard thimble
grill beehive wheelchair drone sofa chess stove saddle printer greenhouse piano cheese rope
battery spectacles trampoline kiln alarm scooter parrot passport sauna typewriter barrel dart
mortgage pension visa magnet ladder biscuit opera museum zoo ferry airport railway motorway
bicycle tractor helicopter submarine lighthouse castle bakery brewery vineyard orchard
pharmacy library cinema stadium gymnasium nursery university bucket hammock embassy
cathedral monastery harbour glacier volcano desert jungle reef canyon meadow swamp island
comet satellite rocket robot laptop keyboard microphone projector calculator thermostat
elevator escalator chimney gutter balcony basement attic carpet curtain chandelier mirror
wardrobe pillow blanket towel soap perfume lipstick necklace wristwatch umbrella glove boot
scarf helmet backpack suitcase wallet envelope stamp newspaper dictionary poster calendar
candle lantern compass anchor oar trumpet drum flute guitar accordion marathon karate yoga
golf hockey cricket archery fencing surfing omelette noodle pancake pretzel mustard honey
pepper cinnamon avocado pumpkin cabbage mushroom walnut coconut salmon lobster oyster turkey
goat hamster tortoise ferret peacock falcon spider ladybird dolphin
"""
_WORDS = tuple(_VOCABULARY.split())

_MATTERS = (
    (
        "How do I carry the {a} past the {b} counter?",
        "Wheel the {a} along the {b} ramp before {n} o'clock and show the blue slip.",
    ),
    (
        "Which {a} discount goes with the {b} voucher?",
        "The {b} voucher takes {n} percent off every {a} sold on Sundays.",
    ),
    (
        "Who repairs the {a} that the {b} has scratched?",
        "Workshop {n} repairs the {a} with {b} scratches under the accident plan.",
    ),
    (
        "When does the {a} class with the {b} begin?",
        "The {a} class begins at half past {n} beside the {b} wall.",
    ),
    (
        "May the {a} be stored next to the {b} over winter?",
        "Shelve the {a} and the {b} {n} feet apart, under dry felt covers.",
    ),
    (
        "What does insuring the {a} against the {b} cost?",
        "Insuring the {a} against {b} damage costs {n} pounds a quarter.",
    ),
    (
        "Is there a refund if my {a} arrives without its {b}?",
        "The {a} lacking its {b} is refunded within {n} days of the photo.",
    ),
    (
        "Can students borrow the {a} for the {b} project?",
        "The campus desk lends the {a} to {b} students for {n} nights.",
    ),
    (
        "Does the {a} fit through the door of the {b}?",
        "Take the hinges off the {b} first: the {a} is {n} inches wide.",
    ),
    (
        "Why is my {a} humming since the {b} came?",
        "The {b} makes the {a} hum; press reset and wait {n} seconds.",
    ),
    (
        "Where do I recycle an old {a} and its {b}?",
        "Yard {n} takes any {a} for scrap, and the {b} in the green skip.",
    ),
    (
        "Will the {a} fair still have the {b} this spring?",
        "Stand {n} of the {a} fair shows the {b} from Easter Monday.",
    ),
    (
        "Must I declare the {a} to customs when I bring the {b}?",
        "Customs form {n} covers the {a} that travels with the {b}.",
    ),
    (
        "How many volunteers does the {a} need for the {b}?",
        "The {a} rota wants {n} volunteers, and two drivers for the {b}.",
    ),
    (
        "Which wire goes from the {a} to the {b}?",
        "Join the copper wire of the {a} to terminal {n} of the {b}.",
    ),
    (
        "Is the {a} recipe suitable for the {b} allergy?",
        "Leave {n} grams out of the {a} recipe if you react to {b}.",
    ),
    (
        "Has the {a} exhibition moved to the {b} wing?",
        "Room {n} of the {b} wing houses the {a} paintings now.",
    ),
    (
        "What photo of the {a} do you need for the {b} permit?",
        "The {b} permit wants {n} passport-size prints with the {a} in them.",
    ),
    (
        "Could somebody deliver the {a} by {b} on a bank holiday?",
        "The {b} courier brings the {a} on bank holidays for {n} euros more.",
    ),
    (
        "Do I pay tax on the {a} inherited with the {b}?",
        "Inheriting the {a} and the {b} is tax-free below {n} thousand pounds.",
    ),
)
"""What a customer asks, and what the human knows."""


class BenchCase(NamedTuple):
    """One intervention: its number, what the customer asks, what the human answered."""

    number: int
    ask: str
    reply: str

    def body(self) -> JsonObject:
        """Return the JSON that an integration would post."""
        return {
            "source": "bench",
            "external_id": str(self.number),
            "query": self.ask,
            "conversation": [
                {"role": "customer", "text": self.ask},
                {"role": "agent", "text": "I have no information about that. A colleague helps."},
                {"role": "human", "text": self.reply, "author": "dana"},
            ],
            "agent": {
                "name": "bench",
                "handoff_reason": "No item says this.",
                "tools_available": [],
            },
            "resolution": {"by": "dana", "reply": self.reply, "decision": "Told the customer."},
        }


def case(number: int) -> BenchCase:
    """Return the intervention of this number, always the same one."""
    lap = number // len(_WORDS)
    first = _WORDS[number % len(_WORDS)]
    # 37 is prime to the number of words: a lap pairs each word with one other.
    second = _WORDS[(37 * number + 11 * lap + 5) % len(_WORDS)]
    ask, reply = _MATTERS[(number + lap) % len(_MATTERS)]
    filled = {"a": first, "b": second, "n": 3 + number % 89}
    return BenchCase(number, ask.format(**filled), reply.format(**filled))


def batches(sizes: Sequence[int], embedder: Embedder) -> list[list[BenchCase]]:
    """Return batches of these sizes: no case comes twice, and those of a batch are unlike.

    Raises BenchError if the vocabulary does not yield so many.
    """
    numbers = count()
    return [_batch(size, numbers, embedder) for size in sizes]


def _batch(size: int, numbers: Iterator[int], embedder: Embedder) -> list[BenchCase]:
    chosen: list[BenchCase] = []
    vectors = np.empty((0, embedder.dimension), dtype=np.float32)
    for _ in range(0, _MOST_TRIED * size, _TRIED_AT_ONCE):
        candidates = [case(number) for number in islice(numbers, _TRIED_AT_ONCE)]
        found = embedder.embed([candidate.reply for candidate in candidates])
        for candidate, vector in zip(candidates, found, strict=True):
            likeness = vectors @ vector
            if np.all(likeness[-OPEN_AT_ONCE:] < _APART) and np.all(likeness < _FAR_APART):
                chosen.append(candidate)
                vectors = np.vstack([vectors, vector])
            if len(chosen) == size:
                return chosen
    raise BenchError(f"the vocabulary has no {size} interventions that are unlike each other")
