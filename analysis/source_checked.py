"""An analyst whose drafts rest on what people, tools and items say, whoever writes them."""

from analysis.claims import check_sources
from domain.cases import Analyst, Case, Draft, Reading
from domain.errors import AnalystOutputError
from domain.findings import Finding
from domain.knowledge import Change, Operation


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
            _check_target(draft.change, case)
            check_sources(draft.change, case)
        return draft

    async def redraft(self, case: Case, finding: Finding, previous: Change, comment: str) -> Draft:
        """Return the other analyst's draft; the comment and the previous draft are sources too."""
        draft = await self._analyst.redraft(case, finding, previous, comment)
        check_sources(draft.change, case, remark=comment, previous=previous)
        return draft


def _check_target(change: Change, case: Case) -> None:
    """Raise AnalystOutputError unless what is changed is an item of the case, as it stands."""
    heads = {(known.item.id, known.item.revision) for known in case.known_items}
    target = change.item_id, change.base_revision
    if change.operation is not Operation.ADD and target not in heads:
        raise AnalystOutputError("the change is of an item, or a revision, that is not known")
