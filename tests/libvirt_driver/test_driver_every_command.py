"""Every command that talks to libvirt, and its connection gone in the middle.

Commands that only read lose it in the middle of their calls; those that change something lose it before the middle one of
their writing calls, and after their last one. Each leaves one sentence and an honest exit status; whatever is left then
is named by doctor; and when the daemon is there again the same command does what it was asked, or says that it is done.
The table has every verb, and a test says so. Where exactly a connection breaks between two calls makes no difference to
commands that read; for the long ones every single write is tried in test_driver_faults.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import libvirt
import pytest

from dcctl.cli.app import VerbGroup, whole_tree
from libvirt_host.command import Answer, Command, CommandHere
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy, When

BOUND = 60.0
"""Seconds; a command that takes this long hangs. What it should take is not asserted: the machine may be busy."""


@dataclass(frozen=True)
class Case:
    """One command line, and what has to be there before each run and is taken away after it.

    `before` and `after` are lines of dcctl, or those that `Lab.step` knows; what they find done already is fine. `status`: what it
    ends with when nothing breaks. `talks`: its output is not dcctl's own, so there is no ``-o``. `done`: what it ends with when it is done already.
    `lost`: when it loses its connection.
    """

    line: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    status: int = 0
    talks: bool = False
    done: int = 5
    lost: int = 7

    @property
    def verb(self) -> tuple[str, str]:
        noun, verb = self.line.split()[:2]
        return noun, verb


RUN, POWER_OFF = "instance start web", "instance stop web --power-off"
NO_SECOND = "image destroy second --yes --ignore-missing"
NO_OTHER = "instance destroy other --force --power-off --yes --ignore-missing"
NO_EXTRA = "volume destroy extra --yes --ignore-missing"
NO_SPARE = "network destroy spare --yes --ignore-missing"
NO_YOURS = "key destroy yours --yes --ignore-missing"
NO_NEXT = "snapshot destroy pinned next --yes --ignore-missing"

CASES = (
    Case("instance list"),
    Case("instance show web"),
    Case("instance create --name other --image bare --hwp tiny", after=(NO_OTHER,)),
    Case("instance start web", after=(POWER_OFF,)),
    Case("instance stop web --power-off", before=(RUN,)),
    Case("instance reboot web --no-wait", before=(RUN,), after=(POWER_OFF,)),
    Case("instance suspend web", before=(RUN,), after=("instance resume web", POWER_OFF)),
    Case("instance resume web", before=(RUN, "instance suspend web"), after=(POWER_OFF,)),
    Case("instance wait web --for state=stopped"),
    Case("instance ssh web -- true", status=5, talks=True),
    Case("instance cp README.md web:", status=5, talks=True),
    Case("instance ssh-config web", status=5, talks=True),
    Case("instance exec web -- true", status=5, talks=True),
    Case("instance console web --read-only", status=5, talks=True),
    Case("instance logs web", talks=True),
    Case("instance vnc web", status=5, talks=True),
    Case("instance label web role=web", after=("instance label web role=db",)),
    Case("instance resize web --cpu 2", after=("instance resize web --cpu 1",)),
    Case("instance clone web other", after=(NO_OTHER,)),
    Case(
        "instance rename other another",
        before=("instance clone web other",),
        after=("instance rename another other", NO_OTHER),
    ),
    Case("instance protect web", after=("instance unprotect web",)),
    Case("instance unprotect web", before=("instance protect web",)),
    Case("instance autostart web", after=("instance autostart web --off",)),
    Case("instance adopt stray", before=("define stray",), after=("instance destroy stray --yes", "undefine stray")),
    Case("instance destroy other --yes", before=("instance clone web other",), after=(NO_OTHER,)),
    Case("image list"),
    Case("image show bare"),
    Case("image import {image} --name second", after=(NO_SECOND,)),
    Case("image create second --from web", after=(NO_SECOND,)),
    Case("image copy bare --to-realm lab --name second", after=(NO_SECOND,)),
    Case("image destroy second --yes", before=("image import {image} --name second",), after=(NO_SECOND,)),
    Case("image prune --yes", before=("image import {image} --name second",), after=(NO_SECOND,)),
    Case("snapshot list pinned"),
    Case("snapshot show pinned first"),
    Case("snapshot create pinned next", after=(NO_NEXT,)),
    Case("snapshot revert pinned first --yes"),
    Case("snapshot destroy pinned next --yes", before=("snapshot create pinned next",), after=(NO_NEXT,)),
    Case("volume list"),
    Case("volume show data"),
    Case("volume create extra --size 1GiB", after=(NO_EXTRA,)),
    Case("volume attach data web", after=("volume detach data",)),
    Case("volume detach data", before=("volume attach data web",)),
    Case("volume resize extra --size 2GiB", before=("volume create extra --size 1GiB",), after=(NO_EXTRA,)),
    Case("volume destroy extra --yes", before=("volume create extra --size 1GiB",), after=(NO_EXTRA,)),
    Case("network list"),
    Case("network show lan"),
    Case("network create spare", after=(NO_SPARE,)),
    Case("network destroy spare --yes", before=("network create spare",), after=(NO_SPARE,)),
    Case("key list"),
    Case("key show mine"),
    Case("key import {key} --name yours", after=(NO_YOURS,)),
    Case("key create yours --file {new}", after=(NO_YOURS, "remove {new}"), done=2),
    Case("key destroy yours --yes", before=("key import {key} --name yours",), after=(NO_YOURS,)),
    Case("realm show lab"),
    Case("realm init lab"),
    Case("doctor check", lost=1),
)

AT_HOME = {
    *(("hwp", verb) for verb in ("list", "show")),
    *(("driver", verb) for verb in ("list", "show", "check", "new")),
    *(("catalogue", verb) for verb in ("show", "check")),
    *(("config", verb) for verb in ("show", "init")),
    *(("context", verb) for verb in ("list", "use")),
    *(("completion", verb) for verb in ("bash", "zsh", "fish")),
    ("state", "list"),
    ("realm", "list"),
    ("collection", "list"),
}
"""Verbs that talk to no daemon, whatever the driver."""

NOUNS = sorted({case.verb[0] for case in CASES})


def test_the_table_has_every_verb() -> None:
    tree = {
        (noun, verb)
        for noun, group in whole_tree().commands.items()
        if isinstance(group, VerbGroup)
        for verb in group.commands
    }
    assert {case.verb for case in CASES} | AT_HOME == tree
    assert len({case.verb for case in CASES}) == len(CASES)


def named(volume: str) -> str:
    """The name of a volume, less the part of a stamp's that is new with each note."""
    return volume.partition("-notes-")[0]


class Lab:
    """A host with one of everything, dcctl that works on it, and dcctl whose connection the proxy can cut."""

    def __init__(self, host: LibvirtHost, proxy: LibvirtProxy, home: Path, image: Path, public_key: Path) -> None:
        self.proxy = proxy
        self.whole = CommandHere(home / "whole", {"lab": {"uri": host.uri}})
        self.watched = CommandHere(home / "watched", {"lab": {"uri": proxy.uri}})
        self.fragile = Command(home / "fragile", {"lab": {"uri": proxy.uri}})
        self._libvirt = libvirt.open(host.uri)
        self._files = {"{image}": str(image), "{key}": str(public_key), "{new}": str(home / "yours")}

    def close(self) -> None:
        self._libvirt.close()

    def words(self, line: str) -> list[str]:
        return [self._files.get(word, word) for word in line.split()]

    def step(self, line: str) -> None:
        match self.words(line):
            case ["define", name]:
                self._libvirt.defineXML(
                    f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>192</memory>"
                    "<os><type arch='x86_64'>hvm</type></os></domain>"
                )
            case ["undefine", name]:
                with suppress(libvirt.libvirtError):  # it is gone already
                    self._libvirt.lookupByName(name).undefine()
            case ["remove", path]:
                for file in (Path(path), Path(f"{path}.pub")):
                    file.unlink(missing_ok=True)
            case words:
                answer = self.whole.run(*words)
                # 4 and 5: there is nothing to take away, or it is so already.
                assert answer.exit_status in (0, 4, 5), f"{line}: {answer.stderr}"

    def steps(self, lines: tuple[str, ...]) -> None:
        for line in lines:
            self.step(line)

    def left(self) -> tuple[list[str], list[str], list[str]]:
        """The domains, volumes and networks that there are."""
        return (
            sorted(domain.name() for domain in self._libvirt.listAllDomains()),
            sorted({named(volume) for volume in self._libvirt.storagePoolLookupByName("default").listVolumes()}),
            sorted(network.name() for network in self._libvirt.listAllNetworks()),
        )

    def calls(self, case: Case) -> tuple[int, int]:
        """How many calls it makes when nothing breaks, and how many of them write. The daemon is a little slow, as any may be."""
        self.steps(case.before)
        self.proxy.reset()
        self.proxy.delay(0.002)
        answer = (self.fragile if case.talks else self.watched).run(*self.asked(case))
        self.proxy.delay(0)
        assert answer.exit_status == case.status, answer.stderr
        self.steps(case.after)
        return self.proxy.round_trips, self.proxy.writes

    def asked(self, case: Case) -> list[str]:
        words = self.words(case.line)
        return words if case.talks else [*words[:2], "-o", "json", *words[2:]]


@pytest.fixture(scope="module")
def lab(
    libvirt_host: LibvirtHost, bare_image: Path, ssh_key: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    with LibvirtProxy(libvirt_host.socket_path) as proxy:
        lab = Lab(libvirt_host, proxy, tmp_path_factory.mktemp("lab"), bare_image, ssh_key.with_suffix(".pub"))
        before = lab.left()
        for line in (
            "image import {image}",
            "instance create --name web --image bare --hwp roomy --cpu 1 --memory 192MiB --storage 1GiB --console-log",
            POWER_OFF,
            "instance label web role=db",
            "instance clone web pinned",
            "snapshot create pinned first",
            "volume create data --size 1GiB",
            "network create lan",
            "key import {key} --name mine",
        ):
            lab.whole(*lab.words(line))
        yield lab
        for line in (
            "instance destroy web pinned --force --power-off --yes",
            "image destroy bare --yes",
            "volume destroy data --yes",
            "network destroy lan --yes",
            "key destroy mine --yes",
        ):
            lab.whole(*lab.words(line))
        assert lab.left() == before
        lab.close()


def check(case: Case, answer: Answer, context: str) -> None:
    """What any command that lost its daemon must look like."""
    said = f"{context}: {answer.exit_status}: {answer.stderr}"
    assert answer.exit_status in (case.status, 0, case.lost, 9), said
    assert "Traceback" not in answer.stderr, said
    if case.talks:
        if answer.exit_status:
            assert answer.stderr.startswith("dcctl: "), said
        return
    errors = [json.loads(line) for line in answer.stderr.splitlines()]
    if answer.stdout:
        json.loads(answer.stdout)
    if answer.exit_status:
        assert [line["error"]["exit_status"] for line in errors][-1] == answer.exit_status, said
        assert any(line["error"]["hint"] for line in errors), said
        if answer.exit_status != 1:
            assert "unreachable" in {line["error"]["code"] for line in errors}, said


@pytest.mark.parametrize("noun", NOUNS)
def test_a_connection_that_is_lost_in_the_middle(lab: Lab, noun: str) -> None:
    clean = lab.left()
    for case in CASES:
        if case.verb[0] != noun:
            continue
        calls, writes = lab.calls(case)
        assert calls
        assert lab.left() == clean, case.line
        if not writes:
            cuts: list[tuple[int, When]] = [((calls + 1) // 2, "before")]
        else:
            cuts = [(writes // 2 + 1, "before"), (writes, "after")]
        for position, when in cuts:
            lab.steps(case.before)
            lab.proxy.drop_at(position, when=when, reading=not writes)
            answer = lab.fragile.run(*lab.asked(case), timeout=BOUND)
            sprung = lab.proxy.sprung
            context = f"{case.line}, {when} call {position}, {sprung}"
            assert sprung is not None, context
            check(case, answer, context)
            again = lab.whole.run(*lab.asked(case)) if not case.talks else lab.fragile.run(*lab.asked(case))
            assert again.exit_status in (case.status, 0, 4, 5, case.done), f"{context}: {again.stderr}"
            assert "Traceback" not in again.stderr
            lab.steps(case.after)
            assert lab.left() == clean, context
    lab.whole("doctor", "check")
