"""Connecting to Temporal, and how values and failures are written into its histories."""

import dataclasses

from temporalio.api.failure.v1 import Failure
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverter, PayloadConverter
from temporalio.envconfig import ClientConfig

DEFAULT_ADDRESS = "127.0.0.1:7233"


class QuietFailureConverter(DefaultFailureConverter):
    """Keeps stack traces out of histories: they may quote values, and everybody can read them."""

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """Write the exception's type and message, and those of its causes, and nothing else."""
        super().to_failure(exception, payload_converter, failure)
        part: Failure | None = failure
        while part is not None:
            part.stack_trace = ""
            part = part.cause if part.HasField("cause") else None


def data_converter() -> DataConverter:
    """Return the converter that every client and worker of the product uses."""
    return dataclasses.replace(
        pydantic_data_converter, failure_converter_class=QuietFailureConverter
    )


async def connect(*, lazy: bool = False) -> Client:
    """Connect as Temporal's own environment configuration says (`TEMPORAL_ADDRESS`, profiles …).

    Without any it is the local development server. Raises RuntimeError if it cannot be reached,
    unless `lazy`: then the first call does.
    """
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", DEFAULT_ADDRESS)
    return await Client.connect(**config, data_converter=data_converter(), lazy=lazy)
