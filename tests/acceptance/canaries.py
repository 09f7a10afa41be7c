"""Distinct words planted in every field that a customer or an integration controls."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

Body = dict[str, Any]

REF = "ref-zq000vk"
OTHER_REF = "ref-yw000vk"


@dataclass
class Aviary:
    """Hands out canaries that no other has; every tenth holds a letter beyond ASCII."""

    species: str
    planted: list[str] = field(default_factory=list[str])

    def canary(self) -> str:
        """Return a new one as a word that redaction takes for no personal value."""
        return self._keep(f"{self.species}{self._letters()}{'ük' if self._is_tenth() else 'ok'}")

    def code(self) -> str:
        """Return a new one as an id."""
        return self._keep(f"{self.species}{len(self.planted) + 1:03d}vk")

    def name(self) -> str:
        """Return a new one as the name of a person."""
        return self._keep(f"{self.species.capitalize()}{self._letters()}ovic")

    def _letters(self) -> str:
        return "".join(chr(ord("a") + int(digit)) for digit in f"{len(self.planted) + 1:03d}")

    def _is_tenth(self) -> bool:
        return len(self.planted) % 10 == 0

    def _keep(self, made: str) -> str:
        self.planted.append(made)
        return made


def intervention(case: Body, number: int, birds: Aviary, ref: str) -> Body:
    """Return a demo's case as one of `ref`'s, with some twenty canaries in it."""
    bird = birds.canary
    said = f"My note of that day reads {bird()} and also {bird()} as I recall."
    turns = [dict(turn) for turn in case["conversation"]]
    first = next(turn for turn in turns if turn["role"] == "customer")
    # In the question itself, which is what an article is made of.
    question, mark, rest = first["text"].partition("?")
    asked = f"{question} with my {bird()} here{mark or '?'}{rest}"
    first |= {"text": f"{asked} {said}", "author": birds.name()}
    turns.append(
        {"role": "customer", "text": f"Then I told them about {bird()} once more, please."}
    )
    turns.append(
        {
            "role": "agent",
            "text": f"I have found the entry {bird()} in our system for you.",
            "tool_calls": [
                {
                    "name": "get_customer",
                    "arguments": {
                        "email": f"{birds.code()}@example.com",
                        "note": f"Of {bird()}.",
                    },
                    "result": {
                        "last_name": birds.name(),
                        "email": f"{birds.code()}@example.org",
                        "history": [f"Called about {bird()} twice."],
                    },
                }
            ],
        }
    )
    turns.append({"role": "tool", "text": json.dumps({"customer_id": f"{birds.code()}-11"})})
    turns.append({"role": "human", "text": f"They wrote: “{said}”", "author": "dana"})
    resolution = dict(case["resolution"])
    resolution["reply"] = f"You wrote: “{said}” {resolution.get('reply', '')}".strip()
    resolution["decision"] = f"Granted, as {bird()} was shown."
    resolution["information_used"] = [f"Ticket: {bird()} was lost"]
    if number % 3 == 0:
        # Not in all: a system that the agent lacks is one gap, however many cases show it.
        resolution["actions"] = [
            {
                "system": "crm",
                "name": "add_note",
                "arguments": {"text": f"Note on {bird()}."},
                "result": f"Stored for {bird()}",
            }
        ]
    body = {
        **case,
        "source": "aviary",
        "external_id": f"{ref}/{number}",
        "customer_ref": ref,
        "conversation": turns,
        "resolution": resolution,
        "agent": {**case.get("agent", {}), "handoff_reason": f"I cannot help with {bird()}."},
        "metadata": {
            "ticket": {"title": f"About {bird()}", "tags": [bird()]},
            "attachments": [{"name": f"{bird()}.pdf", "url": f"https://files.test/{bird()}"}],
        },
    }
    if number % 2:
        body["query"] = f"{question.rpartition('. ')[2]} and {bird()} too?"
    return body


def interventions(cases: Sequence[Body], birds: Aviary, ref: str, *, least: int) -> Iterator[Body]:
    """Yield interventions of one customer until there are `least` canaries."""
    numbers = count()
    for case in cases:
        if len(birds.planted) >= least:
            return
        yield intervention(case, next(numbers), birds, ref)


def forms(canary: str) -> frozenset[bytes]:
    """Return how a canary may be written: plain, in JSON, in base64 and in hexadecimal digits."""
    plain = canary.lower().encode()
    found = {plain, json.dumps(canary.lower())[1:-1].encode(), plain.hex().encode()}
    for text in (canary, canary.lower()):
        found.add(text.encode().hex().encode())
        for before in range(3):
            # The letters at both ends depend on what stands beside them.
            whole = base64.b64encode(b"x" * before + text.encode())
            first = -(-before * 8 // 6)
            last = (before + len(text.encode())) * 8 // 6
            found.add(whole[first:last].lower())
    return frozenset(found)


def held(data: bytes, canaries: Sequence[str]) -> list[str]:
    """Return the canaries that the data holds in any form."""
    low = data.lower() + data.decode(errors="replace").lower().encode()
    return [canary for canary in canaries if any(form in low for form in forms(canary))]
