"""`make eval`: prints acceptance without edits, by analyst and by prompt version."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path

from analysis.offline import OfflineAnalyst
from analysis.source_checked import SourceChecked
from domain.model_calls import ModelCall
from evals.cases import FOLDER, EvalCase, load_cases
from evals.report import RESULTS, load_results, save_results, table
from evals.run import Score, score_analyst, score_reviewers
from gateways.claude_meter import metered
from gateways.embeddings import Embedder, load_embedder
from gateways.settings import Settings

Tell = Callable[[str], None]


class Tab:
    """Adds up what the calls cost; there is no workspace whose budget they could use up."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.calls = 0
        self.cost: Decimal | None = Decimal(0)

    async def admit(self) -> None:
        """Let every call be made."""

    async def record(self, call: ModelCall) -> None:
        """Add a call's price."""
        self.calls += 1
        cost = call.usage.cost_usd
        self.cost = None if self.cost is None or cost is None else self.cost + cost


async def score_all(cases: Sequence[EvalCase], settings: Settings, tell: Tell) -> list[Score]:
    """Return the scores of the reviewers' decisions, of the offline analyst and of Claude."""
    embedder = load_embedder()
    offline = SourceChecked(OfflineAnalyst(embedder))
    tell("Offline analyst ...")
    scores = [
        *score_reviewers(cases),
        await score_analyst(offline, cases, embedder, source="offline"),
    ]
    if settings.uses_claude():
        return [*scores, await _live(cases, embedder, settings, tell)]
    tell("No ANTHROPIC_API_KEY: Claude answers from recorded replies, written by hand. They show")
    tell("that the checks and counts hold, not how good a model or a prompt is.")
    return [*scores, await _recorded(cases, embedder)]


async def _live(
    cases: Sequence[EvalCase], embedder: Embedder, settings: Settings, tell: Tell
) -> Score:
    from analysis.claude import ClaudeAnalyst
    from gateways.claude_choice import make_claude_client

    tab = Tab()
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(make_claude_client(settings))
        tell(f"Claude ({client.settings.model}), live: each case is two calls or more ...")
        with metered(tab):
            analyst = SourceChecked(ClaudeAnalyst(client))
            score = await score_analyst(analyst, cases, embedder, source="live")
    cost = "an unknown price" if tab.cost is None else f"{tab.cost:.4f} US$"
    tell(f"{tab.calls} calls, {cost}")
    return score


async def _recorded(cases: Sequence[EvalCase], embedder: Embedder) -> Score:
    from analysis.claude import ClaudeAnalyst
    from evals.recorded_claude import RecordedClaude

    recorded = RecordedClaude()
    async with recorded.client() as client:
        analyst = SourceChecked(ClaudeAnalyst(client))
        kept = [case for case in cases if recorded.knows(case)]
        return await score_analyst(
            analyst, kept, embedder, source="recorded", around=recorded.during
        )


def main() -> None:
    """Run the cases, keep the scores and print all that are kept."""
    parser = argparse.ArgumentParser(prog="evals", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=Path, default=FOLDER, help="folder of *.jsonl")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()

    def tell(line: str) -> None:
        sys.stdout.write(f"{line}\n")

    cases = load_cases(given.cases)
    tell(f"{len(cases)} decided cases from {given.cases.name}/")
    # No database is opened; the other settings come from the environment as everywhere.
    settings = Settings.model_validate({"database_url": "postgresql:///"})
    scores = asyncio.run(score_all(cases, settings, tell))
    results = load_results(given.results).with_scores(scores)
    save_results(results, given.results)
    tell("")
    tell(table(results.scores))


if __name__ == "__main__":
    main()
