"""``image create --from`` with the mock driver: only what is stopped, and the instance stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
        assert "dcctl instance stop web" in refused.stderr


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
