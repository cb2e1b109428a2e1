"""How much a command asks of the daemon: a number that does not depend on how much there is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy

MOST_FOR_A_LIST = 11  # fewer than 12

DOMAIN = (
    "<domain type='qemu'><name>{name}</name><uuid>{uuid}</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>"
    "<os><type arch='x86_64'>hvm</type></os></domain>"
)


@pytest.fixture
def counted(libvirt_proxy: LibvirtProxy, tmp_path: Path) -> Command:
    return Command(tmp_path / "counted", {"lab": {"uri": libvirt_proxy.uri}})


@pytest.fixture
def crowd(libvirt_host: LibvirtHost) -> Iterator[None]:
    """500 domains and 500 volumes that are not ours."""
    import libvirt

    connection = libvirt.open(libvirt_host.uri)
    pool = connection.storagePoolLookupByName("default")
    domains = [connection.defineXML(DOMAIN.format(name=f"crowd-{number}", uuid=uuid.uuid4())) for number in range(500)]
    for number in range(500):
        (libvirt_host.pool_path / f"crowd-{number}.img").write_bytes(b"")
    pool.refresh()
    yield
    for domain in domains:
        domain.undefine()
    for number in range(500):
        (libvirt_host.pool_path / f"crowd-{number}.img").unlink()
    pool.refresh()
    connection.close()


def calls(proxy: LibvirtProxy, dcctl: Command, *words: str) -> list[str]:
    """The calls of one command, the connection's own included."""
    proxy.reset()
    dcctl(*words)
    return proxy.names


def create_and_destroy(proxy: LibvirtProxy, dcctl: Command, image: str) -> tuple[list[str], list[str]]:
    create = ["instance", "create", "--image", image, "--hwp", "tiny", "--name", "web", "--no-wait"]
    created = calls(proxy, dcctl, *create)
    return created, calls(proxy, dcctl, "instance", "destroy", "web", "--force", "--power-off", "--yes")


def test_creating_costs_the_same_beside_500_domains_and_volumes(
    command: Command, counted: Command, libvirt_proxy: LibvirtProxy, image: str, request: pytest.FixtureRequest
) -> None:
    """virt-manager#623: creating a guest looks at thousands of files in its pool"""
    assert command is not None
    alone = create_and_destroy(libvirt_proxy, counted, image)
    request.getfixturevalue("crowd")
    crowded = create_and_destroy(libvirt_proxy, counted, image)
    assert crowded[0] == alone[0]
    # Events of the daemon may make a wait ask once more or less.
    assert abs(len(crowded[1]) - len(alone[1])) <= 2


def test_a_warm_list_of_many_costs_fewer_than_12_calls(
    counted: Command, libvirt_proxy: LibvirtProxy, crowd: None
) -> None:
    """virtrigaud#284, cockpit#13642, kimchi#1194: a list asks the host for each guest, and some more: 10 guests 15 s, 26 guests 45
    s, 45 guests never
    ansible#27423, poshstack#260, kcli#299: each row looks up its image and its size again
    """
    listing = ["instance", "list", "-c", "name,state,image,hwp"]
    cold = calls(libvirt_proxy, counted, *listing)
    warm = calls(libvirt_proxy, counted, *listing)
    assert len(cold) > 500
    assert len(warm) <= MOST_FOR_A_LIST, warm
    with_addresses = calls(libvirt_proxy, counted, "instance", "list")
    assert len(with_addresses) <= MOST_FOR_A_LIST + 2, with_addresses
    # libvirt has them in another order each time.
    names = counted("instance", "list", "-q").stdout.splitlines()
    assert names == sorted(names)


NOTED = ["instance", "list", "-o", "json"]
"""With everything that a list can show."""


def labels(dcctl: Command) -> dict[str, dict[str, str]]:
    return {row["name"]: row["labels"] for row in dcctl(*NOTED).json if not row["foreign"]}


def reads(proxy: LibvirtProxy, dcctl: Command, *words: str) -> int:
    """How many records a command reads."""
    return calls(proxy, dcctl, *words).count("domain_get_metadata")


def test_a_warm_list_with_labels_and_all_else_costs_the_same_for_any_number_of_instances(
    command: Command, counted: Command, libvirt_proxy: LibvirtProxy, image: str, crowd: None
) -> None:
    for name in ("one", "two", "three"):
        create = ["instance", "create", "--image", image, "--hwp", "tiny", "--name", name, "--no-wait"]
        command(*create, "--label", f"number={name}")
    plain = ["instance", "list", "-c", "name,state"]
    assert labels(counted) == {name: {"number": name} for name in ("one", "two", "three")}
    without = calls(libvirt_proxy, counted, *plain)
    assert len(without) <= MOST_FOR_A_LIST, without
    filtered = [*plain, "-l", "number=two"]
    with_labels = calls(libvirt_proxy, counted, *filtered)
    assert len(with_labels) - len(without) == 3, with_labels  # what starts with the host, and the pool's volumes
    assert with_labels.count("domain_get_metadata") == 1  # the one that each list reads anew
    command("instance", "label", "two", "number=2", "--description", "changed by another machine")
    command("instance", "protect", "three")
    changed = {row["name"]: row for row in counted(*NOTED).json if not row["foreign"]}
    assert (changed["two"]["labels"], changed["two"]["description"]) == ({"number": "2"}, "changed by another machine")
    assert "destroy" in changed["three"]["refused"]
    assert "two" not in counted(*filtered).stdout
    assert reads(libvirt_proxy, counted, *filtered) == 1
    everything = calls(libvirt_proxy, counted, *NOTED)
    assert len(everything) - len(without) <= 6, everything  # networks and their leases, too
    command("instance", "unprotect", "three")


def test_whoever_is_killed_while_labelling_never_makes_a_list_tell_what_is_not_so(
    command: Command,
    libvirt_host: LibvirtHost,
    libvirt_proxy: LibvirtProxy,
    image: str,
    crowd: None,
    tmp_path: Path,
) -> None:
    fragile = Command(tmp_path / "fragile", {"lab": {"uri": libvirt_proxy.uri}})
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web", "--no-wait")
    told = labels(command)
    # The first change makes a stamp and writes; later ones also delete a stamp.
    for stamped, position in ((False, 1), (False, 2), (True, 1), (True, 2), (True, 3)):
        if stamped:
            command("instance", "label", "web", f"round={position}", "killed-")
            told = labels(command)
        libvirt_proxy.kill_client_at(position, when="after")
        fragile.run("instance", "label", "web", f"killed={position}")
        assert libvirt_proxy.sprung is not None
        written = f'value="{position}"' in _killed_label(libvirt_host)
        if position > 1:
            assert written, libvirt_proxy.sprung.name
            told["web"]["killed"] = str(position)
        for _ in range(2):
            assert labels(command) == told, libvirt_proxy.sprung.name
    libvirt_proxy.reset()
    command("instance", "destroy", "web", "--force", "--power-off", "--yes")
    command("doctor", "--fix", "--yes")
    assert "notes-" not in libvirt_host.virsh("vol-list", "default")


def _killed_label(host: LibvirtHost) -> str:
    """The element of the label ``killed`` in the instance's record."""
    lines = host.virsh("metadata", "web", "urn:dcctl:instance").splitlines()
    return "".join(line.replace("'", '"') for line in lines if "killed" in line)


def test_an_index_that_others_could_have_written_is_not_believed(
    counted: Command, libvirt_proxy: LibvirtProxy, crowd: None
) -> None:
    listing = ["instance", "list", "-c", "name"]
    counted(*listing)
    (index,) = Path(counted.environ["HOME"]).rglob("libvirt-*.index")
    index.chmod(0o666)
    assert len(calls(libvirt_proxy, counted, *listing)) > 500
    index.write_bytes(b"{")
    assert len(calls(libvirt_proxy, counted, *listing)) > 500
    assert len(calls(libvirt_proxy, counted, *listing)) <= MOST_FOR_A_LIST
