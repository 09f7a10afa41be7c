"""`learning-loop demo`: starts the stack, tells the loop's story on a small company, stays up."""

from enum import StrEnum
from pathlib import Path

from client.errors import ClientError
from demo import report, story
from demo.content import Company, DemoQuery, load_company, load_interventions, load_queries
from demo.highlights import Highlights, find_highlights
from demo.plan import REJECTED_GAP, REJECTION, REPEAT, SHOWN_WAITING, Origin
from demo.story import Callers, Learned, Posted
from demo.teller import Step, Teller
from demo.verdict import changes_of, tally, what_did_not_hold
from demo.workspaces import Stage, choose_stage
from domain.base import JsonObject
from embedded.home import StackInfo
from embedded.sign_in import SignInLink, sign_in_links
from embedded.stack import EmbeddedStack
from embedded.up import run_stack

STORY_BROKE = 1


class Ends(StrEnum):
    """When the demo ends."""

    ON_CTRL_C = "on_ctrl_c"
    AFTER_THE_STORY = "after_the_story"


def run_demo(home: Path, ends: Ends = Ends.ON_CTRL_C, teller: Teller | None = None) -> int:
    """Run the demo; return the exit code: 0, or 1 if the stack or (`--exit`) the story failed."""
    demo = Demo(teller or Teller(), ends)
    code = run_stack(home, demo.play, demo.teller)
    return code or (demo.code if demo.gave_up or ends is Ends.AFTER_THE_STORY else 0)


class Demo:
    """One run: its output, and its exit code once it is over."""

    def __init__(self, teller: Teller, ends: Ends) -> None:
        """Tell on `teller`."""
        self.teller = teller
        self.code = STORY_BROKE
        self.gave_up = False
        self._ends = ends
        self._stack: EmbeddedStack | None = None
        self._company: Company = load_company()
        self._queries: list[DemoQuery] = load_queries()
        self.teller.line("Starting Postgres, Temporal, the worker and the API …")

    async def play(self, stack: EmbeddedStack) -> None:
        """Tell the story on a stack that is up, then keep it up."""
        self._stack = stack
        self.teller.line(f"✓ The stack is up  ({self.teller.seconds():.1f} s)")
        try:
            stage = await choose_stage(stack)
            self._announce(stage)
            async with story.callers(stack.info.api, stage.keys) as callers:
                await self._tell(callers, stage, stack.info)
        except ClientError as error:
            self.gave_up = True
            self.teller.line(f"The demo cannot go on. {error}", style="bold red")
            return
        if self._ends is Ends.ON_CTRL_C:
            self.teller.line("")
            self.teller.line("Ctrl-C stops everything; the data stays in .learning-loop.")
            await stack.wait()

    def _announce(self, stage: Stage) -> None:
        company = self._company
        if stage.keys_file is not None:
            self.teller.line(
                f"This folder has data already; it stays as it is. This run plays in the new "
                f"workspace {stage.workspace}, with keys of its own ({stage.keys_file.name})."
            )
        self.teller.line("")
        self.teller.line(f"{company.name}: {' '.join(company.about.split())}")
        self.teller.line("")

    async def _tell(self, callers: Callers, stage: Stage, info: StackInfo) -> None:
        teller, queries = self.teller, self._queries
        ids, before = await self._begin(callers)
        rows = load_interventions()
        repeat = [row for row in rows if _origin_of(row) == REPEAT]
        learned = await self._learn(callers, [row for row in rows if row not in repeat], ids)
        with teller.step("Reviewers approve some of them") as step:
            await story.decide_all(callers, learned, step.detail)
        learned, shown = await self._reject(callers, learned, repeat, ids)
        if shown.held_back is not None:
            teller.line(f"  {report.suppression_page(info.api, shown.held_back)}")
        teller.console.print(report.found_table(learned))
        for line in report.left_out(learned):
            teller.line(line, style="dim")
        teller.line("")
        with teller.step(f"The same {len(queries)} queries are asked again"):
            after = await story.ask_all(callers, queries)
        changes = changes_of(before, after, learned)
        teller.console.print(report.answers_table(changes))
        teller.line(f"{report.summary(tally(changes))}  ({teller.seconds():.1f} s in all)")
        self._judge(what_did_not_hold(learned, changes, shown))
        ask = next(query.query for query in queries if query.gap_key == SHOWN_WAITING)
        for lines in (
            report.highlights(info.api, shown),
            report.next_steps(stage, info, learned, ask, await self._links(stage)),
        ):
            teller.line("")
            for line in lines:
                teller.line(line)

    async def _links(self, stage: Stage) -> list[SignInLink]:
        """Return links for people who stay; whoever ends after the story needs none."""
        if self._stack is None or self._ends is Ends.AFTER_THE_STORY:
            return []
        return await sign_in_links(self._stack, stage.workspace)

    def _judge(self, problems: list[str]) -> None:
        for problem in problems:
            self.teller.line(f"! {problem}", style="red")
        self.code = STORY_BROKE if problems else 0

    async def _begin(self, callers: Callers) -> tuple[dict[str, str], list[story.Asked]]:
        """Return the items' ids by slug, and how the queries end before anything is learned."""
        teller, company, queries = self.teller, self._company, self._queries
        with teller.step("The company's knowledge is brought in") as step:
            ids = await story.import_company(callers.admin, company)
            step.outcome = (
                f"{len(company.articles)} articles, {len(company.policies)} policies, "
                f"{len(company.tool_names())} tools"
            )
        with teller.step(f"{len(queries)} customers' queries are asked") as step:
            before = await story.ask_all(callers, queries)
            answered = sum(asked.answer.answered for asked in before)
            step.outcome = f"{answered} answered, {len(before) - answered} handed to a person"
        return ids, before

    async def _learn(
        self, callers: Callers, rows: list[JsonObject], ids: dict[str, str]
    ) -> Learned:
        with self.teller.step(f"{len(rows)} interventions of people are posted and read") as step:
            posted = await self._post(callers, rows, ids, step)
            learned = await story.learned_from(callers, posted)
            step.outcome = _reading(learned)
        return learned

    async def _reject(
        self, callers: Callers, learned: Learned, repeat: list[JsonObject], ids: dict[str, str]
    ) -> tuple[Learned, Highlights]:
        """Reject one proposal, post the same gap again, and return how everything is then."""
        told = "A reviewer rejects one, and another customer asks the same"
        with self.teller.step(told) as step:
            await story.reject(callers.reviewer, learned, REJECTED_GAP, REJECTION)
            posted = await self._post(callers, repeat, ids, step)
            learned = await story.learned_from(callers, [*learned.posted, *posted])
            shown = await find_highlights(callers.reviewer, learned)
            step.outcome = report.held_back(shown.held_back)
        return learned, shown

    async def _post(
        self, callers: Callers, rows: list[JsonObject], ids: dict[str, str], step: Step
    ) -> list[Posted]:
        posted: list[Posted] = []
        for wave in story.in_waves(rows):
            posted += await story.submit_wave(callers.integration, wave, ids)
            await story.wait_until_read(
                callers,
                posted,
                lambda read: step.detail(f"{read} of {len(rows)}"),
            )
        return posted


def _reading(learned: Learned) -> str:
    analysts = {d.analysis.analyst.name for d in learned.details if d.analysis is not None}
    return (
        f"{len(learned.proposals)} proposals by the {' and '.join(sorted(analysts))} analyst; "
        f"{learned.read_as_meant()} of {len(learned.details)} read as their author meant"
    )


def _origin_of(row: JsonObject) -> Origin:
    return Origin(str(row["source"]), str(row["external_id"]))
