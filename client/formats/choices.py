"""What `--format` takes. Apart from the readers, which take longer to import."""

from enum import StrEnum


class Format(StrEnum):
    """What a knowledge base is written as."""

    MARKDOWN = "markdown"
    JSONL = "jsonl"
    ZENDESK = "zendesk"
    INTERCOM = "intercom"


class ExportFormat(StrEnum):
    """What an export is written as."""

    MARKDOWN = "markdown"
    JSONL = "jsonl"
