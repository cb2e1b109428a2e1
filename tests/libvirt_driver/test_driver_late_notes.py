"""Labels, descriptions and protection where no stamp can be made for them: the change is made, and what lists do not know yet is found."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from libvirt_driver.test_driver_round_trips import DOMAIN
from libvirt_host.command import Command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from libvirt_host.host import LibvirtHost

POOL = "few-files"


@pytest.fixture(scope="module")
def pool(libvirt_host: LibvirtHost) -> Iterator[Path]:
    """A pool for some hundred files."""
    yield libvirt_host.small_pool(POOL, 100, files=100)
    libvirt_host.remove_small_pool(POOL)


@pytest.fixture(scope="module")
def crowd(libvirt_host: LibvirtHost) -> Iterator[None]:
    """Domains of nobody: each list reads one domain anew, by chance, and it shall hardly ever be ours."""
    import libvirt

    connection = libvirt.open(libvirt_host.uri)
    domains = [connection.defineXML(DOMAIN.format(name=f"crowd-{number}", uuid=uuid4())) for number in range(60)]
    yield
    for domain in domains:
        domain.undefine()
    connection.close()


@pytest.fixture(scope="module")
def here(
    libvirt_host: LibvirtHost, pool: Path, crowd: None, image_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Command]:
    """dcctl on the machine that changes the instance ``web``, which has a label from its creation and never had a stamp."""
    command = Command(tmp_path_factory.mktemp("here"), {"lab": {"uri": libvirt_host.uri, "pool": POOL}})
    command("image", "import", str(image_file), "--user", "root")
    create = ["instance", "create", "--image", "tiny", "--hwp", "tiny", "--name", "web", "--label", "round=0"]
    command(*create, "--no-wait")
    yield command
    command("instance", "unprotect", "web")
    command("instance", "destroy", "web", "--force", "--power-off", "--yes")
    command("image", "destroy", "tiny", "--yes")
    assert libvirt_host.virsh("vol-list", POOL).split() == []


@pytest.fixture(scope="module")
def there(libvirt_host: LibvirtHost, here: Command, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """The same on another machine."""
    return Command(tmp_path_factory.mktemp("there"), {"lab": {"uri": libvirt_host.uri, "pool": POOL}})


@contextmanager
def full(host: LibvirtHost, pool: Path) -> Iterator[None]:
    """The pool's file system takes no more files."""
    fill = 'i=0; while : 2>/dev/null >"$0/filler-$i"; do i=$((i + 1)); done'
    host.run(["sh", "-c", fill, str(pool)])
    try:
        yield
    finally:
        host.run(["sh", "-c", 'rm "$0"/filler-*', str(pool)], check=True)


def seen(command: Command) -> tuple[str, bool]:
    """What a list says of the label and the protection of ``web``."""
    (row,) = [row for row in command("instance", "list", "-o", "json").json if row["name"] == "web"]
    return row["labels"]["round"], "destroy" in row["refused"] and row["protected"]


def late(command: Command, *words: str) -> list[Any]:
    """What doctor says of notes that lists show late."""
    return [row for row in command.run("doctor", "-o", "json", *words).json if row["check"] == "late notes"]


def stamps(host: LibvirtHost, pool: Path) -> list[str]:
    return [name for name in host.run(["ls", str(pool)]).stdout.split() if "-notes-" in name]


def test_in_a_full_pool_what_never_had_a_stamp_is_changed_and_others_learn_of_it_by_doctor(
    here: Command, there: Command, libvirt_host: LibvirtHost, pool: Path
) -> None:
    assert seen(here) == seen(there) == ("0", False)
    with full(libvirt_host, pool):
        here("instance", "label", "web", "round=1")
        here("instance", "protect", "web")
        assert seen(here) == ("1", True)
        assert [row["resource"] for row in late(here)] == ["web"]
        failed = here.run("doctor", "--fix", "-o", "json")
        assert "capacity" in failed.stderr
        assert seen(here) == ("1", True)
    here("doctor", "--fix")
    assert late(here) == late(there) == []
    assert seen(here) == seen(there) == ("1", True)
    assert len(stamps(libvirt_host, pool)) == 1


def test_in_a_full_pool_a_stamp_that_is_there_goes_and_all_lists_know(
    here: Command, there: Command, libvirt_host: LibvirtHost, pool: Path
) -> None:
    here("instance", "label", "web", "round=2")
    assert seen(there)[0] == "2"
    with full(libvirt_host, pool):
        for turn in ("3", "4"):
            # The stamp that goes makes room for the one that comes; somebody else is faster.
            libvirt_host.run(["sh", "-c", 'rm -f "$0"/*-notes-*; : >"$0/filler-more"', str(pool)])
            here("instance", "label", "web", f"round={turn}")
            assert seen(here)[0] == seen(there)[0] == turn
    here("instance", "label", "web", "round=5")
    assert seen(here)[0] == seen(there)[0] == "5"
    assert len(stamps(libvirt_host, pool)) == 1


def test_while_the_pool_is_not_active_changes_are_made_and_seen(
    here: Command, there: Command, libvirt_host: LibvirtHost, pool: Path
) -> None:
    here("instance", "label", "web", "round=6")
    assert seen(there)[0] == "6"
    libvirt_host.virsh("pool-destroy", POOL)
    try:
        here("instance", "unprotect", "web")
        here("instance", "label", "web", "round=7")
        assert seen(here) == seen(there) == ("7", False)
    finally:
        libvirt_host.virsh("pool-start", POOL)
    assert seen(here) == ("7", False)
    assert [row["resource"] for row in late(there)] == ["web"]
    there("doctor", "--fix")
    assert seen(here) == seen(there) == ("7", False)
    assert len(stamps(libvirt_host, pool)) == 1


def test_what_virsh_has_changed_is_seen_by_show_and_then_by_lists(
    here: Command, there: Command, libvirt_host: LibvirtHost
) -> None:
    here("instance", "label", "web", "round=8")
    assert seen(here)[0] == seen(there)[0] == "8"
    record = libvirt_host.virsh("metadata", "web", "--uri", "urn:dcctl:instance")
    write = ["metadata", "web", "--uri", "urn:dcctl:instance", "--key", "dcctl", "--live", "--config", "--set"]
    libvirt_host.virsh(*write, record.replace('value="8"', 'value="9"').replace("value='8'", "value='9'"))
    assert here("instance", "show", "web", "-o", "json").json["labels"] == {"round": "9"}
    assert seen(here)[0] == "9"
    assert [row["message"] for row in late(there)] == [
        "lists show it as it was before somebody edited its metadata: web"
    ]
    there("doctor", "--fix")
    assert seen(there)[0] == "9"


def test_a_stamp_that_a_killed_writer_left_is_named_and_goes(
    here: Command, there: Command, libvirt_host: LibvirtHost, pool: Path
) -> None:
    here("instance", "label", "web", "round=10")
    (last,) = stamps(libvirt_host, pool)
    # It was killed after it made its stamp, and before it wrote the record that names it.
    left = f"{last.rpartition('-')[0]}-0123456789abcdef"
    libvirt_host.virsh("vol-create-as", POOL, left, "1")
    here("instance", "label", "web", "round=11")
    assert seen(there)[0] == "11"
    found = [row for row in here("doctor", "-o", "json").json if row["check"] == "left stamp"]
    assert [(row["verdict"], row["resource"], left in row["message"]) for row in found] == [("note", "web", True)]
    assert late(here) == []
    here("doctor", "--fix")
    assert left not in stamps(libvirt_host, pool)
    assert len(stamps(libvirt_host, pool)) == 1
    assert seen(here)[0] == seen(there)[0] == "11"
