"""Addresses of things elsewhere."""

import os
from urllib.parse import quote
from uuid import UUID

from domain.proposals import Origin
from gateways.settings import Settings
from workflows.messages import workflow_id_of_origin


def workflow_url(settings: Settings, workspace: str, intervention_id: UUID) -> str | None:
    """Return the page of an intervention's workflow in Temporal's UI; None if there is no UI."""
    return workflow_url_of(settings, workspace, Origin.intervention(intervention_id))


def workflow_url_of(settings: Settings, workspace: str, origin: Origin) -> str | None:
    """Return the page of an origin's workflow in Temporal's UI; None if there is no UI."""
    if settings.temporal_ui_url is None:
        return None
    # Temporal's own variable: its UI shows one namespace a page.
    namespace = quote(os.environ.get("TEMPORAL_NAMESPACE") or "default", safe="")
    workflow = quote(workflow_id_of_origin(workspace, origin), safe="")
    return f"{settings.temporal_ui_url.rstrip('/')}/namespaces/{namespace}/workflows/{workflow}"
