"""Structured logs to standard error: one line an event, without personal data or stack traces."""

import logging
import sys

import structlog


class _NoTraceback(logging.Formatter):
    """Writes the exception's type instead of its trace, which may quote what people wrote."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with the exception's type at its end if there is one."""
        if not record.exc_info or record.exc_info[0] is None:
            return super().format(record)
        name = record.exc_info[0].__name__
        bare = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None})
        return f"{super().format(bare)} [{name}]"


def set_up_logs(level: int = logging.INFO) -> None:
    """Send the standard library's and structlog's lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_NoTraceback("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx2", "httpcore2", "temporalio.worker._activity"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
