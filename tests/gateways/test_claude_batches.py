"""Batches with the real SDK over a real socket."""

import pytest
from pydantic import BaseModel

from domain.findings import ModelUsage
from gateways.claude_batches import ClaudeBatches
from gateways.claude_client import Question
from gateways.claude_settings import Provider
from gateways.errors import ModelError, ModelRequestError, ModelUnavailableError
from tests.fakes.claude import KEY, client_for
from tests.fakes.messages_api import MessagesApi, Reply, error

SECRET = "my card is 4000 1234"


class Word(BaseModel):
    """What is asked for."""

    word: str


def read(output: Word, usage: ModelUsage) -> str:
    return output.word


def questions(*keys: str) -> dict[str, Question[Word, str]]:
    return {key: Question("be brief", SECRET, Word, read) for key in keys}


async def test_questions_come_back_by_their_keys_whatever_became_of_them() -> None:
    async with MessagesApi(key=KEY) as api, client_for(api) as client:
        api.batches.ends_at_once = True
        api.batches.outputs = {"a": {"word": "yes"}}
        api.batches.fates = {"b": "errored", "c": "expired", "d": "canceled"}
        batches = ClaudeBatches(client)
        batch_id = await batches.create(questions("a", "b", "c", "d"))
        assert await batches.has_ended(batch_id)
        answers = {answer.key: answer async for answer in batches.answers(batch_id)}
        await batches.delete(batch_id)
    assert {key: answer.fate for key, answer in answers.items()} == {
        "a": "succeeded",
        "b": "errored",
        "c": "expired",
        "d": "canceled",
    }
    assert [key for key, answer in answers.items() if answer.message is not None] == ["a"]
    assert api.batches.deleted == [batch_id]


async def test_a_batched_request_is_that_of_a_call_so_that_both_share_the_cache() -> None:
    async with MessagesApi() as api, client_for(api) as client:
        api.batches.outputs = {}
        await ClaudeBatches(client).create(questions("a"))
        [[request]] = api.batches.requests.values()
        assert request["params"] == client.params_of(questions("a")["a"])


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(404, "not_found_error", text=SECRET), ModelRequestError),
        (error(529, "overloaded_error", text=SECRET), ModelError),
        (Reply(body=b"<html>sign in</html>", content_type="text/html"), ModelUnavailableError),
    ],
    ids=["unknown", "overloaded", "not the API"],
)
async def test_a_failure_has_a_name_and_quotes_nothing(
    reply: Reply, kind: type[ModelError]
) -> None:
    async with MessagesApi(reply) as api, client_for(api) as client:
        with pytest.raises(kind) as caught:
            await ClaudeBatches(client).has_ended("msgbatch_1")
    assert SECRET not in repr(caught.value)
    assert caught.value.__context__ is None


async def test_the_clouds_have_no_batches() -> None:
    async with MessagesApi() as api:
        client = client_for(api, provider=Provider.BEDROCK, aws_region="eu-central-1")
        with pytest.raises(TypeError):
            await ClaudeBatches(client).has_ended("msgbatch_1")
        await client.aclose()
