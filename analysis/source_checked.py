"""An analyst whose drafts rest on what people, tools and items say, whoever writes them."""

from analysis.claims import check_sources
from domain.cases import Analyst, Case, Draft, Reading
from domain.findings import Finding
from domain.knowledge import Change


class SourceChecked:
    """Hands on what another analyst says, and refuses a draft that only the customer vouches for.

    Raises AnalystOutputError for it, beside whatever the other analyst raises.
    """

    def __init__(self, analyst: Analyst) -> None:
        """Check the drafts of `analyst`."""
        self._analyst = analyst
        self.info = analyst.info

    async def analyze(self, case: Case) -> Reading:
        """Return the other analyst's findings."""
        return await self._analyst.analyze(case)

    async def draft(self, case: Case, finding: Finding) -> Draft | None:
        """Return the other analyst's draft, each sentence of which has a source."""
        draft = await self._analyst.draft(case, finding)
        if draft is not None:
            check_sources(draft.change, case)
        return draft

    async def redraft(self, case: Case, finding: Finding, previous: Change, comment: str) -> Draft:
        """Return the other analyst's draft; the comment and the previous draft are sources too."""
        draft = await self._analyst.redraft(case, finding, previous, comment)
        check_sources(draft.change, case, remark=comment, previous=previous)
        return draft
