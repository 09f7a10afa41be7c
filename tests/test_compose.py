"""docker-compose.yml and Dockerfile, read as files; no Docker engine is needed."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from domain.search_attributes import SEARCH_ATTRIBUTES
from store.login import LOGIN
from store.migrate import LOGIN_PASSWORD, OWNER_URL

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "worker", "api")
JOBS = {"migrate", "temporal-schema", "temporal-namespace"}
SECRETS = {"POSTGRES_PASSWORD", "POSTGRES_APP_PASSWORD", "LEARNING_LOOP_SESSION_SECRET"}
TEXT = (ROOT / "docker-compose.yml").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()

every_service = pytest.mark.parametrize("name", sorted(SERVICES))
every_own = pytest.mark.parametrize("name", OURS)


def environment(name: str) -> dict[str, Any]:
    return cast(dict[str, Any], SERVICES[name].get("environment", {}))


def test_every_part_is_a_service() -> None:
    others = {"postgres", "temporal", "temporal-ui", "temporal-schema", "temporal-namespace"}
    assert set(SERVICES) == others | set(OURS)


@every_service
def test_depends_on_names_services_that_can_meet_the_condition(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if other in JOBS:
            assert how["condition"] == "service_completed_successfully"
        else:
            assert how["condition"] == "service_healthy"
            assert "healthcheck" in SERVICES[other]


def test_services_start_in_some_order() -> None:
    started = set[str]()
    while started != set(SERVICES):
        ready = {
            name
            for name in set(SERVICES) - started
            if set(SERVICES[name].get("depends_on", {})) <= started
        }
        assert ready, f"wait for each other: {set(SERVICES) - started}"
        started |= ready


@every_service
def test_images_are_pinned(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert re.search(r"\d+\.\d+", tag)
    assert "latest" not in tag
    assert "auto-setup" not in SERVICES[name]["image"]


def test_server_and_schema_tools_have_one_version() -> None:
    tags = {SERVICES[n]["image"].rpartition(":")[2] for n in SERVICES if n in JOBS - {"migrate"}}
    assert tags == {SERVICES["temporal"]["image"].rpartition(":")[2]}


@every_service
def test_ports_are_open_on_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


def test_postgres_is_not_open_at_all() -> None:
    assert "ports" not in SERVICES["postgres"]


def test_secrets_have_no_default() -> None:
    used = dict[str, set[str]]()
    for name, rest in re.findall(r"\$\{([A-Z_]+)([^}]*)\}", TEXT):
        used.setdefault(name, set()).add(rest[:2])
    assert {name for name, how in used.items() if ":?" in how} == SECRETS
    assert all(how == {":?"} for name, how in used.items() if name in SECRETS)
    assert all(how == {":-"} for name, how in used.items() if name not in SECRETS)


def test_the_example_names_every_variable_and_holds_no_value_of_a_secret() -> None:
    assert set(re.findall(r"\$\{([A-Z_]+)", TEXT)) <= set(re.findall(r"([A-Z_]+)=", EXAMPLE))
    passed_on = {key for name in OURS for key, value in environment(name).items() if value is None}
    assert passed_on <= set(re.findall(r"([A-Z_]+)=", EXAMPLE))
    assert all(re.search(rf"^{secret}=$", EXAMPLE, re.MULTILINE) for secret in SECRETS)


@every_own
def test_commands_name_modules_of_ours(name: str) -> None:
    python, flag, module = SERVICES[name]["command"]
    assert (python, flag) == ("python", "-m")
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT)
    if spec.submodule_search_locations:
        assert importlib.util.find_spec(f"{module}.__main__")


@every_own
def test_our_services_share_one_database_and_one_temporal(name: str) -> None:
    shared = environment("worker")
    for key in ("DATABASE_URL", "TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"):
        assert environment(name)[key] == shared[key]
    # dbmate asks for TLS unless it is told otherwise.
    assert shared["DATABASE_URL"].endswith("@postgres:5432/learning_loop?sslmode=disable")


def test_migrations_alone_sign_in_as_the_owner_and_make_the_login() -> None:
    migrate = environment("migrate")
    assert "//learning_loop:${POSTGRES_PASSWORD:" in migrate[OWNER_URL]
    assert migrate[OWNER_URL].endswith("@postgres:5432/learning_loop?sslmode=disable")
    assert migrate[LOGIN_PASSWORD].startswith("${POSTGRES_APP_PASSWORD:")
    for name in ("worker", "api"):
        assert f"//{LOGIN}:${{POSTGRES_APP_PASSWORD:" in environment(name)["DATABASE_URL"]
        assert not {OWNER_URL, LOGIN_PASSWORD} & set(environment(name))
        assert "${POSTGRES_PASSWORD" not in str(environment(name))


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"postgres", "temporal-ui"}))
def test_containers_cannot_write_to_their_image_or_gain_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@every_service
def test_jobs_end_and_the_rest_comes_back(name: str) -> None:
    assert SERVICES[name]["restart"] == ("on-failure" if name in JOBS else "unless-stopped")


def test_data_is_in_a_named_volume() -> None:
    # Version 18 and later refuse to start with a volume at …/postgresql/data.
    assert SERVICES["postgres"]["volumes"] == ["postgres-data:/var/lib/postgresql"]
    assert "postgres-data" in COMPOSE["volumes"]


@every_service
def test_mounted_files_exist_and_are_read_only(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source, _, mode = volume.partition(":")
        if source.startswith("."):
            assert (ROOT / source).exists()
            assert mode.endswith(":ro")


@pytest.mark.parametrize("script", ["schema.sh", "namespace.sh"])
def test_scripts_are_valid_shell(script: str) -> None:
    subprocess.run(["sh", "-n", str(ROOT / "deploy/temporal" / script)], check=True)


def test_the_namespace_job_registers_our_search_attributes() -> None:
    script = (ROOT / "deploy/temporal/namespace.sh").read_text()
    assert dict(re.findall(r"^(\w+)=(Keyword|Datetime)$", script, re.M)) == SEARCH_ATTRIBUTES


def test_temporals_dynamic_configuration_reports_problems_and_allows_no_pausing() -> None:
    config = yaml.safe_load((ROOT / "deploy/temporal/dynamicconfig.yaml").read_text())
    key = "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute"
    assert config == {key: [{"value": 2}]}


def test_the_image_installs_only_what_is_hashed() -> None:
    installs = re.findall(r"pip install (.*)", DOCKERFILE)
    assert len(installs) == 3
    assert all("--require-hashes" in line for line in installs if "-r " in line)
    assert all("--no-deps" in line for line in installs if "runtime.txt" not in line)
    assert all(re.search(r":\d+\.\d+\.\d+-", line) for line in re.findall(r"FROM .*", DOCKERFILE))


def test_the_image_does_not_run_as_root() -> None:
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.M) == ["10001:10001"]


def test_the_image_holds_every_package_and_nothing_secret() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    kept = {line[1:] for line in lines if line.startswith("!")}
    packages = {path.parent.name for path in ROOT.glob("[a-z]*/__init__.py")} - {"tests"}
    modules = {path.name for path in ROOT.glob("[a-z]*.py")}
    assert (
        packages | modules | {"migrations", "requirements", "pyproject.toml", "README.md"} <= kept
    )
    assert lines[1] == "*"
    assert not any(name.startswith(".") for name in kept)


def compose_config(environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run whichever compose there is, with the example instead of this machine's .env."""
    program = shutil.which("docker-compose")
    command = [program] if program else ["docker", "compose"]
    if program is None and (
        shutil.which("docker") is None
        or subprocess.run([*command, "version"], check=False, capture_output=True).returncode
    ):
        pytest.skip("neither docker-compose nor the compose plugin is here")
    clean = {key: value for key, value in os.environ.items() if key not in SECRETS}
    return subprocess.run(
        [*command, "--env-file", ".env.example", "config"],
        cwd=ROOT,
        env={**clean, **environ},
        check=False,
        capture_output=True,
        text=True,
    )


def test_compose_takes_the_file() -> None:
    done = compose_config(dict.fromkeys(SECRETS, "x"))
    assert done.returncode == 0, done.stderr
    assert set(yaml.safe_load(done.stdout)["services"]) == set(SERVICES)


@pytest.mark.parametrize("missing", sorted(SECRETS))
def test_compose_refuses_to_start_without_a_secret(missing: str) -> None:
    done = compose_config(dict.fromkeys(SECRETS - {missing}, "x"))
    assert done.returncode != 0
    assert ".env.example" in done.stderr
