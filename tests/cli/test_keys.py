"""``dcctl key``: import, show, make a pair, destroy; and what is refused."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import pytest

from requirement import program

if TYPE_CHECKING:
    from cli.helpers import Dcctl

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
WEB = ("--image", "img1", "--hwp", "m1-large", "--name", "web")


def test_an_imported_key_is_listed_and_shown_with_its_fingerprint(dcctl: Dcctl, tmp_path: Path) -> None:
    file = tmp_path / "laptop.pub"
    file.write_text(f"{ED25519} me@laptop\n")
    imported = dcctl.ok("key", "import", str(file), "-o", "json").json
    assert [key["name"] for key in imported] == ["laptop"]
    shown = dcctl.ok("key", "show", "laptop", "-o", "json").json
    assert (shown["kind"], shown["public_key"]) == ("ssh-ed25519", ED25519)
    assert dcctl.ok("keys", "list", "-q").lines == [shown["id"]]
    if which("ssh-keygen"):
        printed = subprocess.run(["ssh-keygen", "-l", "-f", file], capture_output=True, text=True, check=True).stdout
        assert shown["fingerprint"] == printed.split()[1]


def test_a_key_is_read_from_standard_input_and_as_a_word(dcctl: Dcctl) -> None:
    dcctl.ok("key", "import", "-", "--name", "piped", stdin=f"{ED25519}\n")
    dcctl.ok("key", "import", ED25519, "--name", "typed")
    assert [key["public_key"] for key in dcctl.ok("key", "list", "-o", "json").json] == [ED25519, ED25519]


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (("-", "--name", "a/b"), 2, "'/'"),
        (("-",), 2, "needs a name"),
        (("nowhere.pub",), 2, "cannot read"),
        (("-", "--name", "mine", "--realm", "mars"), 4, "no realm mars"),
    ],
)
def test_a_bad_import_is_refused_in_one_line(
    dcctl: Dcctl, arguments: tuple[str, ...], status: int, complaint: str
) -> None:
    result = dcctl("key", "import", *arguments, stdin=f"{ED25519}\n")
    assert (result.exit_status, len(result.stderr.splitlines())) == (status, 1)
    assert complaint in result.stderr
    assert dcctl.ok("key", "list", "-q").lines == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ssh-ed25519 AAAA", "damaged"),
        (ED25519[:-4], "damaged"),
        (f"{ED25519}AAAA", "damaged"),
        (ED25519.replace("ssh-ed25519", "ssh-rsa"), "damaged"),
        ("ssh-dss AAAAB3NzaC1kc3MAAACB", "not a kind"),
        (f"{ED25519}\n{ED25519[:-1]}g", "2 keys"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "private key"),
        ("", "no ssh key"),
    ],
)
def test_what_is_no_public_key_is_refused(dcctl: Dcctl, text: str, complaint: str) -> None:
    result = dcctl("key", "import", "-", "--name", "mine", stdin=text)
    assert result.exit_status == 2
    assert complaint in result.stderr


def test_a_name_that_is_taken_is_a_conflict(dcctl: Dcctl) -> None:
    dcctl.ok("key", "import", ED25519, "--name", "mine")
    assert dcctl("key", "import", ED25519, "--name", "mine").exit_status == 5


def test_a_dry_run_of_everything_changes_nothing(dcctl: Dcctl, tmp_path: Path) -> None:
    dcctl.ok("key", "import", ED25519, "--name", "mine", "--dry-run")
    assert dcctl.ok("key", "list", "-q").lines == []
    dcctl.ok("key", "import", ED25519, "--name", "mine")
    dcctl.ok("key", "destroy", "mine", "--dry-run")
    assert len(dcctl.ok("key", "list", "-q").lines) == 1


def test_destroy_asks_for_consent_and_forgets_the_key(dcctl: Dcctl) -> None:
    dcctl.ok("key", "import", ED25519, "--name", "mine")
    assert dcctl("key", "destroy", "mine").exit_status == 2
    dcctl.ok("key", "destroy", "mine", "--yes")
    assert dcctl("key", "destroy", "mine", "--yes").exit_status == 4
    dcctl.ok("key", "destroy", "mine", "--yes", "--ignore-missing")


def test_a_new_pair_has_its_private_half_here_and_its_public_half_there(dcctl: Dcctl, tmp_path: Path) -> None:
    program("ssh-keygen", "apt install openssh-client")
    path = tmp_path / "lab"
    result = dcctl.ok("key", "create", "lab", "--file", str(path), "-o", "json", PATH=os.environ["PATH"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert result.json[0]["public_key"] == " ".join(Path(f"{path}.pub").read_text().split()[:2])
    again = dcctl("key", "create", "other", "--file", str(path), PATH=os.environ["PATH"])
    assert again.exit_status == 2
    assert "exists already" in again.stderr
    nowhere = dcctl("key", "create", "other", "--file", "", PATH=os.environ["PATH"])
    assert (nowhere.exit_status, "is empty" in nowhere.stderr) == (2, True)


def test_a_pair_whose_public_half_is_refused_is_removed(dcctl: Dcctl, tmp_path: Path) -> None:
    program("ssh-keygen", "apt install openssh-client")
    dcctl.ok("key", "import", ED25519, "--name", "lab")
    path = tmp_path / "lab"
    result = dcctl("key", "create", "lab", "--file", str(path), PATH=os.environ["PATH"])
    assert result.exit_status == 5
    assert list(tmp_path.glob("lab*")) == []


def test_without_ssh_keygen_the_package_is_named(dcctl: Dcctl, tmp_path: Path) -> None:
    result = dcctl("key", "create", "lab", "--file", str(tmp_path / "lab"), PATH=str(tmp_path))
    assert result.exit_status == 1
    assert "apt install openssh-client" in result.stderr


def test_create_takes_a_kept_key_by_name(dcctl: Dcctl) -> None:
    dcctl.ok("key", "import", ED25519, "--name", "mine")
    plan = dcctl.ok("instance", "create", *WEB, "--key", "mine", "--dry-run", "-o", "json").json
    assert plan["create"]["ssh_keys"] == [f"{ED25519} mine"]
    dcctl.create("web", "--key", "mine")
    assert dcctl.ok("instance", "show", "web", "-o", "json").json["key"] == "mine"


def test_an_unknown_key_is_named_together_with_everything_else_that_is_wrong(dcctl: Dcctl) -> None:
    dcctl.ok("key", "import", ED25519, "--name", "mine")
    result = dcctl("instance", "create", "--image", "img1", "--hwp", "m1-larg", "--key", "mini", "-o", "json")
    (error,) = result.errors
    assert [problem["resource"] for problem in error["problems"]] == ["m1-larg", "mini"]
    assert "mine" in error["problems"][1]["hint"]
    assert result.exit_status == 4


def test_more_keys_than_the_driver_takes_are_refused(dcctl: Dcctl) -> None:
    words = [word for number in range(17) for word in ("--ssh-key", f"{ED25519[:-2]}{number:02x}"[:80])]
    result = dcctl("instance", "create", *WEB, *words[:34])
    assert result.exit_status == 2
    assert "at most 16" in result.stderr.lower()
