"""Every other noun: what it lists and shows, in each format, and what it changes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.helpers import Dcctl

LISTS = ("instance", "image", "hwp", "realm", "state", "collection", "driver", "context")


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "debian-12.qcow2"
    path.write_bytes(b"QFI\xfb" + bytes(1000))
    return path


@pytest.mark.parametrize("noun", LISTS)
def test_every_list_has_every_format(dcctl: Dcctl, noun: str) -> None:
    rows = dcctl.ok(noun, "list", "-o", "json").json
    assert isinstance(rows, list)
    assert [json.loads(line) for line in dcctl.ok(noun, "list", "-o", "jsonl").lines] == rows
    for output in ("table", "wide", "yaml", "csv", "name"):
        result = dcctl.ok(noun, "list", "-o", output)
        assert result.stderr == ""
    names = dcctl.ok(noun, "list", "-q").lines
    assert all(name.split() == [name] for name in names)


@pytest.mark.parametrize(
    ("noun", "name"),
    [("image", "img1"), ("hwp", "m1-large"), ("realm", "eu"), ("driver", "mock"), ("instance", "inst1")],
)
def test_show_is_one_object(dcctl: Dcctl, noun: str, name: str) -> None:
    shown = dcctl.ok(noun, "show", name, "-o", "json").json
    assert name in shown.values()
    assert name in dcctl.ok(noun, "show", name).stdout
    assert dcctl.ok(noun, "show", name, "-o", "yaml").stdout.count(name) >= 1


# Profiles, realms, states, collections, drivers


@pytest.mark.parametrize("word", ["hwp", "hwps", "hardware-profile", "hardware-profiles"])
def test_a_hardware_profile_has_several_words(dcctl: Dcctl, word: str) -> None:
    assert "m1-small" in dcctl.ok(word, "list", "-q").lines


def test_profiles_are_filtered_by_what_they_allow(dcctl: Dcctl) -> None:
    names = dcctl.ok("hwp", "list", "-q", "-f", "memory=12GiB", "-f", "architecture=x86_64").lines
    assert "m1-large" in names
    assert "m1-small" not in names
    assert "opaque" not in names


def test_the_state_list_is_the_machine_of_the_driver(dcctl: Dcctl) -> None:
    ways = dcctl.ok("state", "list", "-o", "json").stdout
    assert "suspended" in ways
    assert dcctl.ok("state", "list", "--realm", "eu", "-o", "json").stdout == ways
    assert dcctl("state", "list", "--realm", "nowhere").exit_status == 4


def test_the_collections_say_what_the_driver_can_do(dcctl: Dcctl) -> None:
    """salt#40973, elasticluster#452: a driver raises NotImplementedError at run time although its documents promise"""
    verbs = {row["name"]: row["verbs"] for row in dcctl.ok("collection", "list", "-o", "json").json}
    assert {"list", "show", "create", "start", "stop", "destroy", "wait"} <= set(verbs["instance"])
    assert {"exec", "console", "logs", "vnc"} <= set(verbs["instance"])
    assert "ssh" not in verbs["instance"]  # nothing there is real
    assert set(verbs["image"]) == {"list", "show", "import", "create", "copy", "destroy", "prune"}


def test_drivers_are_listed_without_importing_them_and_shown_by_what_they_declare(dcctl: Dcctl) -> None:
    assert dcctl.ok("driver", "list", "-q").lines[:2] == ["mock", "libvirt"]
    shown = dcctl.ok("driver", "show", "mock").stdout
    for declared in ("latency", "names of up to 50", "reboot"):
        assert declared in shown
    assert dcctl("driver", "show", "moc").exit_status == 3


# Images


def test_an_image_is_imported_used_and_destroyed(dcctl: Dcctl, disk: Path) -> None:
    (image,) = dcctl.ok("image", "import", str(disk), "--user", "debian", "--realm", "eu", "-o", "json").json
    assert (image["name"], image["realm"], image["user"]) == ("debian-12", "eu", "debian")
    assert image["digest"] == f"sha256:{hashlib.sha256(disk.read_bytes()).hexdigest()}"
    dcctl.ok("instance", "create", "--image", "debian-12", "--hwp", "m1-large", "--name", "web")
    needed = dcctl("image", "destroy", "debian-12", "--yes")
    assert needed.exit_status == 5
    assert "web" in needed.stderr
    dcctl.ok("instance", "destroy", "web", "--force", "--yes")
    assert dcctl.ok("image", "destroy", "debian-12", "img2", "--yes", "-q").lines == ["img4", "img2"]
    assert dcctl("image", "show", "debian-12").exit_status == 4


def test_an_import_and_a_destroy_can_be_tried_without_doing_them(dcctl: Dcctl, disk: Path) -> None:
    (image,) = dcctl.ok("image", "import", str(disk), "--dry-run", "-o", "json").json
    assert (image["name"], image["state"]) == ("debian-12", "pending")
    assert dcctl.ok("image", "destroy", "img2", "--dry-run", "-q").lines == ["img2"]
    assert len(dcctl.ok("image", "list", "-o", "json").json) == 3


def test_a_file_with_another_digest_is_refused(dcctl: Dcctl, disk: Path) -> None:
    right = hashlib.sha256(disk.read_bytes()).hexdigest()
    for option, digest in (("--sha256", "0" * 64), ("--digest", "sha256:" + "0" * 64), ("--digest", "md5:00")):
        assert dcctl("image", "import", str(disk), option, digest).exit_status == 2
    dcctl.ok("image", "import", str(disk), "--digest", right)


@pytest.mark.parametrize("name", ["../web", "a b", "[red]", "x" * 300, "", "a/b"])
def test_an_image_gets_no_name_that_means_trouble(dcctl: Dcctl, disk: Path, name: str) -> None:
    assert dcctl("image", "import", str(disk), f"--name={name}").exit_status == 2
    assert len(dcctl.ok("image", "list", "-o", "json").json) == 3


def test_what_is_no_file_is_refused(dcctl: Dcctl, tmp_path: Path, disk: Path) -> None:
    for path in (tmp_path, tmp_path / "missing", Path("/dev/null")):
        result = dcctl("image", "import", str(path))
        assert (result.exit_status, result.stdout) == (2, "")
    strange = disk.rename(tmp_path / "my image.qcow2")
    refused = dcctl("image", "import", str(strange))
    assert refused.exit_status == 2
    assert "--name" in refused.stderr


def test_images_that_are_gone_already_can_be_ignored(dcctl: Dcctl) -> None:
    assert dcctl("image", "destroy", "nobody", "img2", "--yes").exit_status == 9
    assert dcctl.ok("image", "destroy", "img2", "--yes", "--ignore-missing", "-o", "json").json == []


# Catalogue, configuration, contexts


def test_a_catalogue_is_checked_with_every_problem_and_its_place(dcctl: Dcctl, tmp_path: Path) -> None:
    good = tmp_path / "good.yaml"
    good.write_text("version: 1\nhardware_profiles:\n  tiny: {cpu: 1, memory: 256 MiB}\n")
    dcctl.ok("catalogue", "check", str(good))
    bad = tmp_path / "bad.yaml"
    bad.write_text("version: 1\nhardware_profiles:\n  tiny: {cpu: zero, memory: 256}\n")
    result = dcctl("catalogue", "check", str(bad))
    assert (result.exit_status, result.stdout) == (3, "")
    assert [line.split(": ")[0] for line in result.stderr.splitlines()] == [f"{bad}:3:15", f"{bad}:3:29"]
    assert dcctl("hwp", "list", DCCTL_CATALOGUE=str(bad)).exit_status == 3


def test_the_catalogue_that_is_used_can_be_shown(dcctl: Dcctl) -> None:
    assert "m1-small" in dcctl.ok("catalogue", "show", "-o", "json").json["hardware_profiles"]


def test_the_configuration_says_where_each_value_comes_from(dcctl: Dcctl) -> None:
    rows = dcctl.ok("--color", "never", "config", "show", "-o", "json", DCCTL_MOCK_LATENCY="1ms").json
    values = {row["name"]: (row["value"], row["origin"], row["detail"]) for row in rows}
    assert values["driver"] == ("mock", "environment", "DCCTL_DRIVER")
    assert values["color"] == ("never", "flag", "--color")
    assert values["settings.latency"] == ("1ms", "environment", "DCCTL_MOCK_LATENCY")
    assert values["timeout"][1] == "default"


def test_a_configuration_is_written_once_and_can_be_used(dcctl: Dcctl, tmp_path: Path) -> None:
    path = tmp_path / "config" / "dcctl" / "config.yaml"
    printed = dcctl.ok("config", "init", "--dry-run").stdout
    assert not path.exists()
    assert str(path) in dcctl.ok("config", "init").stderr
    assert path.read_text() == printed
    again = dcctl("config", "init")
    assert again.exit_status == 5
    dcctl.ok("instance", "list", DCCTL_DRIVER="")


def test_contexts_are_listed_and_chosen(dcctl: Dcctl, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "version: 1\ncontext: try  # for now\ncontexts:\n  try: {driver: mock}\n"
        "  slow: {driver: mock, realm: eu, hwp: m1-large, settings: {pending: 1h}}\n"
    )
    chosen = {"DCCTL_CONFIG": str(path), "DCCTL_DRIVER": ""}
    assert dcctl.ok("context", "list", "-q", **chosen).lines == ["try", "slow"]
    dcctl.ok("context", "use", "slow", **chosen)
    assert "context: slow  # for now" in path.read_text()
    created = dcctl.ok("instance", "create", "--image", "img1", "--no-wait", "-o", "json", **chosen).json
    assert (created["state"], created["realm"], created["hwp"]) == ("pending", "eu", "m1-large")
    assert dcctl("context", "use", "slo", **chosen).exit_status == 4
    assert dcctl.ok("--context", "try", "config", "show", "-o", "json", **chosen).json[0]["value"] == "try"


def test_a_configured_mock_driver_needs_no_warning(dcctl: Dcctl) -> None:
    dcctl.ok("config", "init")
    assert dcctl.ok("instance", "stop", "inst3", DCCTL_DRIVER="").stderr == ""


def test_create_without_a_profile_says_which_there_are(dcctl: Dcctl) -> None:
    result = dcctl("instance", "create", "--image", "img1")
    assert result.exit_status == 2
    assert "m1-small" in result.stderr
