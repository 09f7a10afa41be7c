"""The API container's health check: exits with 0 once `/readyz` answers 200."""

import os
import sys
from http.client import HTTPConnection, HTTPException


def main() -> int:
    """Ask the API of this container; return the exit code."""
    port = int(os.environ.get("LEARNING_LOOP_API_PORT") or 8000)
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, HTTPException):
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
