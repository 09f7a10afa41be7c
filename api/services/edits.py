"""Keeps personal data, placeholders and invented wordings out of what people approve."""

import asyncio
import re
from collections.abc import Sequence

from analysis.personal_fields import PersonalPart, personal_data_in
from analysis.redaction import PersonalDataKind
from api.problems import FieldProblem, ProblemError, invalid_field
from domain.knowledge import Change
from domain.proposals import Proposal
from domain.wordings import can_have_phrasings
from domain.workspace_settings import MAX_PUBLIC_TEXTS, WorkspaceSettings
from store import workspaces
from store.database import Connection

_PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(PersonalDataKind)})(?:_\d{{1,6}})?\]")
_FIELD = "edited_change.content"


def refuse_placeholders(edit: Change, field: str = _FIELD) -> None:
    """Raise a 422 problem for an edit that holds what redaction has left in place of a value.

    `field` is where the edit stands in the request.
    """
    if _PLACEHOLDER.search(edit.content.model_dump_json()):
        raise invalid_field(
            field, "holds a placeholder of removed personal data, such as [NAME]; word it without"
        )


def with_shown_wordings(edit: Change, shown: Change) -> Change:
    """Return an edit with the wordings that are shown, if it says nothing of any.

    An empty list drops all; whoever leaves the field out may not know of wordings.
    """
    if "phrasings" in edit.model_fields_set or not can_have_phrasings(edit):
        return edit
    return edit.model_copy(update={"phrasings": shown.phrasings})


def refuse_invented_wordings(proposal: Proposal, edit: Change) -> None:
    """Raise a 422 problem for an edit with a wording that the proposal does not show.

    Wordings are what customers wrote: a reviewer may leave some out, and make up none.
    """
    if set(edit.phrasings) - set(proposal.change.phrasings):
        raise invalid_field(
            "edited_change.phrasings",
            "may leave out wordings of the proposal, and neither add nor reword one: they are "
            "what customers wrote",
        )


async def unconfirmed_personal_data(
    settings: WorkspaceSettings, change: Change, not_personal: Sequence[str]
) -> list[PersonalPart]:
    """Return the personal data that a change holds, without what is nobody's.

    That is what the workspace has as public, and what the caller says to be `not_personal`.
    """
    public = (*settings.public_texts, *not_personal)
    # In a thread: a long text takes a while.
    return await asyncio.to_thread(personal_data_in, change, public)


async def keep_public_texts(
    connection: Connection, workspace: str, change: Change, not_personal: Sequence[str]
) -> list[str]:
    """Keep as the workspace's public texts what the change holds of `not_personal`; return it.

    What the change does not hold, or what was public before, is not kept. Raises a 422 problem if
    there are too many.
    """
    if not not_personal:
        return []
    # Locked: of two that read the same texts and add to them, only one would be kept.
    settings = await workspaces.lock_settings(connection, workspace)
    parts = await asyncio.to_thread(personal_data_in, change, settings.public_texts)
    confirmed = sorted({part.text for part in parts} & set(not_personal))
    if confirmed:
        texts = [*settings.public_texts, *confirmed]
        if len(texts) > MAX_PUBLIC_TEXTS:
            raise invalid_field(
                "not_personal",
                f"a workspace keeps at most {MAX_PUBLIC_TEXTS:,} public texts; an administrator "
                "can take some out of its settings",
            )
        await workspaces.change_settings(connection, workspace, {"public_texts": [*texts]})
    return confirmed


class PersonalDataProblem(ProblemError):
    """Somebody would publish personal data; it names the fields and the kinds, and what to do."""

    def __init__(self, parts: Sequence[PersonalPart], change: str = "") -> None:
        """Name the `parts`; `change` is where the change stands in the request."""
        super().__init__(
            422,
            "personal_data",
            "What would be published still holds personal data",
            "Edit it out. What is nobody's personal data, such as the company's own address, can "
            "be confirmed by its exact text in `not_personal`.",
            errors=[
                FieldProblem(
                    field=f"{change}{part.field}",
                    message=f"holds what looks like a person's {_WORDS[part.kind]}: {part.text}",
                )
                for part in parts
            ],
        )
        self.parts = list(parts)


_WORDS = {
    PersonalDataKind.NAME: "name",
    PersonalDataKind.EMAIL: "email address",
    PersonalDataKind.PHONE: "phone number",
    PersonalDataKind.CARD: "card number",
    PersonalDataKind.IBAN: "bank account",
    PersonalDataKind.SSN: "social security number",
    PersonalDataKind.ID: "number or id",
    PersonalDataKind.ADDRESS: "postal address",
    PersonalDataKind.DATE_OF_BIRTH: "date of birth",
    PersonalDataKind.IP: "IP address",
    PersonalDataKind.URL_WITH_ID: "personal link",
}
