"""The analyst that asks Claude. Prompts are in `prompts/`, the checks in `claude_checks.py`.

What Claude says is believed only as far as it can be checked: quotes must stand in the transcript,
items must be known, a change must have the kind that its gap calls for. Output that fails a check
is refused whole, and the call is retried: one made-up quote casts doubt on all that stands beside
it, and dropping its finding alone would lose a lesson unseen.
"""

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from analysis.claude_case import (
    case_as_data,
    change_as_data,
    finding_as_data,
    known_by_reference,
)
from analysis.claude_checks import draft_from, finding_from, kind_for, unfound_item
from analysis.claude_outputs import DraftOutput, ReadingOutput, RedraftOutput
from domain.base import canonical_json, sha256_of
from domain.cases import Case, Draft, Reading
from domain.errors import AnalystOutputError, QuoteNotFoundError
from domain.findings import AnalystInfo, Finding, Gap, ModelUsage
from domain.knowledge import Change, ItemKind
from gateways.claude_client import ClaudeClient, Question, data_block
from gateways.errors import ModelOutputInvalidError

_PROMPTS = ("rules", "analyze", "draft", "redraft")

ResultT = TypeVar("ResultT")


class ClaudeAnalyst:
    """Reads interventions and drafts changes with Claude, which gets no tools.

    Beside AnalystOutputError (as ModelOutputInvalidError), every method raises the other
    ModelErrors of `gateways/errors.py`; each carries the usage that was spent.
    """

    def __init__(self, client: ClaudeClient) -> None:
        """Load the prompts; the version in `info` is the hash of prompts and output shapes."""
        self._client = client
        prompts = {name: _read_prompt(name) for name in _PROMPTS}
        self._analyze = f"{prompts['rules']}\n\n{prompts['analyze']}"
        self._draft = f"{prompts['rules']}\n\n{prompts['draft']}"
        self._redraft = f"{self._draft}\n\n{prompts['redraft']}"
        self.info = AnalystInfo(
            name="claude", version=_version(prompts), model=client.settings.model
        )

    async def analyze(self, case: Case) -> Reading:
        """Return the findings, heaviest first; one of gap `none` if there is no gap.

        A quote that is nowhere in the transcript is refused. One that stands in another turn than
        the one named is moved there, since its words are real.
        """
        return await self._client.ask(self.question_about(case))

    def question_about(self, case: Case) -> Question[ReadingOutput, Reading]:
        """Return what is asked to read a case, for a call or a batch."""
        known = known_by_reference(case)

        def read(output: ReadingOutput, usage: ModelUsage) -> Reading:
            findings = _checked(
                lambda: [finding_from(found, case, known) for found in output.findings], usage
            )
            gaps = [finding for finding in findings if finding.gap is not Gap.NONE]
            # "Rightly a human's case" says nothing beside a gap.
            return Reading(findings=tuple(gaps or findings[:1]), usage=usage)

        user = data_block("case", case_as_data(case))
        return Question(self._analyze, user, ReadingOutput, read)

    async def draft(self, case: Case, finding: Finding) -> Draft | None:
        """Return the change that closes the gap; None where none would help the next customer."""
        if finding.gap is Gap.NONE:
            return None
        known = known_by_reference(case)
        kind = kind_for(finding, known)
        unfound = unfound_item(finding, known)

        def read(output: DraftOutput, usage: ModelUsage) -> Draft | None:
            if not output.worth_making:
                return None
            return _checked(
                lambda: draft_from(output, known, kinds={kind}, unfound=unfound, usage=usage),
                usage,
            )

        user = _blocks(
            case=case_as_data(case), finding=finding_as_data(finding, known), kind=kind.value
        )
        return await self._client.ask(Question(self._draft, user, DraftOutput, read))

    async def redraft(self, case: Case, finding: Finding, previous: Change, comment: str) -> Draft:
        """Return a new draft in answer to a comment, based on the item's revision as known now.

        The kind stays, or becomes a policy: never one that fewer people must approve.
        """
        known = known_by_reference(case)
        kinds = {previous.kind, ItemKind.POLICY}
        # Its wordings are kept, so that content which stays is still a change.
        unfound = unfound_item(finding, known) if previous.phrasings else None

        def read(output: RedraftOutput, usage: ModelUsage) -> Draft:
            return _checked(
                lambda: draft_from(
                    output, known, kinds=kinds, previous=previous, unfound=unfound, usage=usage
                ),
                usage,
            )

        user = _blocks(
            case=case_as_data(case),
            finding=finding_as_data(finding, known),
            previous_draft=change_as_data(previous, known),
            comment=comment,
            kind=" or ".join(sorted(kinds)),
        )
        return await self._client.ask(Question(self._redraft, user, RedraftOutput, read))


def _read_prompt(name: str) -> str:
    return (files("analysis") / "prompts" / f"{name}.md").read_text(encoding="utf-8").strip()


def _version(prompts: Mapping[str, str]) -> str:
    shapes = (ReadingOutput, DraftOutput, RedraftOutput)
    return sha256_of(
        [*prompts.values(), *(canonical_json(shape.model_json_schema()) for shape in shapes)]
    )[:12]


def _blocks(**values: JsonValue) -> str:
    return "\n\n".join(data_block(tag, value) for tag, value in values.items())


def _checked(build: Callable[[], ResultT], usage: ModelUsage) -> ResultT:
    """Return what `build` returns; raise ModelOutputInvalidError for a rule that it finds broken.

    Raised outside the handlers, so that no validation error, which quotes its input, is kept.
    """
    try:
        return build()
    except (AnalystOutputError, QuoteNotFoundError) as error:
        problem = str(error)
    except ValidationError:
        problem = "the output breaks a rule of the domain"
    raise ModelOutputInvalidError(problem, usage=usage)
