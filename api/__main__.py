"""Runs the API: `python -m api`, configured by the environment."""

import contextlib
import sys

import uvicorn
from pydantic import ValidationError
from uvicorn.config import STARTUP_FAILURE

from api.app import create_app
from api.server import Server
from gateways.logs import set_up_logs
from gateways.settings import explain, load_settings


def main() -> int:
    """Serve until SIGINT or SIGTERM; return the exit code."""
    set_up_logs()
    try:
        settings = load_settings()
    except ValidationError as error:
        sys.stderr.write(f"api: set or mend these settings: {explain(error)}\n")
        return 2
    config = uvicorn.Config(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        # Our own middleware writes one line a request, without what callers put into addresses.
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    return 0 if server.started else STARTUP_FAILURE


if __name__ == "__main__":
    raise SystemExit(main())
