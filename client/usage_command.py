"""`learning-loop usage`: what calls of language models took, and what is left of today's budget."""

from decimal import Decimal

from rich.console import Console
from rich.table import Table

from client.api import LearningLoop
from client.models import Usage
from client.shown import plain, words
from domain.model_calls import ServiceTier


async def show_usage(client: LearningLoop, out: Console, days: int) -> int:
    """Print the budget, and a line for each day, purpose and model; return 0."""
    usage = await client.usage(days)
    out.print(_budget(usage), soft_wrap=True)
    if not usage.lines:
        out.print(f"No language model was asked in the last {days} days.")
        return 0
    table = Table("day", "purpose", "model", "calls", "no result", "tokens", "from cache", "US$")
    for line in usage.lines:
        in_batch = " (batch)" if line.tier is ServiceTier.BATCH else ""
        tokens = line.input_tokens + line.output_tokens + line.cache_write_tokens
        table.add_row(
            line.day.isoformat(),
            words(line.purpose),
            plain(line.model) + in_batch,
            f"{line.calls:,}",
            f"{line.invalid + line.refused + line.failed:,}",
            f"{tokens:,}",
            f"{line.cache_read_tokens:,}",
            _dollars(line.cost_usd),
        )
    out.print(table)
    out.print(f"In all: {_dollars(usage.cost_usd)} US$")
    return 0


def _budget(usage: Usage) -> str:
    held = f", {usage.reserved:,} held for batches" if usage.reserved else ""
    if usage.daily_tokens is None:
        return f"Today: {usage.used_today:,} tokens{held}; no daily bound is set."
    left = max(0, usage.daily_tokens - usage.used_today - usage.reserved)
    return f"Today: {usage.used_today:,} of {usage.daily_tokens:,} tokens{held}; {left:,} are left."


def _dollars(cost: Decimal | None) -> str:
    return "unknown" if cost is None else f"{cost:.4f}"
