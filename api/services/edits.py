"""Refuses edits that would carry a customer's personal data, or invented words, into an item."""

import json
import re

from analysis.redaction import PersonalDataKind, contains_personal_data, strip_invisible
from api.problems import invalid_field
from domain.knowledge import Change
from domain.proposals import Proposal
from store.database import Connection
from store.interventions import get_intervention
from store.proposals import list_evidence

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


async def refuse_personal_data(
    connection: Connection, workspace: str, proposal: Proposal, edit: Change
) -> None:
    """Raise a 422 problem for an edit that repeats personal data of the cases behind a proposal.

    What stands in the proposal already, or in none of its conversations, is the reviewer's own
    to write: the address of a help desk is no customer's.
    """
    text = strip_invisible(_text_of(edit))
    found = {text[match.start : match.end] for match in contains_personal_data(text)}
    found = {value for value in found if value not in _text_of(proposal.change)}
    if not found:
        return
    for evidence in await list_evidence(connection, workspace, proposal.id):
        stored = await get_intervention(connection, workspace, evidence.intervention_id)
        said = strip_invisible(_plain(stored.submission.model_dump(mode="json")))
        if any(value in said for value in found):
            raise invalid_field(
                _FIELD, "repeats personal data of the conversation; word it without"
            )


def _text_of(change: Change) -> str:
    return _plain(change.content.model_dump(mode="json"))


def _plain(value: object) -> str:
    """Return every text of a JSON value, a line each."""
    if isinstance(value, str):
        return value
    texts = re.findall(r'"((?:[^"\\]|\\.)*)"', json.dumps(value, ensure_ascii=False))
    return "\n".join(json.loads(f'"{text}"') for text in texts)
