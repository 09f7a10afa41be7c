"""The login of the processes: made, kept harmless, and unable to become the owner."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from domain.identity import ApiRole
from store import audit, migrate
from store.bootstrap import ensure_workspace_and_keys
from store.database import Database
from store.keys import find_principal, new_key
from store.login import LoginError, ensure_login
from store.migrate import LOGIN_PASSWORD, OWNER_URL, MigrationError

PASSWORD = "o'clock \\ 8"


@pytest.fixture
def name(database_url: str) -> Iterator[str]:
    """The name of a role that is gone after the test."""
    name = f"login_{uuid4().hex[:8]}"
    yield name
    with psycopg.connect(database_url) as owner:
        owner.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


@pytest.fixture
def login(database_url: str, name: str) -> str:
    """How the new login signs in."""
    ensure_login(database_url, PASSWORD, name=name)
    return make_conninfo(database_url, user=name, password=PASSWORD)


def say(url: str, *statements: str) -> str:
    """Run statements in one session; return the last one's first column."""
    with psycopg.connect(url) as connection:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return str(row[0]) if row else ""


async def test_the_application_works_with_the_login(login: str, workspace: str) -> None:
    raw = new_key(ApiRole.LEAD)
    await ensure_workspace_and_keys(login, workspace, {"lead": raw})
    async with Database(login) as database, database.transaction(workspace) as connection:
        await audit.record(connection, workspace, actor="ana", action="a", subject="x")
        principal = await find_principal(connection, raw)
    assert principal is not None
    assert principal.workspace == workspace


@pytest.mark.parametrize("back", ["RESET ROLE", "SET ROLE NONE", "RESET SESSION AUTHORIZATION"])
@pytest.mark.parametrize(
    "wanted",
    [
        "UPDATE audit SET actor = 'eve'",
        "DELETE FROM audit_chain",
        "TRUNCATE audit_heads CASCADE",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "CREATE TABLE public.mine ()",
        "CREATE ROLE more",
    ],
)
def test_going_back_gains_nothing(login: str, back: str, wanted: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        say(login, "SET ROLE learning_loop_app", back, wanted)


@pytest.mark.parametrize("other", ["learning_loop", "pg_write_all_data", "pg_read_all_data"])
def test_the_login_cannot_become_another(login: str, other: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        say(login, f"SET ROLE {other}")


def test_row_level_security_binds_the_login_itself(login: str, workspace: str) -> None:
    count = "SELECT count(*) FROM workspaces"
    assert say(login, count) == "0"
    enter = f"SELECT set_config('learning_loop.workspace', '{workspace}', false)"
    assert say(login, enter, count) == "1"


def test_migrations_are_refused_with_the_login(login: str, name: str) -> None:
    with pytest.raises(MigrationError, match=f"{name} may not change the schema.*{OWNER_URL}"):
        migrate.migrate(login)


def test_a_second_call_changes_the_password(database_url: str, login: str, name: str) -> None:
    ensure_login(database_url, "another", name=name)
    with pytest.raises(psycopg.OperationalError):
        say(login, "SELECT 1")
    assert say(make_conninfo(login, password="another"), "SELECT session_user") == name


def test_the_password_is_not_what_the_server_is_sent(
    database_url: str, login: str, name: str
) -> None:
    stored = say(database_url, f"SELECT rolpassword FROM pg_authid WHERE rolname = '{name}'")
    assert stored.startswith("SCRAM-SHA-256$")


@pytest.mark.parametrize(
    "power",
    [
        "SUPERUSER",
        "BYPASSRLS",
        "CREATEROLE",
        "CREATEDB",
        "REPLICATION",
        "IN ROLE pg_write_all_data",
        "IN ROLE learning_loop",
    ],
)
def test_a_role_that_can_do_more_is_refused(database_url: str, name: str, power: str) -> None:
    say(database_url, f"CREATE ROLE {name} {power}")
    with pytest.raises(LoginError, match="can do more than the application may"):
        ensure_login(database_url, PASSWORD, name=name)


def test_the_owner_cannot_be_the_login(database_url: str) -> None:
    owner = str(conninfo_to_dict(database_url)["user"])
    with pytest.raises(LoginError, match="a name of its own"):
        ensure_login(database_url, PASSWORD, name=owner)


def test_an_owner_who_may_not_make_roles_is_told_what_to_do(login: str) -> None:
    with pytest.raises(LoginError, match="give it CREATEROLE"):
        ensure_login(login, PASSWORD, name="some_other")


@pytest.fixture
def told(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment of the migrate service; the login's address."""
    login = make_conninfo(database_url, user="learning_loop_login", password=PASSWORD)
    monkeypatch.setenv("DATABASE_URL", login)
    monkeypatch.setenv(OWNER_URL, database_url)
    monkeypatch.setenv(LOGIN_PASSWORD, PASSWORD)
    return login


def test_the_command_makes_the_login_when_told(
    told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert migrate.main() == 0
    assert say(told, "SELECT session_user") == "learning_loop_login"
    assert PASSWORD not in "".join(capsys.readouterr())


def test_the_command_makes_no_login_unless_told(
    told: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(LOGIN_PASSWORD)
    monkeypatch.setattr("store.login.LOGIN", name)
    assert migrate.main() == 0
    with pytest.raises(psycopg.OperationalError):
        say(make_conninfo(told, user=name), "SELECT 1")
