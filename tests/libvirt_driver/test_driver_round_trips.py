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
    ansible#27423, kcli#299: each row looks up its image and its size again
    """
    listing = ["instance", "list", "-c", "name,state,image,hwp"]
    cold = calls(libvirt_proxy, counted, *listing)
    warm = calls(libvirt_proxy, counted, *listing)
    assert len(cold) > 500
    assert len(warm) <= MOST_FOR_A_LIST, warm
    with_addresses = calls(libvirt_proxy, counted, "instance", "list")
    assert len(with_addresses) <= MOST_FOR_A_LIST + 2, with_addresses


def test_labels_cost_a_list_one_call_for_each_instance_of_ours_and_nothing_where_nobody_asks(
    command: Command, counted: Command, libvirt_proxy: LibvirtProxy, image: str, crowd: None
) -> None:
    for name in ("one", "two", "three"):
        create = ["instance", "create", "--image", image, "--hwp", "tiny", "--name", name, "--no-wait"]
        command(*create, "--label", f"number={name}")
    plain = ["instance", "list", "-c", "name,state"]
    counted(*plain)  # fills the index
    without = calls(libvirt_proxy, counted, *plain)
    with_labels = calls(libvirt_proxy, counted, *plain, "-l", "number=two")
    assert len(without) <= MOST_FOR_A_LIST, without
    assert len(with_labels) - len(without) in (3, 4), with_labels  # one for autostart


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
