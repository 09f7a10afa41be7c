"""Links in mails that work without signing in: signed, for one purpose, and naming nobody."""

from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from pydantic import BaseModel, ConfigDict, ValidationError

CONFIRMATION_AGE_SECONDS = 24 * 3600


class MailOfNotice(BaseModel):
    """The notice that a mail told of; who got it is in the record only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    w: str
    n: UUID


class NewAddress(BaseModel):
    """Whose new address a mail went to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    w: str
    person: str
    email: str


class EmailLinks:
    """Signs and reads what such links carry, with the secret that sessions are signed with."""

    def __init__(self, secret: str) -> None:
        """Use `secret`; the worker and the API need the same."""
        self._endings = URLSafeSerializer(secret, salt="learning-loop-unsubscribe")
        self._confirmations = URLSafeTimedSerializer(secret, salt="learning-loop-address")

    def unsubscribe(self, api_url: str, workspace: str, notice_id: UUID) -> str:
        """Return the address that ends a person's mails. It does not expire (RFC 8058)."""
        token = self._endings.dumps(MailOfNotice(w=workspace, n=notice_id).model_dump(mode="json"))
        return f"{api_url}/unsubscribe/{token}"

    def read_unsubscribe(self, token: str) -> MailOfNotice | None:
        """Return what we have signed, or None."""
        try:
            return MailOfNotice.model_validate(self._endings.loads(token))
        except (BadSignature, ValidationError):
            return None

    def confirm(self, api_url: str, workspace: str, person: str, email: str) -> str:
        """Return the address that confirms a typed mail address, for a day."""
        new = NewAddress(w=workspace, person=person, email=email)
        return f"{api_url}/confirm-email/{self._confirmations.dumps(new.model_dump())}"

    def read_confirm(self, token: str) -> NewAddress | None:
        """Return what we have signed lately, or None."""
        try:
            found: object = self._confirmations.loads(token, max_age=CONFIRMATION_AGE_SECONDS)
            return NewAddress.model_validate(found)
        except (BadSignature, ValidationError):
            return None
