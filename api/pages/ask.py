"""The page where reviewers ask as a customer would, and see from what the agent answers and why."""

from datetime import UTC, datetime

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError
from starlette.responses import Response

from activities.metering import tokens_left
from agent.explaining import Considered, Explained, Standing
from analysis.redaction import Redactor
from api.context import Context, ContextDep
from api.pages.marks import Piece
from api.pages.moments import Moment, read_moment
from api.pages.visitor import PostedForm, SignedIn, Visitor
from api.pages.word_marks import mark_words
from api.problems import not_permitted
from api.services.asking import try_query
from domain.base import Text
from domain.identity import Permission

router = APIRouter(prefix="/ask", include_in_schema=False)

_QUERY = TypeAdapter(Text)
_CLOSE = 4
"""How many items that were not told are shown unfolded."""


class Seen(BaseModel):
    """An item that was looked at, with what it lacked and the text that it was found by."""

    considered: Considered
    why: str
    matched: list[Piece]


class Side(BaseModel):
    """The answer of one release; `told` are the items that it rests on."""

    release: int
    made_at: AwareDatetime | None
    is_newest: bool
    explained: Explained
    told: list[Seen]
    close: list[Seen]
    further: list[Seen]


class Paid(BaseModel):
    """Which language model is asked, and today's tokens that are left; None without a bound."""

    agent: str
    left: int | None


@router.get("")
async def show_ask(visitor: SignedIn, context: ContextDep) -> Response:
    """Show the form."""
    async with context.database.transaction(visitor.principal.workspace) as connection:
        moment = await read_moment(connection, visitor.principal.workspace, "")
    return await _page(context, visitor, moment)


@router.post("")
async def post_ask(visitor: SignedIn, context: ContextDep, form: PostedForm) -> Response:
    """Show the answer, beside that of an earlier release if one is named.

    Posted, so that the query is in no address and no log. No outcome is recorded.
    """
    if not visitor.principal.may(Permission.ASK):
        raise not_permitted(visitor.principal.role, Permission.ASK)
    workspace = visitor.principal.workspace
    async with context.database.transaction(workspace) as connection:
        moment = await read_moment(connection, workspace, form.get("as_of", "")[:60])
    query = form.get("query", "")
    try:
        text = _QUERY.validate_python(query)
    except ValidationError:
        problem = "Write what a customer would ask, in up to 20,000 characters."
        return await _page(context, visitor, moment, query=query, problem=problem)
    if moment.problem:
        problem = f"There is no such release to compare with: it {moment.problem}."
        return await _page(context, visitor, moment, query=text, problem=problem)
    sides = [await _newest(context, workspace, moment, text)]
    if moment.asked and moment.release != moment.newest:
        explained = await try_query(context, workspace, text, moment.release)
        sides.insert(0, _side(text, explained, moment.release, moment.made_at))
    return await _page(context, visitor, moment, query=text, sides=sides)


async def _newest(context: Context, workspace: str, moment: Moment, text: str) -> Side:
    explained = await try_query(context, workspace, text)
    side = _side(text, explained, moment.newest, None)
    return side.model_copy(update={"is_newest": True})


async def _page(
    context: Context,
    visitor: Visitor,
    moment: Moment,
    *,
    query: str = "",
    sides: list[Side] | None = None,
    problem: str = "",
) -> Response:
    return visitor.page(
        "ask.html",
        status_code=422 if problem else 200,
        section="ask",
        moment=moment,
        query=query,
        asked=Redactor().redact(query),
        sides=sides or [],
        difference=_difference(sides) if sides and len(sides) > 1 else "",
        paid=await _price(context, visitor.principal.workspace),
        may_curate=visitor.principal.may(Permission.CURATE_GOLDEN),
        problem=problem,
    )


async def _price(context: Context, workspace: str) -> Paid | None:
    """Return what asking costs; None where no language model is asked."""
    if context.answerer.is_deterministic:
        return None
    async with context.database.transaction(workspace) as connection:
        left = await tokens_left(connection, workspace, datetime.now(UTC))
    return Paid(agent=context.answerer.name, left=None if left is None else max(0, left))


def _side(query: str, explained: Explained, release: int, made_at: datetime | None) -> Side:
    seen = [
        Seen(
            considered=each,
            why=_why(each, explained),
            matched=mark_words(_without_title(each), query),
        )
        for each in explained.considered
    ]
    others = [each for each in seen if each.considered.standing is not Standing.TOLD]
    return Side(
        release=release,
        made_at=made_at,
        is_newest=False,
        explained=explained,
        told=[each for each in seen if each.considered.standing is Standing.TOLD],
        close=others[:_CLOSE],
        further=others[_CLOSE:],
    )


def _without_title(considered: Considered) -> str:
    hit = considered.hit
    return hit.matched.removeprefix(f"{hit.item.content.title}\n") or hit.matched


def _why(considered: Considered, explained: Explained) -> str:
    """Return in a sentence why an item was told or not."""
    match considered.standing:
        case Standing.TOLD:
            return "The answer rests on it."
        case Standing.SURE_BUT_ACT_WANTED:
            return "Sure enough, but the customer wants something done, which no text does."
        case Standing.OUTDONE:
            return "Sure enough as well; a surer one was told."
        case Standing.UNSURE:
            return _why_unsure(explained.needed)
        case Standing.UNCERTAIN:
            return "Not weighed: what it is found by is too little like this query."
        case Standing.NO_TOOL_FITS:
            return "A tool connection: none of its tools does what is asked."
        case Standing.READ_ONLY:
            return "The language model read it and did not use it."


def _why_unsure(needed: float | None) -> str:
    if needed is not None and needed > 1:
        return "Not told: no text is, as too many past answers were wrong."
    return "Not sure enough to be told."


def _difference(sides: list[Side]) -> str:
    """Return in a sentence how the newest answer differs from that of the earlier release."""
    then, now = (side.explained.result for side in sides)
    if not then.answered:
        return (
            "It was a human's then; the agent answers it now."
            if now.answered
            else ("It was a human's then, and still is.")
        )
    if not now.answered:
        return "The agent answered it then; it goes to a human now."
    if then.answer != now.answer:
        return "It was answered then too, in other words."
    return "The answer is the same."
