"""`/v1/hooks/slack`: buttons, dialogs and the slash command of our Slack app."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from api.context import ContextDep
from api.openapi import problems
from api.problems import ProblemError
from api.services.slack_acts import SlackActs
from gateways.slack_requests import NotFromSlackError, check_signature, read_act

router = APIRouter(prefix="/v1/hooks", tags=["hooks"])


@router.post(
    "/slack",
    summary="What people do in Slack",
    description="Called by Slack only, signed with the app's signing secret. Without one in the "
    "settings there is no such call.",
    responses=problems(401, 404, 413, 503),
)
async def take_slack(request: Request, context: ContextDep) -> Response:
    """Do what a person has pressed or typed; answer before Slack gives up waiting."""
    secret, slack = context.settings.slack_signing_secret, context.channels.slack
    if secret is None or slack is None:
        raise ProblemError(404, "not_found", "Slack is not set up here")
    body = await request.body()
    try:
        check_signature(secret.get_secret_value(), body, request.headers, datetime.now(UTC))
        act = read_act(body)
    except NotFromSlackError:
        raise ProblemError(
            401, "bad_signature", "This was not signed by Slack a moment ago"
        ) from None
    reply = await SlackActs(context, slack).do(act, request.headers["x-slack-signature"])
    background = BackgroundTask(reply.later) if reply.later else None
    if reply.body is None:
        return Response(status_code=200, background=background)
    return JSONResponse(reply.body, background=background)
