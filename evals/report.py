"""The table of scores, and the file that keeps them by analyst and by prompt version."""

from collections.abc import Sequence
from pathlib import Path

from domain.base import Model
from evals.run import Score

RESULTS = Path(__file__).parent.parent / "bench" / "results" / "evals.json"

_COLUMNS = (
    *("analyst", "prompt version", "answers", "cases", "same gap", "without edits"),
    *("with edits", "missed", "rejected again", "errors"),
)


class Results(Model):
    """The newest score of each analyst, version and source."""

    scores: tuple[Score, ...] = ()

    def with_scores(self, scores: Sequence[Score]) -> "Results":
        """Return these and the earlier ones of other versions."""
        by_key = {_key(score): score for score in (*self.scores, *scores)}
        return Results(scores=tuple(by_key[key] for key in sorted(by_key)))


def load_results(file: Path = RESULTS) -> Results:
    """Return what the file keeps; nothing where there is none."""
    if not file.exists():
        return Results()
    return Results.model_validate_json(file.read_text(encoding="utf-8"))


def save_results(results: Results, file: Path = RESULTS) -> None:
    """Write the file."""
    file.write_text(results.model_dump_json(indent=1) + "\n", encoding="utf-8")


def table(scores: Sequence[Score]) -> str:
    """Return the scores as aligned text; a share is of the cases with something approved."""
    rows = [_COLUMNS, *(_row(score) for score in scores)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _row(score: Score) -> tuple[str, ...]:
    model = f" ({score.analyst.model})" if score.analyst.model else ""
    return (
        score.analyst.name + model,
        score.analyst.version,
        score.source,
        str(score.cases),
        _share(score.same_gap, score.accepted),
        f"{_share(score.without_edits, score.accepted)}, {score.exact} to the letter",
        str(score.edits),
        str(score.missed),
        f"{score.repeats} of {score.rejected}",
        str(score.failed),
    )


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "-"


def _key(score: Score) -> tuple[str, str, str, str]:
    analyst = score.analyst
    return score.source, analyst.name, analyst.model or "", analyst.version
