"""What a call of Claude costs, from the dated price list in `claude_prices.yaml`."""

from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

import yaml

from domain.base import Model
from domain.findings import ModelUsage
from domain.model_calls import ServiceTier

_MILLION = Decimal(1_000_000)


class Rates(Model):
    """US dollars for a million tokens of each kind."""

    input: Decimal
    output: Decimal
    cache_write: Decimal
    cache_read: Decimal

    def cost_of(self, usage: ModelUsage) -> Decimal:
        """Return the price of these tokens."""
        return (
            usage.input_tokens * self.input
            + usage.output_tokens * self.output
            + usage.cache_write_tokens * self.cache_write
            + usage.cache_read_tokens * self.cache_read
        ) / _MILLION


class LongPromptRates(Rates):
    """The rates of a whole request whose prompt has more than `above` tokens."""

    above: int


class ModelRates(Rates):
    """One model's rates."""

    long_prompt: LongPromptRates | None = None


class PriceList(Model):
    """The rates of the models that are known, as they were on one day."""

    as_of: date
    batch_share: Decimal
    models: dict[str, ModelRates]

    def cost_of_call(
        self, model: str, usage: ModelUsage, tier: ServiceTier = ServiceTier.STANDARD
    ) -> Decimal | None:
        """Return one call's price; None for a model that is not listed."""
        rates = self.models.get(model)
        if rates is None:
            return None
        prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
        is_long = rates.long_prompt is not None and prompt > rates.long_prompt.above
        cost = (rates.long_prompt if is_long and rates.long_prompt else rates).cost_of(usage)
        return cost * self.batch_share if tier is ServiceTier.BATCH else cost


@cache
def load_prices() -> PriceList:
    """Return the list that ships with the product."""
    text = files("gateways").joinpath("claude_prices.yaml").read_text(encoding="utf-8")
    return PriceList.model_validate(yaml.safe_load(text))
