"""Reads the escalation policies from their YAML file."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from domain.escalation import EscalationPolicies

DEFAULT_FILE = Path(__file__).with_name("escalation.yaml")


class EscalationFileError(ValueError):
    """The escalation file cannot be used."""


def load_escalation_policies(file: Path | None = None) -> EscalationPolicies:
    """Return the policies of `file`, or the product's own.

    Raises EscalationFileError naming the file, the field and what is wrong with it.
    """
    source = file or DEFAULT_FILE
    try:
        data: Any = yaml.safe_load(source.read_text(encoding="utf-8"))
        return EscalationPolicies.model_validate(data)
    except (OSError, yaml.YAMLError) as error:
        raise EscalationFileError(f"{source.name}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise EscalationFileError(f"{source.name}: {field}: {first['msg']}") from error
