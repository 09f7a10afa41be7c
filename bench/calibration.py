"""`python -m bench.calibration`: fits the constants of `domain.ranking` and measures them.

It prints the constants for `CALIBRATIONS`, then what they are worth on intents and questions that
the fit has not seen. Changing LEXICAL_WEIGHT or PHRASING_OFFSET asks for a new fit.
"""

import asyncio
import sys

import numpy as np
from pydantic import BaseModel

from bench.airline_data import data_folder
from bench.calibration_data import load_questions
from bench.calibration_figures import CalibrationFigures, figures_of
from bench.calibration_fit import FITTED_HITS, Trials, confidence_table, fit
from bench.calibration_worlds import Corpus, Density, Half, build_corpus, concatenated, worlds
from domain.ranking import Calibration
from embedded.postgres import EmbeddedPostgres
from gateways.embeddings import load_embedder


class CalibrationReport(BaseModel):
    """What confidences are worth on intents that the constants were not fitted to."""

    first_hit: CalibrationFigures
    every_hit: CalibrationFigures
    first_hit_by_phrasings: dict[Density, CalibrationFigures]


def main() -> int:
    """Fit, measure and print; return 1 where the questions are not to be found."""
    try:
        questions = load_questions(data_folder())
    except FileNotFoundError as error:
        sys.stderr.write(f"calibration: {error.filename} is not there: set LEARNING_LOOP_DATA\n")
        return 1

    async def build() -> Corpus:
        async with EmbeddedPostgres() as postgres:
            return await build_corpus(questions, load_embedder(), postgres.url)

    corpus = asyncio.run(build())
    constants = fit(concatenated([world.trials for world in worlds(corpus, Half.FITTED)]))
    sys.stdout.write(f"{constants}\n\n{render(measure(corpus, constants))}\n")
    return 0


def measure(corpus: Corpus, constants: Calibration) -> CalibrationReport:
    """Return the figures of the constants on the half of the intents that is held out."""
    held_out = worlds(corpus, Half.HELD_OUT)
    every = concatenated([world.trials for world in held_out])
    return CalibrationReport(
        first_hit=hit_figures(every, constants, hits=1),
        every_hit=hit_figures(every, constants, hits=FITTED_HITS),
        first_hit_by_phrasings={
            density: hit_figures(
                concatenated([world.trials for world in held_out if world.density is density]),
                constants,
                hits=1,
            )
            for density in Density
        },
    )


def hit_figures(trials: Trials, constants: Calibration, *, hits: int) -> CalibrationFigures:
    """Return the figures of the first `hits` hits of each search."""
    right = trials.right[:, :hits]
    found = ~np.isnan(right)
    sure = confidence_table(trials, constants)[:, :hits]
    return figures_of(list(sure[found]), list(right[found] == 1))


def render(report: CalibrationReport) -> str:
    """Return the figures as lines of text: a table of the groups, and the reliability of all."""
    groups = [
        ("first hit", report.first_hit),
        (f"first {FITTED_HITS} hits", report.every_hit),
        *(
            (f"first hit, {density} phrasings", figures)
            for density, figures in report.first_hit_by_phrasings.items()
        ),
    ]
    lines = [figures_head(), *(figures_line(name, figures) for name, figures in groups), ""]
    lines.append("first hit, confidence     hits   promised  came true")
    lines += [
        f"  {row.low:.1f} to {row.high:.1f}         {row.count:8}   {row.promised:8.3f}"
        f"   {row.came_true:8.3f}"
        for row in report.first_hit.reliability
    ]
    return "\n".join(lines)


def figures_head() -> str:
    """Return the head of a table of `figures_line`s."""
    return (
        f"{'calibration, held out':32}{'hits':>7}{'right':>7}{'ECE':>7}{'Brier':>7}{'AUC':>7}"
        "   accuracy (share) at 0.5, 0.8, 0.9"
    )


def figures_line(name: str, figures: CalibrationFigures) -> str:
    """Return one group's figures on one line."""
    f = figures
    accepted = "  ".join(f"{each.accuracy:.3f} ({each.share:.2f})" for each in f.accepted)
    return f"{name:32}{f.hits:7}{f.right:7.3f}{f.ece:7.3f}{f.brier:7.3f}{f.auc:7.3f}   {accepted}"


if __name__ == "__main__":
    raise SystemExit(main())
