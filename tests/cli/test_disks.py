"""``instance create --disk``, ``--volume`` and ``--disk-mode``: what there is from the start, and what is refused before anything is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl

CREATE = ("instance", "create", "--image", "img1", "--hwp", "m1-large", "--realm", "us")


@pytest.fixture
def data(dcctl: Dcctl) -> Dcctl:
    dcctl.ok("volume", "create", "data", "--size", "10GiB", "--realm", "us")
    return dcctl


def test_disks_and_volumes_are_there_from_the_start(data: Dcctl) -> None:
    words = (*CREATE, "--name", "web", "--disk", "20GiB", "--disk", "1TiB", "--volume", "data")
    plan = data.ok(*words, "--dry-run", "-o", "json").json["create"]
    assert (plan["disks_gib"], plan["volumes"]) == ([20, 1024], ["data"])
    assert "1 TiB" in data.ok(*words, "--dry-run").stdout
    assert data.ok("volume", "show", "data", "-o", "json").json["state"] == "available"
    assert data.ok(*words, "-o", "json").json["disks_gib"] == [20, 1024]
    volume = data.ok("volume", "show", "data", "-o", "json").json
    assert (volume["state"], volume["instance"], volume["device"]) == ("in-use", "web", "vdd")
    assert "1 TiB" in data.ok("instance", "show", "web").stdout
    assert "20 GiB, 1 TiB" in data.ok("instance", "list", "-c", "name,disks_gib").stdout
    data.ok("instance", "stop", "web")
    (copy,) = data.ok("instance", "clone", "web", "web-2", "-o", "json").json
    assert copy["disks_gib"] == [20, 1024]
    data.ok("instance", "destroy", "web", "web-2", "--yes")
    assert data.ok("volume", "show", "data", "-o", "json").json["state"] == "available"


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (("--disk", "20"), 2, "needs a unit"),
        (("--disk", "1500MiB"), 2, "whole GiB"),
        (("--disk", "1025TiB"), 2, "1048576"),
        (("--disk", "1GiB") * 9, 2, "At most 8"),
        (("--volume", ""), 2, "empty"),
        (("--volume", "dato"), 4, "data"),
        (("--volume", "eu/data"), 4, "eu/data"),
        (("--volume", "elsewhere"), 4, "us/elsewhere"),
        (("--volume", "eu/elsewhere"), 2, "--realm eu"),
        (("--volume", "data", "--volume", "data"), 2, "twice"),
        (("--volume", "data", "--count", "2"), 2, "at a time"),
        (("--volume", "data", "--realm", "auto"), 2, "where they are"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    data: Dcctl, words: tuple[str, ...], status: int, complaint: str
) -> None:
    data.ok("volume", "create", "elsewhere", "--size", "1GiB", "--realm", "eu")
    before = data.ok("instance", "list", "-q").stdout
    result = data(*CREATE, *words)
    assert (result.exit_status, len(result.stderr.splitlines()), result.stdout) == (status, 1, "")
    assert complaint in result.stderr
    assert data.ok("instance", "list", "-q").stdout == before


def test_a_volume_that_another_instance_has_is_refused(data: Dcctl) -> None:
    data.ok("volume", "attach", "data", "inst3")
    result = data(*CREATE, "--volume", "data")
    assert result.exit_status == 5
    assert "attached to inst3" in result.stderr
    assert "volume detach us/data" in result.stderr


def test_the_limit_of_a_realm_counts_all_disks(dcctl: Dcctl, tmp_path: Path) -> None:
    catalogue = tmp_path / "limited.yaml"
    catalogue.write_text(
        "version: 1\nhardware_profiles:\n  m: {cpu: 1, memory: 1 GiB, storage: 10 GiB, architecture: x86_64}\n"
        "realms:\n  us: {limits: {storage: 50 GiB}, mock: {}}\n"
    )
    create = ("--catalogue", str(catalogue), "instance", "create", "--image", "img1", "--hwp", "m")
    dcctl.ok("instance", "destroy", "inst0", "inst1", "inst2", "inst3", "--force", "--yes")
    dcctl.ok(*create, "--name", "web", "--disk", "20GiB")
    result = dcctl(*create, "--name", "db", "--disk", "15GiB")
    assert result.exit_status == 10
    assert "30 GiB in use, storage 25 GiB more" in result.stderr
    dcctl.ok(*create, "--name", "db", "--disk", "10GiB", "--no-wait")
    dcctl.ok("instance", "stop", "db")
    assert dcctl("--catalogue", str(catalogue), "instance", "clone", "db", "db-2").exit_status == 10


@pytest.mark.parametrize("mode", ["full", "raw"])
def test_a_copy_needs_its_image_no_more(dcctl: Dcctl, mode: str) -> None:
    dcctl.ok("instance", "destroy", "inst0", "inst1", "inst2", "inst3", "--force", "--yes")
    words = (*CREATE, "--name", "web", "--disk-mode", mode)
    assert dcctl.ok(*words, "-n", "-o", "json").json["create"]["disk_mode"] == mode
    assert dcctl.ok(*words, "-o", "json").json["disk_mode"] == mode
    assert mode in dcctl.ok("instance", "show", "web").stdout
    dcctl.ok("image", "destroy", "img1", "--yes")


def test_without_a_word_the_root_disk_is_an_overlay(dcctl: Dcctl) -> None:
    dcctl.create("web")
    assert dcctl.ok("instance", "show", "web", "-o", "json").json["disk_mode"] == "overlay"
    refused = dcctl(*CREATE, "--disk-mode", "thin")
    assert refused.exit_status == 2
    assert "overlay" in refused.stderr
