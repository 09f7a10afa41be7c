"""Does what a person pressed or typed in Slack, through the same rules as everywhere else."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

import structlog
from pydantic import TypeAdapter, ValidationError

from api.context import Context
from api.problems import ProblemError
from api.services.decisions import DecisionRequest, decide
from domain.base import Slug
from domain.errors import DomainError, NotAllowedError
from domain.identity import Permission, Principal
from domain.notice_words import may_approve_from_chat
from domain.proposals import Proposal, ReplayEffect
from domain.reviews import RejectionReason, Verdict
from gateways.notification_errors import ChannelError
from gateways.slack import SlackGateway
from gateways.slack_blocks import COMMENT, ButtonValue, escape, reject_dialog
from gateways.slack_requests import Act, SlackAct, SlackUser
from store import audit
from store import notification_preferences as preferences
from store import proposals as stored
from store.database import Connection
from store.people import find_present

_log = structlog.get_logger("slack")
_SLUG: TypeAdapter[str] = TypeAdapter(Slug)


class Reply(NamedTuple):
    """What Slack is answered at once, and what is done after that."""

    body: dict[str, Any] | None = None
    later: Callable[[], Awaitable[None]] | None = None


class SlackActs:
    """Acts for the people whose Slack accounts are linked."""

    def __init__(self, context: Context, slack: SlackGateway) -> None:
        """Answer through `slack`."""
        self._context = context
        self._slack = slack

    async def do(self, act: SlackAct, request_id: str) -> Reply:
        """Return the answer, well within the three seconds that Slack waits.

        `request_id` is the same for a repeated request, so that a repeat decides nothing again.
        """
        if act.act is Act.LINK:
            return Reply(_whispered(await self._link(act)))
        if act.act is Act.NOTHING or act.value is None or act.user is None:
            return Reply()
        principal = await self._principal(act.value.w, act.user)
        if isinstance(principal, str):
            return self._tell(act, principal, field=COMMENT)
        match act.act:
            case Act.APPROVE:
                return self._tell(act, await self._approve(principal, act.value, request_id))
            case Act.ASK_TO_REJECT:
                return Reply(later=partial(self._open_dialog, act))
            case _:
                return await self._reject(principal, act, act.value, request_id)

    async def _principal(self, workspace: str, user: SlackUser) -> Principal | str:
        """Return whom an account acts for, with the role of now; else why for nobody.

        Slack knows nobody who has left us: so a person acts from there no longer than a session
        could last since they have signed in.
        """
        unknown = f"{_UNKNOWN} {self._page()}"
        if not _is_workspace(workspace):
            return unknown
        hours = self._context.settings.session_hours
        async with self._context.database.transaction(workspace) as connection:
            name = await preferences.find_person_of_slack(
                connection, workspace, team=user.team, user=user.user
            )
            if name is None:
                return unknown
            person = await find_present(connection, workspace, name, timedelta(hours=hours))
        if person is None:
            return (
                "Nothing was done. From here you can act for a while after you have signed in "
                f"({hours:g} hours). Sign in at {self._page()} and press again."
            )
        return Principal(workspace=workspace, name=person.name, role=person.role)

    async def _approve(self, principal: Principal, value: ButtonValue, request_id: str) -> str:
        try:
            proposal = await self._proposal(principal, value)
            if not _may_approve_here(proposal):
                return f"This one is approved on its page, where the proof is: {self._page(value)}"
            request = DecisionRequest(verdict=Verdict.APPROVE, content_hash=value.h)
            await decide(self._context, principal, value.p, request, key=_key(request_id))
        except (ProblemError, DomainError) as problem:
            return self._refusal(problem, value)
        return f"Your approval of draft {value.d} is recorded, {escape(principal.name)}."

    async def _reject(
        self, principal: Principal, act: SlackAct, value: ButtonValue, request_id: str
    ) -> Reply:
        try:
            request = DecisionRequest(
                verdict=Verdict.REJECT,
                content_hash=value.h,
                comment=act.comment,
                rejection_reason=RejectionReason(act.reason),
            )
            await self._proposal(principal, value)
            await decide(self._context, principal, value.p, request, key=_key(request_id))
        except (ProblemError, DomainError) as problem:
            return self._tell(act, self._refusal(problem, value), field=COMMENT)
        except ValueError:
            return self._tell(act, "Choose a reason and say why.", field=COMMENT)
        said = f"Your rejection of draft {value.d} is recorded, {escape(principal.name)}."
        return Reply(later=partial(self._whisper, act, said))

    async def _proposal(self, principal: Principal, value: ButtonValue) -> Proposal:
        if not principal.may(Permission.READ_PROPOSALS):
            raise NotAllowedError
        async with self._context.database.reading(principal.workspace) as connection:
            return await stored.get_proposal(connection, principal.workspace, value.p)

    async def _link(self, act: SlackAct) -> str:
        """Link the account to whom the code was shown; return what to tell them."""
        words = act.text.split()
        workspace, _, code = words[1].partition(".") if len(words) == 2 else ("", "", "")
        if act.user is None or words[:1] != ["link"] or not _is_workspace(workspace):
            return f"To link your account: get a code at {self._page()}, then send `link CODE`."
        try:
            async with self._context.database.transaction(workspace) as connection:
                person = await preferences.link_slack(
                    connection, workspace, code, team=act.user.team, user=act.user.user
                )
                if person is not None:
                    await _audit_link(connection, workspace, person)
        except NotAllowedError:
            return "This Slack account is linked to another person here. They must unlink it first."
        if person is None:
            return f"This code is wrong, was used, or is too old. Get a new one at {self._page()}"
        return (
            f"From now on you are {escape(person)} of the workspace {workspace} here. If that is "
            f"not you, unlink at once: {self._page()}"
        )

    def _refusal(self, problem: ProblemError | DomainError, value: ButtonValue) -> str:
        """Return why nothing was done: never details, which may name what a person typed."""
        title = problem.title if isinstance(problem, ProblemError) else str(problem)
        return f"Nothing was done. {title.rstrip('.')}. Look again: {self._page(value)}"

    def _tell(self, act: SlackAct, text: str, *, field: str | None = None) -> Reply:
        """Say it in the dialog, where there is one, or to this person alone."""
        if act.act is Act.REJECT and field is not None:
            return Reply({"response_action": "errors", "errors": {field: text[:2_900]}})
        return Reply(later=partial(self._whisper, act, text))

    async def _whisper(self, act: SlackAct, text: str) -> None:
        if act.user is None or not act.channel:
            return
        try:
            await self._slack.whisper(act.channel, act.user.user, text)
        except ChannelError as error:
            await _log.awarning("slack_not_answered", error=error.code)

    async def _open_dialog(self, act: SlackAct) -> None:
        if act.value is None:
            return
        carried = act.value.model_copy(update={"c": act.message})
        try:
            await self._slack.open_dialog(act.trigger, reject_dialog(carried))
        except ChannelError as error:
            await _log.awarning("slack_not_answered", error=error.code)

    def _page(self, value: ButtonValue | None = None) -> str:
        path = f"/proposals/{value.p}" if value else "/me/notifications"
        return f"{self._context.settings.api_url.rstrip('/')}{path}"


async def _audit_link(connection: Connection, workspace: str, person: str) -> None:
    await audit.record(
        connection,
        workspace,
        actor=person,
        action="slack_linked",
        subject=f"workspace/{workspace}",
    )


_UNKNOWN = "This Slack account is not linked to anybody here. Link it at"


def _is_workspace(name: str) -> bool:
    try:
        _SLUG.validate_python(name)
    except ValidationError:
        return False
    return True


def _may_approve_here(proposal: Proposal) -> bool:
    report = proposal.verification
    fixes = report.count(ReplayEffect.FIXED) if report else None
    breaks = report.count(ReplayEffect.BROKEN) if report else None
    return may_approve_from_chat(proposal.change.kind, fixes, breaks)


def _key(request_id: str) -> str:
    return f"slack/{hashlib.sha256(request_id.encode()).hexdigest()}"


def _whispered(text: str) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": text}
