"""How each figure of the dashboard is counted, and what brings it about, in plain words."""

from domain.metrics import FEW, MOST_CASES, Figure

_SIMILAR = (
    "A similar case is a query whose answer rested on the item, a query that was handed to a human "
    "while the agent had the item in mind, or an intervention that led to a change of it. A query "
    "and its intervention are one case."
)
_PREVENTED = (
    "Prevented are the later cases that would have needed a human at the rate of the earlier ones, "
    "and did not. For an item that is new, the earlier cases are the interventions that showed the "
    "gap, so all of them needed a human: read the number as the most it can be."
)
_HONEST = (
    f"With fewer than {FEW} cases on either side nothing is concluded. Otherwise the difference is "
    "called more than chance where its 95% bounds (Newcombe's) leave out zero. The newest "
    f"{MOST_CASES:,} cases of each side count; a plus says that there were more."
)

DEFINITIONS: dict[Figure, tuple[str, ...]] = {
    Figure.RATES: (
        "Each reported query is counted in one place only, so that the four shares make 100%.",
        "Resolved alone: the agent answered, and the answer was reported as right, or it is older "
        "than the workspace's settling time and nobody objected. Until then it is not settled yet, "
        "which the grey band shows: autonomy lies between its edges.",
        "Answered wrongly: the agent answered, and the answer was reported as wrong or a human had "
        "to come in afterwards, whatever had been reported before.",
        "Handed to a human: a human resolved the query. This is the intervention rate.",
    ),
    Figure.LEARNING: (
        "Queries are put together by how many approved changes were in force when they were asked, "
        "in at most twelve stages. The line is the share of them that needed a human: handed over, "
        "or answered wrongly. If what is learned pays, it falls.",
        "Only changes that came from approved proposals count, not imports or forced ones. Answers "
        "that are not settled yet count as resolved. The mix of queries changes over time, too: "
        "read this beside the effect of single items.",
    ),
    Figure.APPROVAL_TIMES: (
        "From the opening of a review to the approval that was enough, for approvals of this time, "
        "by the tier in which it came. Half took no longer than the median, nine of ten no longer "
        "than the second figure.",
        "Open now is what waits for a decision or a new draft. Overdue is what has missed a "
        "deadline: the present tier's, or an earlier one's, after which it went to the next tier. "
        "Parked proposals have run out of tiers and are counted apart.",
    ),
    Figure.GAPS: (
        "Each finding of an analysis names one gap, counted when the intervention was read. "
        "“Rightly a human's” are cases that no knowledge would have spared.",
    ),
    Figure.EFFECT_BY_ITEM: (
        _SIMILAR,
        "Before and after are parted by the first approved proposal that changed the item. Later "
        "cases are those of this time. The items that most answers of this time rested on are "
        "shown, up to twenty.",
        _PREVENTED,
        _HONEST,
    ),
    Figure.EFFECT_BY_PROPOSAL: (
        _SIMILAR,
        "Before is the time since the item's previous release, after is the time until its next "
        "one, within this time.",
        _PREVENTED,
        _HONEST,
        "Beside it stands how many past queries the replay had predicted to be spared.",
    ),
    Figure.ACCEPTANCE: (
        "Of the proposals that were decided in this time: those whose approved content is exactly "
        "the analyst's first draft, those that were approved with other content (an edit or a new "
        "draft), and those that were rejected. Proposals that people asked for have no analyst.",
    ),
    Figure.REJECTIONS: (
        "Rejections that took effect in this time, by the reason that the reviewer chose. “No "
        "reason named” was decided before reasons had names.",
    ),
    Figure.LOAD: (
        "Decisions that took effect or were counted, by person, and how long after the review's "
        "opening half of them came. Assigned and overdue are of now. Only leads and administrators "
        "see names.",
    ),
}

MISSING: dict[Figure, str] = {
    Figure.RATES: "No query was reported in this time. The reference agent reports by itself; "
    "another agent does with POST /v1/outcomes, for each query that it or a human has served.",
    Figure.LEARNING: "This needs queries from before and after an approved change. Report outcomes "
    "with POST /v1/outcomes, and approve what waits in the inbox.",
    Figure.APPROVAL_TIMES: "No proposal waits, and none was approved in this time. Proposals come "
    "from interventions: send them with POST /v1/interventions or import them.",
    Figure.GAPS: "No intervention was read in this time. Send them with POST /v1/interventions, "
    "connect your help desk, or import a file with 'learning-loop import'.",
    Figure.EFFECT_BY_ITEM: "No approved proposal has changed an item yet. Approve one in the "
    "inbox; its effect shows once similar queries are asked.",
    Figure.EFFECT_BY_PROPOSAL: "No approved proposal has taken effect yet.",
    Figure.ACCEPTANCE: "No analyst's proposal was decided in this time.",
    Figure.REJECTIONS: "Nothing was rejected in this time.",
    Figure.LOAD: "Nobody decided anything in this time, and no open review is assigned.",
}
