"""One reading with the change it leads to: what the offline analyst's parts hand each other."""

from dataclasses import dataclass

from domain.findings import Finding
from domain.knowledge import Change


@dataclass(frozen=True)
class Insight:
    """A finding and the change that would close its gap; no change for gap `none`."""

    finding: Finding
    change: Change | None = None
    title: str = ""
    rationale: str = ""
