"""The role that processes sign in as: it owns nothing and can become nobody but the application.

`SET ROLE` in a session of the tables' owner binds only who does not reset it. A session of this
role has nothing to go back to.
"""

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row

from store.queries import query

LOGIN = "learning_loop_login"

_MAKE = (query("create_login"),)
_CHANGE = (query("change_login"), query("confine_login"))


class LoginError(RuntimeError):
    """The login could not be made; the message says why and what to do."""


def ensure_login(owner_url: str, password: str, *, name: str = LOGIN) -> None:
    """Make the login, or give it this password; safe to call again.

    The server gets only the password's SCRAM verifier, so that its log cannot hold the password.
    Raises LoginError when the owner may not make roles, or when a role of that name can do more
    than the application may.
    """
    with psycopg.Connection[DictRow].connect(owner_url, row_factory=dict_row) as connection:
        connection.execute(query("lock_logins"))
        found = connection.execute(query("find_login"), {"name": name}).fetchone()
        if found is not None:
            _check(name, found)
        verifier = connection.pgconn.encrypt_password(
            password.encode(), name.encode(), b"scram-sha-256"
        ).decode()
        values = {"name": sql.Identifier(name), "password": sql.Literal(verifier)}
        try:
            for statement in _CHANGE if found else _MAKE:
                connection.execute(sql.SQL(statement).format(**values))
        except psycopg.errors.InsufficientPrivilege:
            raise LoginError(
                f"{connection.info.user} may not make the role {name}: give it CREATEROLE, or "
                f"make the role by hand as 'CREATE ROLE {name} LOGIN PASSWORD … IN ROLE "
                "learning_loop_app' and name it in DATABASE_URL"
            ) from None


def _check(name: str, found: DictRow) -> None:
    if found["is_owner"]:
        raise LoginError(f"{name} is the owner itself: the login needs a name of its own")
    if found["is_powerful"] or found["is_others"] or found["owns"]:
        raise LoginError(
            f"the role {name} exists and can do more than the application may: take its "
            "attributes, memberships and tables away, or name another"
        )
