"""A storage pool that grows full just before each call of a command that writes: the command says so, and leaves what was there before."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from libvirt_host.command import CommandHere
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy

_LAST_BLOCKS = 256
MOST_WRITES = 30  # more than any of our commands makes; the last round must run through

CREATE = "instance create --name other --image bare --hwp tiny"
OTHER = "instance destroy other --force --power-off --yes --ignore-missing"
SECOND = "image destroy second --yes --ignore-missing"


@dataclass(frozen=True)
class FullPool:
    """A pool of a few MiB with an image, an instance that runs and one that does not; dcctl through a proxy."""

    proxy: LibvirtProxy
    dcctl: CommandHere
    path: Path
    image: Path

    def words(self, line: str) -> list[str]:
        return [str(self.image) if word == "{image}" else word for word in line.split()]

    def fill(self) -> None:
        room = os.statvfs(self.path)
        with (self.path / "filler").open("wb", buffering=0) as file, suppress(OSError):
            # Somebody else may need some of it at this moment.
            os.posix_fallocate(file.fileno(), 0, max(room.f_bfree - _LAST_BLOCKS, 1) * room.f_bsize)
            file.seek(0, os.SEEK_END)
            while True:
                file.write(bytes(room.f_bsize))

    def make_room(self) -> None:
        self.proxy.reset()
        (self.path / "filler").unlink(missing_ok=True)

    def volumes(self) -> set[str]:
        """All files, whatever libvirt knows of them; of their names what says whose they are."""
        return {name.partition("-notes-")[0].partition("~")[0] for name in os.listdir(self.path)}


@pytest.fixture(scope="module")
def pool(libvirt_host: LibvirtHost, bare_image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullPool]:
    with LibvirtProxy(libvirt_host.socket_path) as proxy:
        # Seen from here it is below the root of a process that sees it.
        path = Path(f"/proc/{libvirt_host.pid}/root{libvirt_host.small_pool('small', 48)}")
        dcctl = CommandHere(tmp_path_factory.mktemp("full"), {"lab": {"uri": proxy.uri, "pool": "small"}})
        pool = FullPool(proxy, dcctl, path, bare_image)
        for line in (
            "image import {image}",
            "instance create --name runs --image bare --hwp tiny --no-wait",
            "instance create --name web --image bare --hwp roomy --storage 1GiB --memory 192MiB --cpu 1",
            "instance stop web --power-off",
            "instance label web role=db",
            "volume create data --size 1GiB",
        ):
            dcctl(*pool.words(line))
        yield pool
        dcctl("instance", "destroy", "runs", "web", "--force", "--power-off", "--yes")
        dcctl("volume", "destroy", "data", "--yes")
        dcctl("image", "destroy", "bare", "--yes")
        assert pool.volumes() == set()
        libvirt_host.remove_small_pool("small")


@pytest.mark.parametrize(
    ("line", "cleaning"),
    [
        (f"{CREATE} --disk 1GiB --disk 2GiB --console-log --autostart", OTHER),
        (f"{CREATE} --disk-mode full", OTHER),
        (f"{CREATE} --disk-mode raw", OTHER),
        ("instance clone web other", OTHER),
        ("instance resize web --storage 2GiB", ""),
        ("instance label web role=web", "instance label web role=db"),
        ("instance protect web", "instance unprotect web"),
        ("snapshot create web first", "snapshot destroy web first --yes"),
        ("snapshot create runs first", "snapshot destroy runs first --yes"),
        ("image import {image} --name second", SECOND),
        ("image copy bare --to-realm lab --name second", SECOND),
        ("image create second --from web", SECOND),
        ("image create second --from runs --live", SECOND),
        ("volume create extra --size 1GiB", "volume destroy extra --yes"),
        ("volume resize data --size 3GiB", ""),
        ("key import {key} --name mine", "key destroy mine --yes"),
    ],
    ids=lambda value: value.partition(" --")[0],
)
def test_a_pool_that_is_full_from_any_writing_call_on(pool: FullPool, ssh_key: Path, line: str, cleaning: str) -> None:
    clean = pool.volumes()
    states = pool.dcctl.instances()
    words = [str(ssh_key.with_suffix(".pub")) if word == "{key}" else word for word in pool.words(line)]
    for position in range(1, MOST_WRITES):
        pool.proxy.do_at(position, pool.fill)
        answer = pool.dcctl.run(*words[:2], "-o", "json", *words[2:])
        call = pool.proxy.sprung
        pool.make_room()
        context = f"{call}: {answer.exit_status}: {answer.stderr}"
        assert "Traceback" not in answer.stderr, context
        if answer.exit_status == 0:
            if cleaning:
                pool.dcctl(*cleaning.split())
        else:
            assert (answer.exit_status, answer.error["code"]) == (10, "capacity"), context
            assert answer.error["hint"], context
        assert pool.volumes() == clean, context
        assert pool.dcctl.instances() == states, context
        if call is None:
            assert answer.exit_status == 0, context
            return
    pytest.fail(f"more than {MOST_WRITES} writing calls")


def test_of_several_instances_those_are_made_that_have_room(pool: FullPool) -> None:
    clean, there = pool.volumes(), pool.dcctl.instances()
    words = "instance create --count 10 --name w-{} --image bare --hwp tiny -o json".split()
    pool.proxy.do_at("domain_create", pool.fill)  # eight are made at once: the last ones come too late for certain
    answer = pool.dcctl.run(*words)
    pool.make_room()
    *each, last = [json.loads(line)["error"] for line in answer.stderr.splitlines()]
    made = {row["name"] for row in answer.json}
    assert (answer.exit_status, last["code"]) == (9, "partial")
    assert {error["code"] for error in each} == {"capacity"}
    assert {error["resource"] for error in each} == {f"w-{number}" for number in range(1, 11)} - made
    assert pool.dcctl.instances() == {**there, **dict.fromkeys(made, "running")}
    pool.dcctl("instance", "destroy", *made, "--force", "--power-off", "--yes")
    assert pool.volumes() == clean
