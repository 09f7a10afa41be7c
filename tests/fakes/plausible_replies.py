"""Valid answers to the product's own requests, derived from their data by simple rules.

No attempt at wisdom: they let the whole stack run with the Claude analyst and agent in place.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

Data = dict[str, Any]

_BLOCK = re.compile(r"<(\w+)>\n(.*?)\n</\1>", re.DOTALL)
_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_]+(?:_\d+)?\]")
_WORD = re.compile(r"[^\W\d_]{4,}")
_COMMON = frozenset(
    ("have", "this", "that", "with", "from", "your", "what", "when", "where", "does", "please")
)


def reply_to(body: Mapping[str, Any]) -> Data:
    """Return an output that fits the request's schema, told apart by the schema's fields."""
    fields = body["output_config"]["format"]["schema"]["properties"]
    blocks = blocks_of(body["messages"][0]["content"])
    if "findings" in fields:
        return {"findings": [_finding(blocks["case"])]}
    if "answered" in fields:
        return _answer(blocks["items"], blocks["query"])
    draft = _draft(blocks)
    return {**draft, "worth_making": True} if "worth_making" in fields else draft


def blocks_of(text: str) -> Data:
    """Return the data blocks of a user message by their tags."""
    return {tag: json.loads(content) for tag, content in _BLOCK.findall(text)}


def _finding(case: Data) -> Data:
    gap, item = _gap(case)
    said = next(turn for turn in case["turns"] if turn["role"] == "customer" and turn["text"])
    quotes = [{"turn": said["turn"], "text": said["text"][:200]}]
    reply = case["resolution"]["reply"]
    if reply:
        quotes.append({"turn": -1, "text": reply[:200]})
    return {
        "gap": gap,
        "summary": f"The agent could not resolve: {case['ask'][:200]}",
        "agent_did": case["agent_handoff_reason"] or "It handed off.",
        "human_did": reply[:300] or ", ".join(a["name"] for a in case["resolution"]["actions"]),
        "quotes": quotes,
        "item": item,
        "confidence": 0.8,
    }


def _gap(case: Data) -> tuple[str, str]:
    tools = cast(list[str], case["agent_tools"] or [])
    if any(action["name"] not in tools for action in case["resolution"]["actions"]):
        return "missing_tool", ""
    used = [k for k in case["known_items"] if k["used_by_agent"] and k["kind"] == "policy"]
    if used:
        return "misapplied_policy", used[0]["item"]
    return "missing_knowledge", ""


def _draft(blocks: Data) -> Data:
    case, finding = cast(Data, blocks["case"]), cast(Data, blocks["finding"])
    kind = cast(str, blocks["kind"]).split(" or ")[0]
    known = {entry["item"]: entry for entry in case["known_items"]}
    base = known.get(finding["item"])
    based = base is not None and base["kind"] == kind
    old = cast(Data, base["content"] if base is not None and based else {})
    content = {
        "article": _article,
        "policy": _policy,
        "tool_connection": _tool_connection,
    }[kind](case, old, _general(blocks.get("comment", "")))
    return {
        "operation": "revise" if based else "add",
        "item": finding["item"] if based else "",
        "title": _general(f"Learn: {case['ask']}")[:120],
        "rationale": finding["summary"],
        "article": None,
        "policy": None,
        "tool_connection": None,
        kind: content,
    }


def _article(case: Data, old: Data, comment: str) -> Data:
    ask, reply = _general(case["ask"]), _general(case["resolution"]["reply"])
    return {
        "title": old.get("title", ask[:100]),
        "question": old.get("question", ask),
        "answer": f"{old.get('answer', '')} {reply or ask} {comment}".strip(),
        "tags": [],
    }


def _policy(case: Data, old: Data, comment: str) -> Data:
    reply = _general(case["resolution"]["decision"] or case["resolution"]["reply"])
    ask = _general(case["ask"])
    return {
        "title": old.get("title", ask[:100]),
        "rule": f"{old.get('rule', '')} {reply or ask} {comment}".strip(),
        "applies_when": old.get("applies_when", ask),
        "exceptions": old.get("exceptions", ""),
        "rationale": old.get("rationale", ""),
    }


def _tool_connection(case: Data, old: Data, comment: str) -> Data:
    missing = [
        action
        for action in case["resolution"]["actions"]
        if action["name"] not in (case["agent_tools"] or [])
    ]
    system = missing[0]["system"] if missing else "system"
    tools = {action["name"]: _tool(action, case, comment) for action in missing}
    return {
        "name": old.get("name", system),
        "system": old.get("system", system),
        "purpose": old.get("purpose", f"For queries such as: {_general(case['ask'])}"),
        "tools": list(tools.values()),
    }


def _tool(action: Data, case: Data, comment: str) -> Data:
    return {
        "name": re.sub(r"[^A-Za-z0-9_.-]", "_", action["name"]),
        "description": f"Does what is needed for: {_general(case['ask'])} {comment}".strip(),
        "access": "write",
        "parameters": [
            {
                "name": re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:64],
                "type": "string",
                "description": f"The {name}",
                "required": True,
                "values": [],
            }
            for name in action["arguments"]
        ],
    }


def _answer(items: list[Data], query: str) -> Data:
    asked = _words(query)
    best = max(items, key=lambda item: len(asked & _words(json.dumps(item["content"]))))
    shared = len(asked & _words(json.dumps(best["content"]))) / max(1, len(asked))
    if shared < 0.5:
        reason = "The items found are about something else."
        return _answer_fields(answered=False, confidence=shared, handoff_reason=reason)
    content = best["content"]
    answer = content.get("answer") or content.get("rule") or content.get("purpose")
    used = [best["item"]]
    return _answer_fields(answered=True, answer=answer, items_used=used, confidence=0.9)


def _answer_fields(**given: object) -> Data:
    empty: Data = {"answer": "", "items_used": [], "handoff_reason": ""}
    return {**empty, **given}


def _general(text: str) -> str:
    return _PLACEHOLDER.sub("the customer", text)


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text.lower()) if word not in _COMMON}
