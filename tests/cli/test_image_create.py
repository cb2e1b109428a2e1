"""``image create --from`` with the mock driver: only what is stopped, and the instance stays as it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from requirement import program

if TYPE_CHECKING:
    from cli.helpers import Dcctl


@pytest.fixture
def stopped(dcctl: Dcctl) -> str:
    dcctl.create("web")
    dcctl.ok("instance", "stop", "web")
    return "web"


def test_an_image_of_a_stopped_instance_is_what_others_start_from(dcctl: Dcctl, stopped: str) -> None:
    words = ("image", "create", "golden", "--from", stopped, "--user", "admin", "-o", "json")
    (planned,) = dcctl.ok(*words, "--dry-run").json
    assert (planned["id"], planned["name"], planned["state"]) == ("", "golden", "pending")
    assert dcctl("image", "show", "golden").exit_status == 4
    (image,) = dcctl.ok(*words).json
    before = dcctl.ok("instance", "show", stopped, "-o", "json").json
    assert (image["name"], image["state"], image["user"]) == ("golden", "available", "admin")
    assert (image["realm"], image["architecture"]) == (before["realm"], before["hardware"]["architecture"])
    assert image["description"] == "made of web"
    assert before["state"] == "stopped"
    dcctl.ok("instance", "create", "--image", "golden", "--hwp", "m1-large", "--name", "second")
    dcctl.ok("instance", "destroy", stopped, "--yes")
    assert dcctl("image", "destroy", "golden", "--yes").exit_status == 5


def test_what_runs_is_refused_and_told_what_to_do(dcctl: Dcctl, stopped: str) -> None:
    dcctl.ok("instance", "start", stopped)
    for more in ((), ("--dry-run",)):
        refused = dcctl("image", "create", "golden", "--from", stopped, *more)
        assert refused.exit_status == 5
        assert "dcctl instance stop us/web" in refused.stderr


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("golden", "--from", "nonesuch"), 4),
        (("../golden", "--from", "web"), 2),
        (("", "--from", "web"), 2),
        (("golden", "--from", ""), 2),
        (("golden", "--from", "web", "--user", "a\nb"), 2),
        (("golden",), 2),
        (("img1", "--from", "web"), 5),
    ],
)
def test_what_makes_no_sense_is_refused(dcctl: Dcctl, stopped: str, words: tuple[str, ...], status: int) -> None:
    before = dcctl.ok("image", "list", "-o", "json").json
    assert dcctl("image", "create", *words).exit_status == status
    assert dcctl.ok("image", "list", "-o", "json").json == before


def test_compressed_on_request_by_a_program_of_this_machine(dcctl: Dcctl, stopped: str) -> None:
    program("qemu-img", "apt install qemu-utils")
    words = ("image", "create", "--from", stopped, "--compress", "-o", "json")
    dry_run = dcctl.ok(*words, "golden", "--dry-run")
    assert [row["state"] for row in dry_run.json] == ["pending"]
    assert "be compressed, and go back" in dry_run.stderr
    (image,) = dcctl.ok(*words, "golden").json
    assert (image["state"], image["description"]) == ("available", "made of web")
    assert 0 < image["size_bytes"] < 1 << 20
    assert dcctl(*words, "golden").exit_status == 5
    assert dcctl(*words, "other", "--live").exit_status == 5
    dcctl.ok("instance", "start", stopped)
    assert dcctl(*words, "other").exit_status == 5
    (live,) = dcctl.ok(*words, "other", "--live").json
    assert live["description"] == "made of web; as after a power failure"


def test_reset_on_request_where_the_disks_are_made_up_as_well(dcctl: Dcctl, stopped: str, tmp_path: Path) -> None:
    """Nobody needs guestfish to rehearse."""
    words = ("image", "create", "--from", stopped, "--reset", "-o", "json")
    said = "reset: no machine-id, ssh host keys and cloud-init state"
    (planned,) = dcctl.ok(*words, "golden", "--dry-run", PATH=str(tmp_path)).json
    assert (planned["state"], planned["description"]) == ("pending", f"made of web; {said}")
    (image,) = dcctl.ok(*words, "golden", "--description", "for the lab", PATH=str(tmp_path)).json
    assert (image["state"], image["description"]) == ("available", f"for the lab; {said}")
    assert dcctl(*words, "golden").exit_status == 5
    (other,) = dcctl.ok(*words, "other", "--description", "").json
    assert other["description"] == said
    dcctl.ok("instance", "start", stopped)
    assert dcctl(*words, "third").exit_status == 5
    (live,) = dcctl.ok(*words, "third", "--live").json
    assert live["description"] == f"made of web; {said}; as after a power failure"


def test_without_that_program_it_is_refused_before_anything_is_begun(
    dcctl: Dcctl, stopped: str, tmp_path: Path
) -> None:
    before = dcctl.ok("image", "list", "-o", "json").json
    for more in ((), ("--dry-run",)):
        refused = dcctl("image", "create", "golden", "--from", stopped, "--compress", *more, PATH=str(tmp_path))
        assert refused.exit_status == 1
        assert "apt install " in refused.stderr
    assert dcctl.ok("image", "list", "-o", "json").json == before


def test_a_driver_that_takes_disks_as_they_are_is_not_asked(dcctl: Dcctl, tmp_path: Path) -> None:
    catalogue = tmp_path / "memory.yaml"
    catalogue.write_text("version: 1\nrealms: {one: {memory: {}}}\n")
    memory = ("--driver", "contract.memory:MemoryDriver", "--catalogue", str(catalogue))
    for option in ("--compress", "--reset"):
        refused = dcctl(*memory, "image", "create", "golden", "--from", "web", option)
        assert refused.exit_status == 6
        assert "makes images of disks as they are" in refused.stderr
