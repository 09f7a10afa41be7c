"""A case: a redacted intervention, and what reviewers decided about the draft that came of it."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from domain.base import Line, Model, OptionalText
from domain.cases import Case
from domain.findings import AnalystInfo, Gap
from domain.knowledge import Change

FOLDER = Path(__file__).parent / "cases"


class ReviewerVerdict(StrEnum):
    """What became of a draft."""

    AS_IS = "as_is"
    """Approved without a word changed."""
    EDITED = "edited"
    """Approved after a reviewer had changed it, or had asked for changes."""
    REJECTED = "rejected"


class Decided(Model):
    """What reviewers saw first, and what they made of it."""

    verdict: ReviewerVerdict
    gap: Gap
    drafted_by: AnalystInfo
    draft: Change
    """The analyst's first draft."""
    approved: Change | None = None
    """What was approved; None if nothing was."""
    reason: OptionalText = ""
    """Why it was rejected, or what was asked for; without personal data."""


class EvalCase(Model):
    """One case, under a name that says nothing of the customer."""

    id: Line
    case: Case
    decided: Decided


def load_cases(folder: Path = FOLDER) -> list[EvalCase]:
    """Return the cases of every file in the folder, by file and line."""
    files = sorted(folder.glob("*.jsonl"))
    return [
        EvalCase.model_validate_json(line)
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def write_cases(cases: Iterable[EvalCase], file: Path) -> int:
    """Write one case a line; return how many."""
    lines = [case.model_dump_json() for case in cases]
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(lines)
