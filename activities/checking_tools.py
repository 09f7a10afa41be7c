"""Holds the tools that a change connects or takes away against the calls on record. No activity.

Nothing is called. Values are compared in memory; what is told are names of arguments.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence

from activities.case_file import unfolded
from activities.kit import Kit
from analysis.offline.actions import is_read
from analysis.redaction import contains_personal_data
from domain.base import canonical_json
from domain.conversation import Submission
from domain.knowledge import Operation, ToolConnectionContent, ToolSpec
from domain.proposals import Proposal
from domain.tool_checks import RecordedCall, ToolCheck, check_taken_away, check_tool
from store import knowledge, proposals, tool_calls

_MOST_CASES = 200
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


async def check_tools(kit: Kit, workspace: str, proposal: Proposal) -> tuple[ToolCheck, ...]:
    """Return for each tool that the change adds, alters or takes away which calls it would serve.

    The calls are those that agents and humans made by its name, in the newest interventions.
    """
    change = proposal.change
    if not isinstance(change.content, ToolConnectionContent):
        return ()
    async with kit.database.transaction(workspace) as connection:
        base = None
        if change.item_id is not None and change.base_revision is not None:
            base = await knowledge.find_content(
                connection, workspace, change.item_id, change.base_revision
            )
        had = base.tools if isinstance(base, ToolConnectionContent) else ()
        tools = () if change.operation is Operation.RETIRE else change.content.tools
        new = [tool for tool in tools if tool not in had]
        kept = {tool.name for tool in tools}
        gone = [tool for tool in had if tool.name not in kept]
        evidence = await proposals.list_evidence(connection, workspace, proposal.id)
        callers = await tool_calls.list_callers(
            connection,
            workspace,
            names=[tool.name for tool in (*new, *gone)],
            evidence=[each.intervention_id for each in evidence],
            limit=_MOST_CASES,
        )
    submissions = [caller.submission for caller in callers]
    return await asyncio.to_thread(_check, new, gone, submissions)


def _check(
    new: Sequence[ToolSpec], gone: Sequence[ToolSpec], submissions: Sequence[Submission]
) -> tuple[ToolCheck, ...]:
    calls = [call for submission in submissions for call in _calls(submission)]

    def of(tool: ToolSpec) -> list[RecordedCall]:
        return [call for call in calls if call.name == tool.name]

    checks = [check_tool(tool, of(tool), changes=not is_read(tool.name)) for tool in new]
    taken = [check_taken_away(tool, of(tool)) for tool in gone]
    return tuple(map(_named, (*taken, *checks)))


def _calls(submission: Submission) -> Iterator[RecordedCall]:
    told = _told(submission)
    made = [call for turn in submission.conversation for call in turn.tool_calls]
    for call in (*made, *submission.resolution.actions):
        # As the analyst spells a name that a tool cannot have.
        name = _NOT_IN_A_NAME.sub("_", call.name)[:128]
        yield RecordedCall(name, call.arguments, not is_read(call.name), told)


def _told(submission: Submission) -> str:
    """Return what the conversation holds without the humans' own turns, in small letters."""
    said = [turn.text for turn in submission.conversation if turn.role != "human"]
    results = [call.result for turn in submission.conversation for call in turn.tool_calls]
    found = canonical_json(unfolded(list(results)))
    return "\n".join([*said, found, submission.customer_ref or ""]).lower()


def _named(check: ToolCheck) -> ToolCheck:
    """Return the check without names of arguments that are somebody's data."""
    return check.model_copy(
        update={
            "problems": tuple(
                problem.model_copy(update={"argument": ""})
                if contains_personal_data(problem.argument)
                else problem
                for problem in check.problems
            )
        }
    )
