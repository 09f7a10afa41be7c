"""A change as a form: its texts as they were typed, and the change that a sent form asks for."""

import json
import re
from collections.abc import Sequence
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from analysis.personal_fields import PersonalPart
from analysis.redaction import strip_invisible
from api.diffs import field_text
from api.fields import field_problems
from api.pages.visitor import Form
from api.problems import FieldProblem, ProblemError, invalid
from api.services.edits import PersonalDataProblem
from domain.knowledge import Change, ItemContent

_SHORT = frozenset({"title", "name", "system", "server", "tags"})
_PREFIX = "edited_change.content."


class EditField(BaseModel):
    """One field: its text, and what is wrong with it."""

    name: str
    text: str
    is_long: bool
    error: str = ""


class EditForm(BaseModel):
    """The form: `content_hash` is that of the draft which it edits.

    `wordings` are those of the change, `kept` those that are ticked; `found` is personal data that
    stands in the edit. `is_dirty` says whether it holds what nobody has saved.
    """

    content_hash: str
    fields: list[EditField]
    wordings: tuple[str, ...]
    kept: frozenset[str]
    comment: str = ""
    found: list[PersonalPart] = []
    is_dirty: bool = False

    @property
    def focus(self) -> str:
        """The field to begin with: the first that is wrong, or the first long one."""
        wrong = [field.name for field in self.fields if field.error]
        long = [field.name for field in self.fields if field.is_long]
        return next(iter([*wrong, *long, ""]))


def form_of(
    change: Change,
    content_hash: str,
    *,
    typed: Form | None = None,
    problem: ProblemError | None = None,
) -> EditForm:
    """Return the form of a change, with what somebody has typed into it and what is wrong."""
    given = typed or {}
    errors = _errors(problem)
    content = change.content.model_dump(mode="json")
    return EditForm(
        content_hash=content_hash,
        fields=[
            EditField(
                name=name,
                text=given.get(f"field_{name}", field_text(value)),
                is_long=name not in _SHORT,
                error=errors.get(name, ""),
            )
            for name, value in content.items()
        ],
        wordings=change.phrasings,
        kept=frozenset(change.phrasings if typed is None else kept_wordings(change, typed)),
        comment=given.get("comment", ""),
        found=problem.parts if isinstance(problem, PersonalDataProblem) else [],
        is_dirty=typed is not None,
    )


def _errors(problem: ProblemError | None) -> dict[str, str]:
    """Return what is wrong by the field of the content; of a tool's parts the path is named."""
    found: dict[str, list[str]] = {}
    for error in problem.errors if problem else ():
        path = error.field.removeprefix(_PREFIX).removeprefix("content.")
        name = re.split(r"[.\[]", path)[0]
        found.setdefault(name, []).append(
            error.message if name == path else f"{path} {error.message}"
        )
    return {name: "; ".join(messages) for name, messages in found.items()}


def kept_wordings(change: Change, form: Form) -> Sequence[str]:
    """Return the wordings of the change that are ticked, in its order.

    They are ticked by what they say: a draft that came meanwhile may have them in other places.
    """
    ticked = {text for name, text in form.items() if name.startswith("wording_")}
    return [text for text in change.phrasings if strip_invisible(text) in ticked]


def edited_change(change: Change, form: Form) -> Change:
    """Return the change with the content that the form holds; raises the 422 problem."""
    values: dict[str, Any] = {}
    for name in type(change.content).model_fields:
        text = form.get(f"field_{name}", "")
        if name == "tags":
            values[name] = tuple(tag.strip() for tag in text.split(",") if tag.strip())
        elif name == "tools":
            values[name] = _json_list(text)
        else:
            # A browser sends line breaks as two characters; texts are stored with one.
            values[name] = text.replace("\r\n", "\n")
    return change.model_copy(
        update={
            "content": _valid(type(change.content), values),
            "phrasings": tuple(kept_wordings(change, form)),
        }
    )


def _json_list(text: str) -> list[Any]:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list):
        raise invalid([FieldProblem(field="tools", message="must be a JSON array of tools")])
    return cast(list[Any], value)


def _valid(model: type[ItemContent], values: dict[str, Any]) -> ItemContent:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(field_problems(cast(list[dict[str, Any]], error.errors()))) from None
