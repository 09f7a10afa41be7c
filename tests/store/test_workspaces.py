"""The language of a workspace decides how its words are read."""

import pytest

from domain.errors import NotFoundError
from store import search, workspaces
from tests.api.fakes import DIMENSION, WordEmbedder
from tests.api.rows import Rows, adding


async def lexical_order(rows: Rows, query: str, language: str | None = None) -> list[str]:
    """Return the answers that words alone would put first: the vector says nothing."""
    async with rows.database.transaction(rows.workspace) as connection:
        hits = await search.search(
            connection,
            rows.workspace,
            text=query,
            embedding=[1.0] + [0.0] * (DIMENSION - 1),
            model=WordEmbedder().name,
            language=language,
        )
    return [hit.item.content.search_text().splitlines()[-1] for hit in hits]


async def set_language(rows: Rows, language: str) -> int:
    async with rows.database.transaction(rows.workspace) as connection:
        return await workspaces.set_language(connection, rows.workspace, language)


async def test_a_new_workspace_is_in_english(rows: Rows) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        assert await workspaces.get_language(connection, rows.workspace) == "en"


async def test_an_unknown_workspace_has_no_language(rows: Rows) -> None:
    async with rows.database.transaction("none") as connection:
        with pytest.raises(NotFoundError):
            await workspaces.set_language(connection, "none", "de")


async def test_what_is_stored_already_is_read_in_the_new_language(rows: Rows) -> None:
    """German finds "Häuser" for "Haus"; English does not know that they are one word."""
    await rows.item(adding("Parkplätze sind rar."))
    await rows.item(adding("Die Häuser sind rot."))
    assert await set_language(rows, "de") > 0
    assert (await lexical_order(rows, "haus"))[0] == "Die Häuser sind rot."
    assert (await lexical_order(rows, "parkplatz"))[0] == "Parkplätze sind rar."
    assert await set_language(rows, "de") == 0


async def test_a_question_can_be_in_another_language(rows: Rows) -> None:
    await set_language(rows, "de")
    await rows.item(adding("Parkplätze sind rar."))
    await rows.item(adding("Die Häuser sind rot."))
    orders = [await lexical_order(rows, text) for text in ("häuser", "parkplätze")]
    assert orders[0] != orders[1]
    in_english = [await lexical_order(rows, text, "en") for text in ("häuser", "parkplätze")]
    assert in_english[0] == in_english[1]
