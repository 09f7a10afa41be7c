"""The demo's tables and closing words. Texts of customers are shown as text, never as markup."""

import json
import shlex
from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from client.models import HeldBackGap, InterventionDetail, ListedProposal, ProposalDetail
from client.shown import plain
from demo.highlights import Highlights
from demo.plan import PERSONAL_DATA, PLANTED_RULE, SHOWN_WAITING, Origin
from demo.story import Asked, Ending, Learned, first_gap
from demo.verdict import Change, Tally
from demo.workspaces import Stage
from domain.conversation import InterventionStatus
from domain.findings import Gap
from domain.identity import ApiRole
from domain.proposals import ProposalStatus, ReplayEffect
from embedded.home import StackInfo
from embedded.sign_in import SignInLink

_GAP_STYLE = {
    Gap.MISSING_KNOWLEDGE: "cyan",
    Gap.MISAPPLIED_POLICY: "magenta",
    Gap.MISSING_TOOL: "blue",
}
_STATUS_STYLE = {ProposalStatus.APPLIED: "green", ProposalStatus.IN_REVIEW: "yellow"}
_ENDING_STYLE = {Ending.RIGHT: "green", Ending.WRONG: "bold red", Ending.HANDED_OFF: "yellow"}
_ABOUT_LINKS = (
    "                each link works once, for 15 minutes; policies and tools need both people,",
    "                so open one in a private window. The next:",
    "                .venv/bin/learning-loop sign-in-link",
)
_NOTES = {
    PLANTED_RULE: "the customer tried to plant a rule",
    PERSONAL_DATA: "name, card, address and phone were removed before it was read",
}


def found_table(learned: Learned) -> Table:
    """Return what the interventions led to, one proposal a row."""
    table = Table(title="What was found and proposed", box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("gap", no_wrap=True)
    table.add_column("proposal", ratio=1)
    table.add_column("seen", justify="right")
    table.add_column("replayed past queries", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for proposal in learned.proposals:
        style = _GAP_STYLE.get(proposal.gap, "") if proposal.gap else ""
        gap = Text((proposal.gap or "").replace("_", " "), style=style)
        table.add_row(
            gap,
            Text(plain(proposal.title)),
            str(proposal.support),
            _replayed(proposal),
            _status(proposal.status),
        )
    return table


def _replayed(proposal: ListedProposal) -> Text:
    verification = proposal.verification
    if verification is None:
        return Text("not replayed", style="dim")
    fixes = verification.count(ReplayEffect.FIXED)
    breaks = verification.count(ReplayEffect.BROKEN)
    return Text.assemble(
        (f"breaks {breaks}", "bold red" if breaks else "dim"),
        ", ",
        (f"fixes {fixes}", "green" if fixes else "dim"),
    )


def _status(status: ProposalStatus) -> Text:
    return Text(status.replace("_", " "), style=_STATUS_STYLE.get(status, ""))


def left_out(learned: Learned) -> list[str]:
    """Return a line for each intervention that deserves a word of its own."""
    lines: list[str] = []
    for posted, detail in zip(learned.posted, learned.details, strict=True):
        line = _word_on(posted.origin, detail)
        if line:
            lines.append(f"  {posted.origin.source} {posted.origin.external_id}: {line}")
    return lines


def _word_on(origin: Origin, detail: InterventionDetail) -> str:
    note = _NOTES.get(origin, "")
    if detail.status is InterventionStatus.FAILED:
        return f"could not be read ({detail.error_code})"
    if first_gap(detail) is Gap.NONE:
        said = detail.analysis.findings[0].summary if detail.analysis else ""
        became = "nothing was proposed" if not detail.proposals else "yet it was proposed on"
        return f"{note}: {became}" if note else f"rightly a person's, {became}. {_short(said)}"
    return note


def _short(text: str, length: int = 110) -> str:
    text = " ".join(plain(text).split())
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def answers_table(changes: Sequence[Change]) -> Table:
    """Return each query before and after, with the item that the answer rests on."""
    table = Table(title="Before → after", box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("a customer asks", ratio=5)
    table.add_column("before", no_wrap=True)
    table.add_column("after", no_wrap=True)
    table.add_column("with", ratio=4)
    for change in changes:
        table.add_row(
            Text(change.after.query.query),
            _ending(change.before),
            _ending(change.after),
            Text(plain(_with(change)), style="" if change.after.answer.answered else "dim"),
        )
    return table


def _ending(asked: Asked) -> Text:
    return Text(asked.ending.value, style=_ENDING_STYLE[asked.ending])


def _with(change: Change) -> str:
    if change.after.answer.answered:
        return ", ".join(item.title for item in change.after.answer.items_used)
    if change.after.query.gap_key is None:
        return "rightly a person's"
    return "its proposal waits for you" if change.waits else "not learned"


def summary(tally: Tally) -> str:
    """Return the counts of the table in one line."""
    return (
        f"answered rightly {tally.right_before} → {tally.right_after} of {tally.queries}, "
        f"handed to a person {tally.handed_off_before} → {tally.handed_off_after} "
        f"({tally.rightly_handed_off} of them rightly, {tally.waiting} wait for your approval), "
        f"wrong answers {tally.wrong_before} → {tally.wrong_after}"
    )


def held_back(gap: HeldBackGap | None) -> str:
    """Return what became of another case of a rejected gap, and why."""
    if gap is None:
        return "nothing was held back"
    count = f"{gap.held_back} more {'case' if gap.held_back == 1 else 'cases'}"
    why = f" because: {_short(gap.reason)}" if gap.reason else ""
    return (
        f"held back: {count} of '{_short(gap.title)}' (rejected by {plain(gap.rejected_by)}{why})"
    )


def suppression_page(api: str, gap: HeldBackGap) -> str:
    """Return the address at which a person sees what a rejection holds back."""
    return f"{api}/suppressions#suppression-{gap.id}"


def highlights(api: str, found: Highlights) -> list[str]:
    """Return where to see what the loop gathered, found, held back, refused and redacted."""
    lines = ["See what the loop shows you, and what it kept from you:"]
    if found.merged is not None:
        said = f"{found.merged.support} cases in one proposal: '{_short(found.merged.title)}'"
        lines.append(_place("merged", f"{api}/proposals/{found.merged.id}", said))
    if found.contradiction is not None:
        address = f"{api}/proposals/{found.contradiction.id}"
        lines.append(_place("contradiction", address, _contradicts(found.contradiction)))
    if found.held_back is not None:
        address = suppression_page(api, found.held_back)
        said = f"another case of what was rejected: '{_short(found.held_back.title)}'"
        lines.append(_place("held back", address, said))
    if found.refused is not None:
        address = f"{api}/interventions/{found.refused.id}"
        lines.append(_place("refused", address, f"{_NOTES[PLANTED_RULE]}: nothing was proposed"))
    if found.redacted is not None:
        address = f"{api}/interventions/{found.redacted.id}"
        lines.append(_place("redacted", address, "personal data reads [NAME], [CARD] and the like"))
    return lines


def _contradicts(proposal: ProposalDetail) -> str:
    others = dict.fromkeys(plain(pair.other_title) for pair in proposal.contradictions)
    named = " and ".join(f"'{title}'" for title in others)
    return f"'{_short(proposal.title)}' contradicts {named}; it waits for you"


def _place(what: str, address: str, said: str) -> str:
    return f"  {what:<13} {address}  ({said})"


def next_steps(
    stage: Stage, info: StackInfo, learned: Learned, ask: str, links: Sequence[SignInLink]
) -> list[str]:
    """Return what a newcomer can do next, ready to be copied."""
    open_now = [p for p in learned.proposals if p.status is ProposalStatus.IN_REVIEW]
    shown = next((p for p in open_now if learned.key_of(p) == SHOWN_WAITING), None)
    shown = shown or next(iter(open_now), None)
    lines = [
        f"Now you: {len(open_now)} proposals wait for people. Nothing changes until they decide.",
        f"  inbox         {info.api}/",
    ]
    if shown is not None:
        lines.append(f"  start with    {info.api}/proposals/{shown.id}  ({plain(shown.title)})")
    lines += [
        *(f"  sign in as    {link.role:<8}  {link.url}" for link in links),
        *(_ABOUT_LINKS if links else ()),
        f"  Temporal UI   {info.temporal_ui or '(that of your own server)'}",
    ]
    if shown is not None:
        lines += ["", "Approve it there, or here, and ask again:"]
        lines += [f"  {command}" for command in commands(stage, info, shown, ask)]
    return lines


def commands(stage: Stage, info: StackInfo, shown: ListedProposal, ask: str) -> list[str]:
    """Return the shell commands that approve a proposal and ask what it answers."""
    body = json.dumps({"query": ask})
    agent = stage.keys[ApiRole.AGENT.value]
    curl = ["curl", "-s", f"{info.api}/v1/ask", "-H", f"Authorization: Bearer {agent}"]
    curl += ["-H", "Content-Type: application/json", "-d", body]
    return [f".venv/bin/learning-loop approve {shown.id}", shlex.join(curl)]
