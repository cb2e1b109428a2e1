"""Images that only the catalogue has: how they are listed, and creating from them."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

import pytest

from cli.image_server import Served, Server, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.helpers import Dcctl

CONTENT = b"QFI\xfb" + bytes(3 << 20)
RIGHT = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        server.files["/far.qcow2"] = Served(CONTENT)
        yield server


@pytest.fixture
def catalogue(dcctl: Dcctl, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert dcctl is not None  # it clears the variables first
    (tmp_path / "near.qcow2").write_bytes(CONTENT)
    path = tmp_path / "profiles.yaml"
    path.write_text(
        "version: 1\nhardware_profiles:\n  small: {cpu: 1, memory: 1 GiB, storage: 10 GiB, architecture: x86_64}\n"
        "realms:\n  us: {mock: {}}\n  eu: {mock: {}}\nimages:\n"
        f"  far: {{source: '{server.url('/far.qcow2')}', sha256: {RIGHT}, architecture: x86_64}}\n"
        "  near: {source: near.qcow2, user: debian, minimum: {storage: 2 GiB}}\n"
        "  large: {source: near.qcow2, minimum: {storage: 20 GiB}}\n"
        "  hungry: {source: near.qcow2, minimum: {memory: 4 GiB}}\n"
    )
    monkeypatch.setenv("DCCTL_CATALOGUE", str(path))
    return path


def states(dcctl: Dcctl, *options: str) -> dict[str, str]:
    """The state of each image of the catalogue by realm and name."""
    rows = dcctl.ok("image", "list", "-o", "json", *options).json
    return {f"{row['realm']}/{row['name']}": row["state"] for row in rows if not row["name"].startswith("Fedora")}


@pytest.mark.usefixtures("catalogue")
def test_what_a_list_calls_them_can_be_imported(dcctl: Dcctl) -> None:
    listed = dcctl.ok("image", "list", "-q", "-f", "state=not-imported", "-f", "name=near").lines
    assert listed == ["us/near", "eu/near"]
    other = dcctl("image", "import", "us/near", "--realm", "eu")
    assert (other.exit_status, "leave out one of the two realms" in other.stderr.lower()) == (2, True)
    for name in listed:
        dcctl.ok("image", "import", name)
    found = states(dcctl)
    assert [found[name] for name in listed] == ["available", "available"]


@pytest.mark.usefixtures("catalogue")
def test_what_the_catalogue_knows_is_listed_for_each_realm_that_lacks_it(dcctl: Dcctl) -> None:
    dcctl.ok("image", "import", "near", "--realm", "eu")
    found = states(dcctl)
    assert found["eu/near"] == "available"
    assert {name for name, state in found.items() if state == "not-imported"} == {
        "us/near", "us/far", "eu/far", "us/large", "eu/large", "us/hungry", "eu/hungry",
    }  # fmt: skip
    assert "not-imported" not in states(dcctl, "-f", "state=available").values()
    assert set(states(dcctl, "--realm", "us", "-f", "state=not-imported")) == {
        "us/near", "us/far", "us/large", "us/hungry",
    }  # fmt: skip


@pytest.mark.usefixtures("catalogue")
def test_one_that_is_not_imported_can_be_shown_and_not_destroyed(dcctl: Dcctl) -> None:
    shown = dcctl.ok("image", "show", "us/near", "-o", "json").json
    assert (shown["state"], shown["user"], shown["minimum_storage_gib"]) == ("not-imported", "debian", 2)
    both = dcctl("image", "show", "near")
    assert (both.exit_status, "us/near, eu/near" in both.stderr) == (2, True)
    assert dcctl("image", "destroy", "us/near", "--yes").exit_status == 4


@pytest.mark.usefixtures("catalogue")
def test_one_that_is_being_fetched_is_pending_where_it_will_be(dcctl: Dcctl, server: Server, tmp_path: Path) -> None:
    served = server.files["/far.qcow2"]
    served.stalls_after = 1 << 20
    process = dcctl.begin("image", "import", "far", "--realm", "eu")
    while not list((tmp_path / "cache").rglob("*.part")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    found = states(dcctl)
    assert (found["eu/far"], found["us/far"]) == ("pending", "not-imported")
    served.go.set()
    process.communicate(timeout=40)
    assert states(dcctl)["eu/far"] == "available"


@pytest.mark.usefixtures("catalogue")
def test_create_brings_the_image_when_it_is_told_to(dcctl: Dcctl, server: Server) -> None:
    create = ("instance", "create", "--image", "far", "--hwp", "small", "--name", "web", "--realm", "eu")
    refused = dcctl(*create)
    assert refused.exit_status == 4
    assert "Add --import" in refused.stderr
    plan = dcctl.ok(*create, "--import", "--dry-run", "-o", "json")
    assert (plan.json["create"]["image"], plan.json["create"]["image_state"]) == ("far", "not-imported")
    assert "imported first" in plan.json["notes"][0]
    assert "(imported first)" in dcctl.ok(*create, "--import", "--dry-run").stdout
    assert server.requests == []
    made = dcctl.ok(*create, "--import", "-o", "json").json
    assert (made["name"], made["realm"], made["state"]) == ("web", "eu", "running")
    image = dcctl.ok("image", "show", "eu/far", "-o", "json").json
    assert (image["state"], made["image"]) == ("available", image["id"])
    dcctl.ok("instance", "create", "--image", "eu/far", "--hwp", "small", "--import")
    assert len(server.requests) == 1


@pytest.mark.usefixtures("catalogue")
def test_several_instances_share_one_import(dcctl: Dcctl, server: Server) -> None:
    words = ("--count", "3", "--name", "web-{}", "--import")
    dcctl.ok("instance", "create", "--image", "far", "--hwp", "small", *words)
    assert {"web-1", "web-2", "web-3"} <= set(dcctl.names())
    assert len(server.requests) == 1


@pytest.mark.usefixtures("catalogue")
def test_what_the_catalogue_says_that_an_image_needs_holds_also_once_it_is_imported(dcctl: Dcctl) -> None:
    for name, words in (("large", "at least 20 GiB of storage"), ("hungry", "at least 4096 MiB of memory")):
        dcctl.ok("image", "import", name, "--realm", "us")
        refused = dcctl("instance", "create", "--image", name, "--hwp", "small", "--realm", "us")
        assert (refused.exit_status, words in refused.stderr) == (2, True), refused.stderr
    shown = dcctl.ok("image", "show", "us/hungry", "-o", "json").json
    listed = {row["name"]: row for row in dcctl.ok("image", "list", "--realm", "us", "-o", "json").json}
    assert shown["minimum_memory_mib"] == listed["hungry"]["minimum_memory_mib"] == 4096


@pytest.mark.usefixtures("catalogue")
def test_a_folder_that_happens_to_be_called_so_is_not_what_is_imported(
    dcctl: Dcctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "near").mkdir()
    (image,) = dcctl.ok("image", "import", "near", "--realm", "us", "-o", "json").json
    assert image["digest"] == f"sha256:{RIGHT}"


@pytest.mark.usefixtures("catalogue")
def test_what_could_not_be_created_is_not_imported_either(dcctl: Dcctl, server: Server) -> None:
    for words in (("--image", "large"), ("--image", "far", "--cpu", "2"), ("--image", "nonesuch")):
        assert dcctl("instance", "create", *words, "--hwp", "small", "--import").exit_status in (2, 4)
    server.files["/far.qcow2"].status = 404
    assert dcctl("instance", "create", "--image", "far", "--hwp", "small", "--import").exit_status == 4
    assert "available" not in {state for name, state in states(dcctl).items() if name.endswith(("far", "large"))}


def test_a_file_that_happens_to_be_called_so_is_not_what_create_imports(
    dcctl: Dcctl, catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "near").write_bytes(b"something else")
    dcctl.ok("instance", "create", "--image", "near", "--hwp", "small", "--name", "web", "--import")
    assert dcctl.ok("image", "show", "near", "-o", "json").json["digest"] == f"sha256:{RIGHT}"
