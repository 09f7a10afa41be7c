"""Turns Claude's outputs into the domain's findings and drafts, refusing what breaks a rule.

Pure: no model and no network. Refusals are AnalystOutputErrors whose messages quote nothing.
"""

import re
from collections.abc import Mapping, Set
from uuid import UUID

from analysis.claude_outputs import FindingOutput, RedraftOutput
from analysis.personal_data import PersonalDataKind
from analysis.repeats import repeats_known
from domain.base import canonical_json
from domain.cases import Case, Draft, KnownItem
from domain.errors import AnalystOutputError, QuoteNotFoundError
from domain.findings import Finding, Gap, ModelUsage, Quote, check_quotes
from domain.knowledge import Change, ItemContent, ItemKind, Operation

PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(PersonalDataKind)})(?:_\d+)?\]")
"""What redaction leaves in the place of personal data; no business of the next customer's."""

_KIND_OF_GAP = {
    Gap.MISSING_KNOWLEDGE: ItemKind.ARTICLE,
    Gap.MISAPPLIED_POLICY: ItemKind.POLICY,
    Gap.MISSING_TOOL: ItemKind.TOOL_CONNECTION,
}


def finding_from(output: FindingOutput, case: Case, known: Mapping[str, KnownItem]) -> Finding:
    """Return the domain's finding, each quote at a turn that holds its words.

    Raises AnalystOutputError, QuoteNotFoundError or pydantic's ValidationError.
    """
    return Finding(
        gap=output.gap,
        summary=output.summary,
        agent_did=output.agent_did,
        human_did=output.human_did,
        quotes=tuple(_placed(quote.turn, quote.text, case) for quote in output.quotes),
        item_id=_known_item(output.item, known).item.id if output.item else None,
        confidence=output.confidence,
    )


def kind_for(finding: Finding, known: Mapping[str, KnownItem]) -> ItemKind:
    """Return the kind of item to change: that of the item at fault, or else the gap's own.

    A missing tool is always a connection's affair.
    """
    kinds = [other.item.kind for other in known.values() if other.item.id == finding.item_id]
    if finding.gap is Gap.MISSING_TOOL or not kinds:
        return _KIND_OF_GAP[finding.gap]
    return kinds[0]


def unfound_item(finding: Finding, known: Mapping[str, KnownItem]) -> UUID | None:
    """Return the item that may stay as it is and get the customer's wording, if there is one.

    That is one in which knowledge was missed without the agent having used it: it was not found.
    """
    if finding.gap is not Gap.MISSING_KNOWLEDGE:
        return None
    unused = {
        other.item.id
        for other in known.values()
        if not other.used_by_agent and other.item.kind is not ItemKind.TOOL_CONNECTION
    }
    return finding.item_id if finding.item_id in unused else None


def draft_from(
    output: RedraftOutput,
    known: Mapping[str, KnownItem],
    *,
    kinds: Set[ItemKind],
    previous: Change | None = None,
    unfound: UUID | None = None,
    usage: ModelUsage | None = None,
) -> Draft:
    """Return the domain's draft, its base being the revision of the item as it is known now.

    A revision of the `unfound` item may leave it as it is: whoever drafts adds the wording.
    Raises AnalystOutputError or pydantic's ValidationError.
    """
    base = _base_of(output, known, previous)
    is_retired = output.operation is Operation.RETIRE
    change = _retirement(base) if is_retired else _edit(output, base, unfound)
    if change.kind not in kinds:
        raise AnalystOutputError("the change is of a kind that was not asked for")
    if PLACEHOLDER.search(output.title + canonical_json(change.content.model_dump(mode="json"))):
        raise AnalystOutputError("the change holds a placeholder of personal data")
    if repeats_known(change, (other.item for other in known.values())):
        raise AnalystOutputError("the addition says what a known item says")
    return Draft(change=change, title=output.title, rationale=output.rationale, usage=usage)


def _placed(turn: int, text: str, case: Case) -> Quote:
    """Return the quote at the turn named, or else at the first that holds its words."""
    if text.strip():
        for place in (turn, *range(len(case.turns)), -1):
            quote = Quote(turn=place, text=text)
            probe = Finding(gap=Gap.NONE, summary="-", quotes=(quote,), confidence=0)
            try:
                check_quotes(probe, case.turns, case.resolution_texts())
            except QuoteNotFoundError:
                continue
            return quote
    raise QuoteNotFoundError(turn)


def _known_item(reference: str, known: Mapping[str, KnownItem]) -> KnownItem:
    found = known.get(reference)
    if found is None:
        raise AnalystOutputError("the output names an item that is not known")
    return found


def _base_of(
    output: RedraftOutput, known: Mapping[str, KnownItem], previous: Change | None
) -> Change | None:
    """Return what is to be changed, as an empty revision of itself; None for an addition."""
    if output.operation is Operation.ADD:
        return None
    if output.item or previous is None or previous.item_id is None:
        item = _known_item(output.item, known).item
        return Change(
            kind=item.kind,
            operation=Operation.REVISE,
            item_id=item.id,
            base_revision=item.revision,
            content=item.content,
        )
    return previous


def _retirement(base: Change | None) -> Change:
    if base is None:
        raise AnalystOutputError("a retirement names no item")
    return base.model_copy(update={"operation": Operation.RETIRE, "phrasings": ()})


def _edit(output: RedraftOutput, base: Change | None, unfound: UUID | None) -> Change:
    kind, content = _only_content(output, base)
    if base is None:
        return Change(kind=kind, operation=Operation.ADD, content=content)
    if content == base.content and (unfound is None or base.item_id != unfound):
        raise AnalystOutputError("the revision changes nothing")
    return Change(
        kind=kind,
        operation=Operation.REVISE,
        item_id=base.item_id,
        base_revision=base.base_revision,
        content=content,
    )


def _only_content(output: RedraftOutput, base: Change | None) -> tuple[ItemKind, ItemContent]:
    contents = list(output.contents(base.content if base else None).items())
    if len(contents) != 1:
        raise AnalystOutputError("the change needs exactly one content")
    kind, content = contents[0]
    if base is not None and base.kind is not kind:
        raise AnalystOutputError("the content is not of its item's kind")
    return kind, content
