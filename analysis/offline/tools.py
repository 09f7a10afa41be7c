"""Missing tools: what the human did in a system that the agent had no tool for."""

import re
from collections.abc import Sequence

from analysis.offline.actions import Act, has_tool, human_acts, is_hand_over, is_read
from analysis.offline.insight import Insight
from analysis.offline.quoting import (
    ask_quote,
    distinct,
    last_agent_quote,
    quote_from,
    sources_of,
)
from analysis.offline.schemas import infer_arguments
from analysis.text import humanise, join_words, sentence_case, sentences, shorten, stems
from domain.cases import Case
from domain.findings import Finding, Gap
from domain.knowledge import (
    Access,
    Change,
    Item,
    ItemKind,
    Operation,
    ToolConnectionContent,
    ToolSpec,
)

_CANNOT = re.compile(
    r"\b(?:can(?:no|')t|cannot|unable|not able|no (?:access|tool|way)|out of reach"
    r"|don't have access"
    r"|not possible for me|isn't something I can)\b",
    re.IGNORECASE,
)


def read_missing_tools(case: Case) -> list[Insight]:
    """Return one insight for each system whose actions the agent had no tool for."""
    missing = [
        act
        for act in human_acts(case.resolution.actions)
        if not is_hand_over(act.name) and not has_tool(case, act.name)
    ]
    systems = list(dict.fromkeys(act.system for act in missing))
    return [_read(case, s, [a for a in missing if a.system == s]) for s in systems]


def _read(case: Case, system: str, acts: Sequence[Act]) -> Insight:
    names = list(dict.fromkeys(act.name for act in acts))
    admits = _admission(case)
    told = join_words(f"`{name}`" for name in names)
    human_did = f"Called {told} in {humanise(system)}: {_arguments(acts)}."
    finding = Finding(
        gap=Gap.MISSING_TOOL,
        summary=f"The agent had no tool for {told} in {humanise(system)}, which the human needed.",
        agent_did=shorten(admits or case.agent.handoff_reason or "Handed the case over.", 600),
        human_did=shorten(human_did, 900),
        quotes=distinct([_quote(case, admits), _act_quote(case, names), ask_quote(case)]),
        confidence=_confidence(case, admitted=bool(admits)),
    )
    existing = connection_of(case, system)
    change = _change(system, acts, existing, case)
    return Insight(
        finding, change, _title(system, names, existing), _rationale(case, acts, existing)
    )


def _arguments(acts: Sequence[Act]) -> str:
    names = list(dict.fromkeys(name for act in acts for name in act.arguments))
    return f"with {join_words(names)}" if names else "without arguments"


def _admission(case: Case) -> str:
    """Return the agent's sentence that says that it could not do this, if it said so."""
    for source in reversed(sources_of(case, human=False)):
        for sentence in sentences(source.text):
            if _CANNOT.search(sentence.replace("\u2019", "'")):
                return sentence
    return ""


def _quote(case: Case, sentence: str):
    if not sentence:
        return last_agent_quote(case)
    for source in reversed(sources_of(case, human=False)):
        if quote := quote_from(source, sentence):
            return quote
    return None


def _act_quote(case: Case, names: Sequence[str]):
    """Return the human's sentence that tells of the action: the one that shares most words."""
    wanted = stems(" ".join(names))
    best, shared = None, 0
    for source in sources_of(case, human=True):
        for sentence in sentences(source.text):
            count = len(wanted & stems(sentence))
            if count > shared and (quote := quote_from(source, sentence)):
                best, shared = quote, count
    return best


def _confidence(case: Case, *, admitted: bool) -> float:
    known = bool(case.agent_tools) or case.agent.tools_available is not None
    return round(0.6 + 0.2 * known + 0.15 * admitted, 2)


def connection_of(case: Case, system: str) -> Item | None:
    """Return the workspace's connection to this system, if it has one."""
    wanted = humanise(system)
    for known in case.known_items:
        content = known.item.content
        if isinstance(content, ToolConnectionContent) and humanise(content.system) == wanted:
            return known.item
    return None


def _change(system: str, acts: Sequence[Act], existing: Item | None, case: Case) -> Change:
    tools = tuple(_spec(system, group) for group in _by_name(acts))
    if existing is not None and isinstance(existing.content, ToolConnectionContent):
        had = existing.content
        names = {tool.name for tool in had.tools}
        added = tuple(tool for tool in tools if tool.name not in names)
        return Change(
            kind=ItemKind.TOOL_CONNECTION,
            operation=Operation.REVISE,
            item_id=existing.id,
            base_revision=existing.revision,
            content=had.model_copy(update={"tools": had.tools + added}),
        )
    content = ToolConnectionContent(
        name=sentence_case(humanise(system)),
        system=system,
        tools=tools,
        purpose=_purpose(system, tools),
    )
    return Change(kind=ItemKind.TOOL_CONNECTION, operation=Operation.ADD, content=content)


def _by_name(acts: Sequence[Act]) -> list[list[Act]]:
    names = dict.fromkeys(act.name for act in acts)
    return [[act for act in acts if act.name == name] for name in names]


def _spec(system: str, acts: Sequence[Act]) -> ToolSpec:
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", acts[0].name)[:128]
    return ToolSpec(
        name=name,
        description=f"{sentence_case(humanise(acts[0].name))} in {humanise(system)}.",
        input_schema=infer_arguments([act.arguments for act in acts]),
        access=Access.READ if is_read(acts[0].name) else Access.WRITE,
    )


def _purpose(system: str, tools: Sequence[ToolSpec]) -> str:
    acts = join_words(humanise(tool.name) for tool in tools)
    return f"Lets the agent {acts} in {humanise(system)} itself, which took a person until now."


def _title(system: str, names: Sequence[str], existing: Item | None) -> str:
    told = join_words(names)
    if existing is not None:
        return shorten(f"Add {told} to the connection '{existing.content.title}'", 200)
    return shorten(f"Connect {humanise(system)}: {told}", 200)


def _rationale(case: Case, acts: Sequence[Act], existing: Item | None) -> str:
    calls = len(acts)
    seen = "one call" if calls == 1 else f"{calls} calls"
    where = "the existing connection gains it" if existing else "its server is not known yet"
    decision = shorten(case.resolution.decision, 400) or "not recorded."
    return (
        "A person had to do this because the agent had no tool for it. The input schema is "
        f"inferred from {seen} that the person made, and {where}; check both against the "
        f"system's own description before approving. The person's decision: {decision}"
    )
