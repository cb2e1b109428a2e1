"""What a new instance is told for its first boot: a name and a password, documents for cloud-init, the keys of the agent."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from cli.screen import sit_down

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.helpers import Dcctl

CREATE = ("instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", "web")


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("correct horse battery staple\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A real agent with one key; its variables."""
    socket = tmp_path / "agent.sock"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL) as process:
        while not socket.exists():
            assert process.poll() is None
        yield {"SSH_AUTH_SOCK": str(socket)}
        process.terminate()


def stored(tmp_path: Path, column: str) -> object:
    (path,) = tmp_path.rglob("mock.sqlite3")
    with closing(sqlite3.connect(path)) as connection:
        (value,) = connection.execute(f"SELECT {column} FROM instances WHERE name = 'web'").fetchone()
    return value


def test_the_account_has_a_name_and_a_password_that_is_hashed_before_anybody_gets_it(
    dcctl: Dcctl, password: Path, tmp_path: Path
) -> None:
    words = ("--user", "keeper", "--password-file", str(password), "-o", "json")
    plan = dcctl(*CREATE, *words, "--dry-run")
    assert plan.json["create"]["first_boot"] == {
        "user": "keeper",
        "password": True,
        "meta_data": {},
        "network_config_bytes": None,
    }
    assert "$6$" not in plan.stdout
    made = dcctl(*CREATE, *words)
    assert made.json["user"] == "keeper"
    hashed = str(stored(tmp_path, "password_hash"))
    salt = hashed.split("$")[2]
    again = subprocess.run(
        ["openssl", "passwd", "-6", "-salt", salt, "-stdin"],
        input="correct horse battery staple\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert again.stdout.strip() == hashed


def test_a_password_comes_from_standard_input_or_is_typed_unseen(dcctl: Dcctl, tmp_path: Path) -> None:
    assert dcctl(*CREATE, "--password-file", "-", stdin="secret\n").exit_status == 0
    assert str(stored(tmp_path, "password_hash")).startswith("$6$")
    dcctl("instance", "destroy", "web", "--force", "--yes")
    person = sit_down(dcctl, *CREATE, "--password-file", "-", "-q")
    person.reads("Password of the new instance: ")
    person.types("hush")
    person.reads("The same again: ")
    person.types("hush")
    assert person.waits() == 0
    assert "hush" not in person.output


@pytest.mark.parametrize(
    ("content", "says"),
    [("", "holds no password"), ("two\nlines\n", "holds no password"), ("x" * 256, "holds no password")],
    ids=["nothing", "two lines", "too long"],
)
def test_what_is_no_password_is_refused(dcctl: Dcctl, password: Path, content: str, says: str) -> None:
    password.write_text(content)
    refused = dcctl(*CREATE, "--password-file", str(password))
    assert (refused.exit_status, says in refused.stderr) == (2, True)
    assert "xxx" not in refused.stderr


def test_a_password_that_others_may_read_is_refused(dcctl: Dcctl, password: Path) -> None:
    password.chmod(0o644)
    refused = dcctl(*CREATE, "--password-file", str(password))
    assert (refused.exit_status, f"chmod 600 {password}" in refused.stderr) == (2, True)


def test_without_openssl_it_is_named(dcctl: Dcctl, password: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    refused = dcctl(*CREATE, "--password-file", str(password))
    assert (refused.exit_status, "Install openssl" in refused.stderr) == (1, True)


def test_documents_for_cloud_init_arrive_and_are_told_in_the_plan(dcctl: Dcctl, tmp_path: Path) -> None:
    (tmp_path / "meta").write_text("role: web\nlocal-hostname: web.example.org\n")
    network = b"network:\n  version: 2\n  ethernets: {}\n"
    (tmp_path / "network").write_bytes(network)
    words = ("--meta-data", str(tmp_path / "meta"), "--network-config", str(tmp_path / "network"))
    plan = dcctl(*CREATE, *words, "--dry-run")
    assert re.search(r"meta-data\s+local-hostname, role", plan.stdout)
    assert dcctl(*CREATE, *words).exit_status == 0
    assert stored(tmp_path, "network_config") == network
    assert stored(tmp_path, "meta_data") == '{"role": "web", "local-hostname": "web.example.org"}'


@pytest.mark.parametrize(
    ("option", "content", "says"),
    [
        ("--meta-data", "- a\n- b\n", "is not a YAML mapping"),
        ("--meta-data", "a: 1\na: 2\n", "document:2:"),
        ("--meta-data", "instance-id: mine\n", "instance-id, which dcctl gives by itself"),
        ("--meta-data", "public-keys: []\n", "Give keys with --ssh-key"),
        ("--network-config", "ethernets: {}\n", "It begins with: version: 2"),
        ("--network-config", "version: 3\n", "has no version"),
    ],
)
def test_what_is_no_document_is_refused_with_its_place(
    dcctl: Dcctl, tmp_path: Path, option: str, content: str, says: str
) -> None:
    (tmp_path / "document").write_text(content)
    refused = dcctl(*CREATE, option, str(tmp_path / "document"))
    assert (refused.exit_status, refused.stdout) == (2, "")
    assert says in refused.stderr


def test_standard_input_is_read_once(dcctl: Dcctl) -> None:
    refused = dcctl(*CREATE, "--user-data", "-", "--meta-data", "-", stdin="#cloud-config\n")
    assert refused.exit_status == 2
    assert "standard input cannot be read by --user-data and --meta-data" in refused.stderr


@pytest.mark.parametrize("name", ["Root", "a b", "-x", "x" * 33, "é", "a:b"])
def test_an_account_that_no_system_would_take_is_refused(dcctl: Dcctl, name: str) -> None:
    refused = dcctl(*CREATE, f"--user={name}")
    assert (refused.exit_status, "no account can be called" in refused.stderr) == (2, True)


def test_the_keys_of_the_agent_may_log_in(dcctl: Dcctl, agent: dict[str, str], tmp_path: Path) -> None:
    empty = dcctl(*CREATE, "--ssh-agent", **agent)
    assert (empty.exit_status, "the ssh agent has no keys" in empty.stderr) == (2, True)
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "mine", "-f", str(tmp_path / "key")], check=True
    )
    subprocess.run(["ssh-add", "-q", str(tmp_path / "key")], env=agent | {"PATH": "/usr/bin:/bin"}, check=True)
    made = dcctl(*CREATE, "--ssh-agent", "-o", "json", **agent)
    assert made.json["key"] == "mine"
    nobody = dcctl(*CREATE, "--ssh-agent", SSH_AUTH_SOCK=str(tmp_path / "nowhere"))
    assert (nobody.exit_status, "no ssh agent answers" in nobody.stderr) == (2, True)
