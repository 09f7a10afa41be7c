"""Calls Claude for one JSON object of a given shape, with named errors and the tokens spent.

Prompts and the meaning of outputs are the callers' own. Retries are Temporal's.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

import anthropic
from anthropic import AsyncAnthropic
from anthropic.lib.bedrock import AsyncAnthropicBedrock
from anthropic.lib.vertex import AsyncAnthropicVertex
from anthropic.types import Message, OutputConfigParam, TextBlockParam, Usage
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from httpx2 import Timeout
from pydantic import BaseModel, JsonValue, ValidationError

from domain.findings import ModelUsage
from domain.model_calls import CallOutcome, ModelCall, ServiceTier
from gateways.claude_failures import failure_of
from gateways.claude_meter import current_meter, failed_call
from gateways.claude_prices import load_prices
from gateways.claude_settings import ClaudeSettings, Provider
from gateways.errors import (
    ModelError,
    ModelOutputInvalidError,
    ModelRefusedError,
    ModelTruncatedError,
    ModelUnavailableError,
)

SdkClient = AsyncAnthropic | AsyncAnthropicBedrock | AsyncAnthropicVertex
OutputT = TypeVar("OutputT", bound=BaseModel)
ResultT = TypeVar("ResultT")

CONNECT_SECONDS = 10.0


@dataclass(frozen=True)
class Completion(Generic[OutputT]):
    """A valid output, and what it cost."""

    output: OutputT
    usage: ModelUsage


@dataclass(frozen=True)
class Question(Generic[OutputT, ResultT]):
    """What to ask: instructions, data, the shape of the output, and how it is read.

    `read` makes the result of an output and its cost; it raises ModelOutputInvalidError for one
    that breaks a rule which the shape cannot say.
    """

    system: str
    user: str
    output: type[OutputT]
    read: Callable[[OutputT, ModelUsage], ResultT]


def build_sdk_client(settings: ClaudeSettings) -> SdkClient:
    """Return the SDK's client for the provider: no retries, no tracing of contents."""
    # At DEBUG the SDK logs whole requests, and a transcript must not reach a log.
    logging.getLogger("anthropic").setLevel(logging.INFO)
    timeout = Timeout(
        settings.timeout_seconds, connect=min(CONNECT_SECONDS, settings.timeout_seconds)
    )
    match settings.provider:
        case Provider.ANTHROPIC:
            return AsyncAnthropic(
                api_key=settings.api_key.get_secret_value() if settings.api_key else None,
                base_url=settings.base_url,
                timeout=timeout,
                max_retries=0,
                open_telemetry=False,
            )
        case Provider.BEDROCK:
            return AsyncAnthropicBedrock(
                aws_region=settings.aws_region,
                base_url=settings.base_url,
                timeout=timeout,
                max_retries=0,
                open_telemetry=False,
            )
        case Provider.VERTEX:
            return AsyncAnthropicVertex(
                project_id=settings.vertex_project or "",
                region=settings.vertex_region or "",
                base_url=settings.base_url,
                timeout=timeout,
                max_retries=0,
                open_telemetry=False,
            )


class ClaudeClient:
    """One provider's Claude. Holds a connection pool; close it when done."""

    def __init__(self, settings: ClaudeSettings, sdk: SdkClient | None = None) -> None:
        """Build the SDK's client unless one is given."""
        self.settings = settings
        self.sdk = sdk or build_sdk_client(settings)

    def __repr__(self) -> str:
        """Name the provider and the model, never the key."""
        return f"ClaudeClient({self.settings.provider}, {self.settings.model})"

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self.sdk.close()

    async def complete(
        self, *, system: str, user: str, output: type[OutputT]
    ) -> Completion[OutputT]:
        """Return Claude's answer to `user` under the instructions `system`, as an `output`.

        Raises as `ask` does.
        """

        def read(answer: OutputT, usage: ModelUsage) -> Completion[OutputT]:
            return Completion(answer, usage)

        return await self.ask(Question(system, user, output, read))

    async def ask(self, question: Question[OutputT, ResultT]) -> ResultT:
        """Return what the question reads in Claude's answer.

        The instructions are marked for the prompt cache; the model gets no tools. The meter of
        the context is asked first and told afterwards, however the call ends. Raises a
        ModelError, whose `usage` says what was spent.
        """
        meter = current_meter()
        if meter is not None:
            await meter.admit()
        try:
            message = await self._create(question)
            usage = self.usage_of(message.usage)
            result = self.read(question, message, usage)
        except ModelError as error:
            if meter is not None:
                await meter.record(failed_call(self.settings.model, error))
            raise
        if meter is not None:
            call = ModelCall(model=self.settings.model, outcome=CallOutcome.OK, usage=usage)
            await meter.record(call)
        return result

    def params_of(self, question: Question[OutputT, ResultT]) -> MessageCreateParamsNonStreaming:
        """Return the request's body, the same for a call and in a batch."""
        return {
            "model": self.settings.model,
            "max_tokens": self.settings.max_output_tokens,
            "system": [_cached(question.system)],
            "messages": [{"role": "user", "content": question.user}],
            "output_config": self._output_config(question.output),
        }

    def read(
        self, question: Question[OutputT, ResultT], message: Message, usage: ModelUsage
    ) -> ResultT:
        """Return what the question reads in a message; raises a ModelError."""
        _check_stop(message, usage)
        text = "".join(block.text for block in message.content if block.type == "text")
        return question.read(parse_output(text, question.output, usage), usage)

    def usage_of(self, usage: Usage, tier: ServiceTier = ServiceTier.STANDARD) -> ModelUsage:
        """Return the tokens of a message, and their price where it is known."""
        counted = ModelUsage(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cache_read_tokens=usage.cache_read_input_tokens or 0,
            cache_write_tokens=usage.cache_creation_input_tokens or 0,
        )
        # Amazon and Google have price lists of their own.
        if self.settings.provider is not Provider.ANTHROPIC:
            return counted
        cost = load_prices().cost_of_call(self.settings.model, counted, tier)
        return counted.model_copy(update={"cost_usd": cost})

    async def _create(self, question: Question[OutputT, ResultT]) -> Message:
        failure: ModelError | None = None
        message: object = None
        try:
            message = await self.sdk.messages.create(**self.params_of(question))
        except Exception as error:
            failure = failure_of(error)
            if failure is None:
                raise
        # Raised out here so that not even `__context__` keeps the SDK's exception, which holds
        # the request with the transcript in it.
        if failure is not None:
            raise failure
        return as_message(message)

    def _output_config(self, output: type[BaseModel]) -> OutputConfigParam:
        config: OutputConfigParam = {
            "format": {"type": "json_schema", "schema": anthropic.transform_schema(output)}
        }
        if self.settings.effort is not None:
            config["effort"] = self.settings.effort
        return config


def as_message(message: object) -> Message:
    """Return what came as a message; raises ModelUnavailableError for anything else."""
    # The SDK does not validate replies; a proxy's login page arrives here as a str.
    if not isinstance(message, Message) or not isinstance(getattr(message, "usage", None), Usage):
        raise ModelUnavailableError("what answered is not the Messages API")
    return message


def parse_output(text: str, output: type[OutputT], usage: ModelUsage) -> OutputT:
    """Return the model's text as an `output`; raises ModelOutputInvalidError."""
    try:
        return output.model_validate_json(text)
    except ValidationError as error:
        # Not even a field's path is kept: in an unexpected field, the model chose the name.
        kinds = sorted({problem["type"] for problem in error.errors(include_input=False)})
    raise ModelOutputInvalidError(
        f"the output does not fit {output.__name__}: {', '.join(kinds)}", usage=usage
    )


def data_block(tag: str, value: JsonValue) -> str:
    """Return `value` as JSON between <tag> and </tag>; no text inside can close the tag."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f"<{tag}>\n{text}\n</{tag}>"


def _cached(text: str) -> TextBlockParam:
    return {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}


def _check_stop(message: Message, usage: ModelUsage) -> None:
    match message.stop_reason:
        case "refusal":
            category = message.stop_details.category if message.stop_details else None
            raise ModelRefusedError(
                f"the model refused to answer ({category or 'no category given'})", usage=usage
            )
        case "max_tokens":
            raise ModelTruncatedError(
                "the output reached max_output_tokens and was cut off", usage=usage
            )
        case "model_context_window_exceeded":
            raise ModelTruncatedError("the context window is full", usage=usage)
        case _:
            return
