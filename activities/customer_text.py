"""Gathers what one customer said, and what gives them away, from their interventions.

Not an activity.
"""

from collections.abc import Iterable, Iterator, Sequence

from activities.case_file import known_values, redact_submission, unfolded
from analysis.known_values import is_safe_in_lower_case, known_from_value, name_parts, spellings
from analysis.redaction import (
    KnownValue,
    PersonalDataKind,
    contains_personal_data,
    strip_invisible,
)
from domain.base import JsonValue
from domain.conversation import Role, Submission
from domain.erased_forms import texts_in
from domain.erasure import CustomerText
from store.erasures import CustomersIntervention


def customer_text(
    customer_ref: str,
    interventions: Sequence[CustomersIntervention],
    queries: Sequence[str] = (),
) -> CustomerText:
    """Return what is the customer's by all of their interventions.

    `queries` are what they asked the agent before, as outcomes have kept it.

    Their own turns are theirs to the word. What the agent, the tools and the employee said is not:
    of it only their personal values are looked for, and what repeats the customer's own words.
    """
    submissions = [intervention.submission for intervention in interventions]
    said = [*queries, *(text for submission in submissions for text in _said(submission))]
    for intervention in interventions:
        case = redact_submission(intervention.id, intervention.submission)
        said += [turn.text for turn in case.turns if turn.role is Role.CUSTOMER]
        said.append(case.ask)
    fields = [text for submission in submissions for text in _fields(submission)]
    answers = [text for submission in submissions for text in _answers(submission)]
    known = [value for submission in submissions for value in _known(submission)]
    known += _personal([*said, *fields])
    names = _Names(value.value for value in known if value.kind is PersonalDataKind.NAME)
    values = [
        spelling
        for value in known
        if value.kind is not PersonalDataKind.NAME
        for spelling in spellings(value)
    ]
    return CustomerText(
        said=said,
        values=[customer_ref, *values, *names.whole],
        mentioned=[*names.parts, *(value.value for value in _personal(answers))],
        names=names.everyday,
        fields=fields,
        answers=answers,
    )


class _Names:
    """Names by how surely a word of theirs means the person."""

    def __init__(self, names: Iterable[str]) -> None:
        self.whole: list[str] = []
        self.parts: list[str] = []
        self.everyday: list[str] = []
        for name in names:
            if len(name.split()) > 1:
                self.whole.append(name)
            for part in name_parts(name):
                (self.parts if is_safe_in_lower_case(part) else self.everyday).append(part)


def _known(submission: Submission) -> Iterator[KnownValue]:
    """Yield the values that fields give away, but for the names of those who work there."""
    staff = {part.casefold() for name in _staff(submission) for part in (name, *name.split())}
    for value in (*known_values(submission), *known_from_value(unfolded(submission.metadata))):
        if value.value.casefold() not in staff:
            yield value


def _staff(submission: Submission) -> Iterator[str]:
    for turn in submission.conversation:
        if turn.author and turn.role is not Role.CUSTOMER:
            yield turn.author
    if submission.resolution.by:
        yield submission.resolution.by
    if submission.agent.name:
        yield submission.agent.name


def _said(submission: Submission) -> Iterator[str]:
    if submission.query:
        yield submission.query
    for turn in submission.conversation:
        if turn.role is Role.CUSTOMER:
            yield turn.text


def _fields(submission: Submission) -> Iterator[str]:
    """Yield what was filled in for the customer: metadata, and the arguments of calls."""
    filled: list[JsonValue] = [submission.metadata]
    filled += [call.arguments for turn in submission.conversation for call in turn.tool_calls]
    filled += [action.arguments for action in submission.resolution.actions]
    for value in filled:
        yield from texts_in(unfolded(value))


def _answers(submission: Submission) -> Iterator[str]:
    """Yield what others said in the customer's cases, and what came back from calls."""
    resolution = submission.resolution
    for turn in submission.conversation:
        if turn.role is not Role.CUSTOMER:
            yield turn.text
        for call in turn.tool_calls:
            yield from texts_in(unfolded(call.result))
    yield from (submission.agent.handoff_reason, resolution.reply, resolution.decision)
    yield from resolution.information_used
    for action in resolution.actions:
        yield from texts_in(unfolded(action.result))


def _personal(texts: Iterable[str]) -> Iterator[KnownValue]:
    for text in map(strip_invisible, texts):
        for match in contains_personal_data(text):
            yield KnownValue(match.kind, text[match.start : match.end])
