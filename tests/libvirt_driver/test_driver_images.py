"""Images on a real libvirtd: fetched while creating, copied between pools, pruned."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from libvirt_host.command import Command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from libvirt_host.host import LibvirtHost


@pytest.fixture
def other_pool(libvirt_host: LibvirtHost) -> Iterator[str]:
    """A second pool of the host, gone again afterwards; QEMU's user must reach it, so it is not below pytest's own folder."""
    with TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        libvirt_host.virsh("pool-create-as", "other", "dir", "--target", directory)
        yield "other"
        libvirt_host.virsh("pool-destroy", "other")
        assert os.listdir(directory) == []


@pytest.fixture
def two(command: Command, libvirt_host: LibvirtHost, other_pool: str, tmp_path: Path) -> Command:
    """dcctl with two realms, the second one in the other pool; ``command`` cleans up the first."""
    assert command is not None
    return Command(
        tmp_path / "two", {"lab": {"uri": libvirt_host.uri}, "far": {"uri": libvirt_host.uri, "pool": other_pool}}
    )


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A small disk that is no guest, with data and holes."""
    raw = tmp_path / "raw"
    raw.write_bytes(bytes(510) + b"\x55\xaa" + hashlib.sha256(b"x").digest() * 100_000 + bytes(8 << 20))
    path = tmp_path / "data.vmdk"
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "vmdk", raw, path], check=True)
    return path


def test_an_image_that_is_destroyed_while_it_is_imported_is_not_published_without_its_disk(
    command: Command, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    disk = tmp_path / "large.raw"
    disk.write_bytes(bytes(510) + b"\x55\xaa" + b"data" * (1 << 20))
    os.truncate(disk, 1 << 30)  # a hole, which takes no room, but a while to hash
    with command.start("image", "import", str(disk), "-o", "json") as importing:
        written = libvirt_host.pool_path / "dcctl-image-large.img"
        while not written.exists() or written.stat().st_blocks < 2048:  # until it is well on its way
            assert importing.poll() is None
        importing.send_signal(signal.SIGSTOP)  # it has not come to its end when the other has
        command("image", "destroy", "large", "--yes")
        importing.send_signal(signal.SIGCONT)
        _, complaint = importing.communicate()
    assert (importing.returncode, json.loads(complaint)["error"]["code"]) == (5, "conflict")
    assert libvirt_host.virsh("vol-list", "default").split() == []


def test_what_is_empty_of_a_raw_image_takes_no_room_in_the_pool(
    command: Command, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    disk = tmp_path / "empty.raw"
    piece = os.urandom(300_000)  # its ends lie in the middle of messages
    with disk.open("wb") as file:
        file.write(bytes(510) + b"\x55\xaa")
        for position in (5 << 20, (9 << 20) + 1000, 40 << 20):
            file.seek(position)
            file.write(piece)
        file.write(bytes(8 << 20))  # zeros that take room here
        file.truncate(64 << 20)
    (image,) = command("image", "import", str(disk), "-o", "json").json
    published = libvirt_host.pool_path / "dcctl-image-empty.img"
    assert published.read_bytes() == disk.read_bytes()
    assert image["digest"] == f"sha256:{hashlib.sha256(disk.read_bytes()).hexdigest()}"
    assert published.stat().st_blocks * 512 < 3 << 20


def test_an_image_whose_publication_cannot_be_read_spoils_no_list(
    command: Command, libvirt_host: LibvirtHost, disk: Path
) -> None:
    """libvirt goes on to list a file that is gone; what it said of its image is then not known, and all else is."""
    command("image", "import", str(disk), "--description", "lost")
    command("image", "import", str(disk), "--name", "other", "--description", "kept")
    (publication,) = (path for path in libvirt_host.pool_path.glob("dcctl-image-data*") if path.suffix != ".img")
    content = publication.read_bytes()
    publication.unlink()
    listed = command("image", "list", "-o", "json").json
    assert [(row["name"], row["description"]) for row in listed] == [("data", None), ("other", "kept")]
    assert command("image", "show", "data", "-o", "json").json["state"] == "available"
    publication.write_bytes(content)


def test_an_image_without_its_disk_is_not_available(command: Command, libvirt_host: LibvirtHost, disk: Path) -> None:
    command("image", "import", str(disk))
    libvirt_host.virsh("vol-delete", "dcctl-image-data.img", "--pool", "default")
    assert [row["state"] for row in command("image", "list", "-o", "json").json] == ["error"]
    assert command.run("instance", "create", "--image", "data", "--hwp", "tiny").exit_status == 5
    again = command.run("image", "import", str(disk), "-o", "json")
    assert again.error["hint"].endswith("or remove what an interrupted import left: dcctl image destroy lab/data")
    command("image", "destroy", "data", "--yes")


def test_an_image_is_copied_to_another_pool_and_back_and_nothing_else_stays(two: Command, disk: Path) -> None:
    (original,) = two("image", "import", str(disk), "--realm", "lab", "--user", "debian", "-o", "json").json
    (there,) = two("image", "copy", "lab/data", "--to-realm", "far", "-o", "json").json
    assert (there["realm"], there["digest"], there["user"]) == ("far", original["digest"], "debian")
    assert two.run("image", "copy", "lab/data", "--to-realm", "far").exit_status == 5
    assert two.run("image", "show", "data").stderr.endswith("Say which: far/data, lab/data.\n")
    (back,) = two("image", "copy", "far/data", "--to-realm", "lab", "--name", "back", "-o", "json").json
    assert (back["digest"], back["minimum_storage_gib"]) == (original["digest"], 1)
    two("instance", "create", "--image", "back", "--hwp", "tiny", "--name", "user", "--realm", "lab")
    pruned = two("image", "prune", "--older-than", "0", "--yes", "-o", "json").json
    assert sorted((image["realm"], image["name"]) for image in pruned) == [("far", "data"), ("lab", "data")]
    two("instance", "destroy", "user", "--force", "--power-off", "--yes")
    two("image", "prune", "--older-than", "0", "--yes")


def test_create_imports_converts_and_starts(two: Command, disk: Path) -> None:
    catalogue = two.environ["DCCTL_CATALOGUE"]
    with open(catalogue, "a", encoding="utf-8") as file:
        file.write(f"images:\n  data: {{source: {json.dumps(str(disk))}, user: debian}}\n")
    states = {(row["realm"], row["state"]) for row in two("image", "list", "-o", "json").json}
    assert states == {("lab", "not-imported"), ("far", "not-imported")}
    create = ("instance", "create", "--image", "data", "--hwp", "tiny", "--name", "user", "--realm", "far", "--import")
    assert two(*create, "--dry-run", "-o", "json").json["create"]["image_state"] == "not-imported"
    made = two(*create, "-o", "json").json
    assert (made["state"], made["realm"], made["image"]) == ("running", "far", "data")
    two("instance", "destroy", "user", "--force", "--power-off", "--yes")
    two("image", "destroy", "far/data", "--yes")


def test_create_waits_for_an_import_that_somebody_else_has_begun(command: Command, libvirt_host: LibvirtHost) -> None:
    """Jobs of a CI farm that begin at the same time, each with ``--import``."""
    disk = command.home / "web.raw"
    disk.write_bytes(bytes(510) + b"\x55\xaa")
    os.truncate(disk, 600 << 20)
    with open(command.environ["DCCTL_CATALOGUE"], "a", encoding="utf-8") as file:
        file.write("images:\n  web: {source: web.raw}\n")
    create = ["instance", "create", "--image", "web", "--hwp", "tiny", "--name", "web", "--no-wait"]
    with command.start("image", "import", "web") as importing:
        written = libvirt_host.pool_path / "dcctl-image-web.img"
        while not written.exists():
            assert importing.poll() is None
        importing.send_signal(signal.SIGSTOP)
        try:
            refused = command.run(*create, "-o", "json")
            assert (refused.exit_status, "--import" in refused.error["hint"]) == (5, True)
            with command.start("-v", *create, "--import") as creating:
                assert creating.stderr is not None
                while "wait for another import" not in creating.stderr.readline():
                    assert creating.poll() is None
                importing.send_signal(signal.SIGCONT)
                creating.communicate(timeout=120)
        finally:
            importing.send_signal(signal.SIGCONT)  # else nobody would ever see it end
        importing.communicate(timeout=120)
    assert (importing.returncode, creating.returncode) == (0, 0)
    assert command.instances() == {"web": "running"}


def test_an_image_of_an_instance_needs_neither_it_nor_its_image(
    two: Command, disk: Path, libvirt_host: LibvirtHost
) -> None:
    two("image", "import", str(disk), "--name", "base", "--realm", "lab", "--user", "debian")
    two("instance", "create", "--image", "base", "--hwp", "tiny", "--name", "first", "--realm", "lab")
    running = two.run("image", "create", "golden", "--from", "first", "-o", "json")
    assert (running.exit_status, running.error["code"]) == (5, "not-allowed")
    two("instance", "stop", "first", "--power-off")
    (golden,) = two("image", "create", "golden", "--from", "first", "-o", "json").json
    assert (golden["realm"], golden["user"], golden["minimum_storage_gib"]) == ("lab", "debian", 1)
    assert two.run("image", "create", "golden", "--from", "first").exit_status == 5
    two("instance", "destroy", "first", "--yes")
    two("image", "destroy", "base", "--yes")
    described = libvirt_host.virsh("vol-dumpxml", "dcctl-image-golden.img", "default")
    assert "backingStore" not in described
    (copy,) = two("image", "copy", "golden", "--to-realm", "far", "-o", "json").json  # its digest is that of the file
    assert copy["digest"] == golden["digest"]
    two("instance", "create", "--image", "lab/golden", "--hwp", "tiny", "--name", "second", "--realm", "lab")
    two("instance", "destroy", "second", "--force", "--power-off", "--yes")
    two("image", "destroy", "lab/golden", "far/golden", "--yes")
