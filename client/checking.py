"""Validates a file of interventions without sending anything: `import --dry-run`."""

from collections.abc import Iterator

from pydantic import ValidationError

from client.errors import FieldProblem
from client.importing import Counts, Fate, Line, Rejection, Tell, rejection_of
from domain.conversation import Submission


def check_lines(lines: Iterator[Line], tell: Tell) -> Counts:
    """Return how many lines the API would take or refuse, as far as the file alone shows."""
    counts = Counts()
    seen: dict[tuple[str, str], tuple[int, str]] = {}
    for line in lines:
        fate, rejection = _check(line, seen)
        counts.by_fate[fate] += 1
        tell(line, rejection)
    return counts


def _check(
    line: Line, seen: dict[tuple[str, str], tuple[int, str]]
) -> tuple[Fate, Rejection | None]:
    from api.fields import field_problems

    try:
        submission = Submission.model_validate_json(line.raw, strict=True)
    except ValidationError as error:
        problems = field_problems([dict(entry) for entry in error.errors(include_url=False)])
        fields = [FieldProblem(field=p.field, message=p.message) for p in problems]
        return Fate.REJECTED, rejection_of(line, "invalid_request", "It is not valid.", fields)
    origin, body = (submission.source, submission.external_id), submission.body_hash()
    number, earlier = seen.setdefault(origin, (line.number, body))
    if earlier != body:
        reason = f"Line {number} has the same source and external_id with another body."
        return Fate.REJECTED, rejection_of(line, "intervention_conflict", reason)
    return (Fate.TAKEN_IN if number == line.number else Fate.KNOWN), None
