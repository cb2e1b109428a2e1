"""The test infrastructure itself: what others build on must hold, and must leave nothing behind."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from libvirt_host import guest_image as images
from libvirt_host import linux, packages
from libvirt_host.host import HostUnavailable, LibvirtHost
from libvirt_host.procedures import is_writing, name_of
from libvirt_host.proxy import LibvirtProxy, When
from libvirt_host.requirement import require

TESTS = Path(images.__file__).parents[1]

DOMAIN = """\
<domain type='{kind}'>
  <name>{name}</name>
  <memory unit='MiB'>192</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/></features>
  <cpu mode='maximum'/>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='{overlay}'/><target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='{seed}'/><target dev='vdb' bus='virtio'/><readonly/>
    </disk>
    <interface type='network'>
      <mac address='{mac}'/><source network='default'/><model type='virtio'/>
    </interface>
    <serial type='pty'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
</domain>
"""

SMALL_DOMAIN = "<domain type='qemu'><name>{}</name><memory>8192</memory><os><type>hvm</type></os></domain>"


@pytest.fixture(scope="module")
def libvirt() -> Any:
    return pytest.importorskip("libvirt")


@pytest.fixture
def connection(libvirt: Any, libvirt_host: LibvirtHost) -> Iterator[Any]:
    connection = libvirt.open(libvirt_host.uri)
    yield connection
    connection.close()


def wait_for(what: Callable[[], Any], *, seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return value


def traces_of(directory: Path) -> list[str]:
    """Command lines of processes anywhere on the machine that name a host's directory, and the directory itself."""
    found = [str(directory)] if directory.exists() else []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            text = (entry / "cmdline").read_bytes().decode(errors="replace") + (entry / "mountinfo").read_text()
        except OSError:
            continue
        if str(directory) in text:
            found.append(f"{entry.name}: {text[:200]}")
    return found


# -- the host ---------------------------------------------------------------------------------------------------------


def test_pool_and_network_are_started(connection: Any, libvirt_host: LibvirtHost) -> None:
    assert [pool.name() for pool in connection.listAllStoragePools() if pool.isActive()] == ["default"]
    assert [network.name() for network in connection.listAllNetworks() if network.isActive()] == ["default"]
    assert connection.getHostname() == libvirt_host.name
    assert str(libvirt_host.pool_path) in connection.storagePoolLookupByName("default").XMLDesc()


def test_kvm_is_offered_only_where_it_works(libvirt_host: LibvirtHost) -> None:
    assert (libvirt_host.run(["test", "-e", "/dev/kvm"]).returncode == 0) == linux.kvm_usable()


def test_a_program_inside_dies_with_the_one_outside(libvirt_host: LibvirtHost) -> None:
    def sleeps() -> bool:
        return any("sleep 1000" in line for _, line in libvirt_host.processes())

    with libvirt_host.popen(["sleep", "1000"]) as process:
        wait_for(sleeps)
        process.kill()
    wait_for(lambda: not sleeps(), seconds=5)


def test_run_reports_output_status_and_time_out(libvirt_host: LibvirtHost) -> None:
    done = libvirt_host.run(["sh", "-c", "cat; exit 3"], stdin="said")
    assert (done.returncode, done.stdout) == (3, "said")
    with pytest.raises(subprocess.TimeoutExpired):
        libvirt_host.run(["sleep", "1000"], timeout=0.1)


@pytest.mark.parametrize("end", ["stop_daemon", "kill_daemon"])
def test_the_daemon_ends_and_comes_back(libvirt: Any, libvirt_host: LibvirtHost, end: str) -> None:
    getattr(libvirt_host, end)()
    with pytest.raises(libvirt.libvirtError):
        libvirt.open(libvirt_host.uri)
    libvirt_host.start_daemon()
    connection = libvirt.open(libvirt_host.uri)
    assert connection.networkLookupByName("default").isActive()
    connection.close()


def test_a_small_pool_can_be_filled(libvirt: Any, connection: Any, libvirt_host: LibvirtHost) -> None:
    libvirt_host.small_pool("small", 8)
    pool = connection.storagePoolLookupByName("small")
    volume = "<volume><name>{}</name><capacity unit='MiB'>{}</capacity><allocation unit='MiB'>{}</allocation></volume>"
    pool.createXML(volume.format("fits", 4, 4), 0)
    with pytest.raises(libvirt.libvirtError, match="No space left"):
        pool.createXML(volume.format("does-not", 16, 16), 0)
    libvirt_host.remove_small_pool("small")


def test_two_hosts_know_nothing_of_each_other(libvirt: Any, libvirt_host: LibvirtHost) -> None:
    with LibvirtHost(name="second.test") as other:
        connection = libvirt.open(other.uri)
        domain = connection.defineXML(SMALL_DOMAIN.format("only-here"))
        assert "only-here" not in libvirt_host.virsh("list", "--all", "--name")
        assert connection.getHostname() == "second.test"
        domain.undefine()
        connection.close()
        directory, inside = other.directory, other.processes()
    assert inside
    assert traces_of(directory) == []
    assert other.processes() == []


@pytest.mark.usefixtures("libvirt_host")
def test_a_killed_test_process_leaves_nothing() -> None:
    script = (
        "import time\n"
        "from libvirt_host.host import LibvirtHost\n"
        "with LibvirtHost() as host:\n"
        f"    host.run(['virsh', 'create', '/dev/stdin'], stdin={SMALL_DOMAIN.format('left')!r}, check=True)\n"
        "    print(host.directory, flush=True)\n"
        "    time.sleep(1000)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    with subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        directory = Path(process.stdout.readline().strip())
        assert any("qemu-system" in trace for trace in traces_of(directory))
        process.send_signal(signal.SIGKILL)
    wait_for(lambda: not traces_of(directory), seconds=10)


# -- the guest --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Guest:
    """A running guest, and how to talk to it."""

    host: LibvirtHost
    ssh: tuple[str, ...]

    def __call__(self, script: str, *, stdin: str = "") -> str:
        return self.host.run([*self.ssh, script], stdin=stdin, check=True).stdout


def make_seed(files: dict[str, str]) -> bytes:
    pycdlib = pytest.importorskip("pycdlib")
    iso = pycdlib.PyCdlib()
    iso.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident="cidata")
    for number, (name, text) in enumerate(files.items()):
        content = text.encode()
        iso.add_fp(io.BytesIO(content), len(content), f"/FILE{number}.;1", rr_name=name, joliet_path=f"/{name}")
    target = io.BytesIO()
    iso.write_fp(target)
    iso.close()
    return target.getvalue()


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def upload(connection: Any, pool: Any, name: str, content: bytes, *, kind: str = "raw") -> Any:
    size = len(content)
    target = f"<target><format type='{kind}'/></target>"
    volume = pool.createXML(f"<volume><name>{name}</name><capacity>{size}</capacity>{target}</volume>", 0)
    stream = connection.newStream()
    volume.upload(stream, 0, size)
    stream.sendAll(lambda _, count, source: source.read(count), io.BytesIO(content))
    stream.finish()
    return volume


@pytest.fixture(scope="module")
def guest(
    libvirt: Any, libvirt_host: LibvirtHost, guest_image: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guest]:
    """A guest made as a driver would: overlay and seed as volumes, its host key pinned by the seed."""
    folder = tmp_path_factory.mktemp("guest")
    for name in ("user", "host"):
        argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(argv, check=True)
    public = (folder / "host.pub").read_text()
    user_data = (
        f"#cloud-config\nssh_authorized_keys:\n  - {(folder / 'user.pub').read_text()}"
        f"ssh_keys:\n  ed25519_private: |\n{indented((folder / 'host').read_text())}  ed25519_public: {public}"
    )
    seed = make_seed({"meta-data": "instance-id: first\nlocal-hostname: web1\n", "user-data": user_data})
    connection = libvirt.open(libvirt_host.uri)
    pool = connection.storagePoolLookupByName("default")
    base = upload(connection, pool, "base.qcow2", guest_image.read_bytes())
    seed_volume = upload(connection, pool, "seed.iso", seed)
    overlay = pool.createXML(
        f"<volume><name>guest.qcow2</name><capacity unit='MiB'>256</capacity><target><format type='qcow2'/></target>"
        f"<backingStore><path>{base.path()}</path><format type='qcow2'/></backingStore></volume>",
        0,
    )
    kind, mac = "kvm" if linux.kvm_usable() else "qemu", "52:54:00:12:34:56"
    connection.createXML(
        DOMAIN.format(kind=kind, name="guest", overlay=overlay.path(), seed=seed_volume.path(), mac=mac)
    )
    network = connection.networkLookupByName("default")
    try:
        (lease,) = wait_for(lambda: network.DHCPLeases(mac))
        (folder / "known_hosts").write_text(f"{lease['ipaddr']} {public}")
        options = (
            "BatchMode=yes",
            "StrictHostKeyChecking=yes",
            f"UserKnownHostsFile={folder / 'known_hosts'}",
            "ConnectTimeout=5",
        )
        words = [word for option in options for word in ("-o", option)]
        made = Guest(libvirt_host, ("ssh", "-i", str(folder / "user"), *words, f"root@{lease['ipaddr']}"))
        wait_for(lambda: libvirt_host.run([*made.ssh, "true"]).returncode == 0)
        yield made
    finally:
        # The daemon may have been killed in between: the old connection is of no use.
        libvirt_host.run(["virsh", "destroy", "guest"])
        for name in ("guest.qcow2", "seed.iso", "base.qcow2"):
            libvirt_host.virsh("vol-delete", name, "--pool", "default")
        connection.close()


def test_a_guest_is_named_by_its_seed(guest: Guest) -> None:
    assert guest("hostname; cat /sys/block/vda/size").split() == ["web1", str(256 * 2048)]
    assert guest("cloud-init status --wait").strip() == "status: done"


def test_a_guest_has_an_agent(guest: Guest) -> None:
    assert guest.host.virsh("qemu-agent-command", "guest", '{"execute": "guest-ping"}').strip() == '{"return":{}}'


MULTIPART = """\
Content-Type: multipart/mixed; boundary="edge"
MIME-Version: 1.0

--edge
Content-Type: text/cloud-config

#cloud-config
hostname: parted
--edge
Content-Type: text/x-shellscript
Content-Transfer-Encoding: base64

IyEvYmluL3NoCmVjaG8gaGVsbG8K
--edge--
"""


@pytest.mark.parametrize(
    ("meta_data", "user_data", "name", "scripts"),
    [
        ("instance-id: one\nlocal-hostname: plain\n", "#!/bin/sh\necho hello\n", "plain", 1),
        ('{"instance-id": "one", "local-hostname": "braces"}', '#cloud-config\n{"hostname": "inner"}', "inner", 0),
        ("instance-id: one\nlocal-hostname: outer.example.org\n", "", "outer", 0),
        ("instance-id: one\nlocal-hostname: outer\n", MULTIPART, "parted", 1),
    ],
    ids=["script", "json", "domain", "multipart"],
)
def test_a_guest_understands_seeds(guest: Guest, meta_data: str, user_data: str, name: str, scripts: int) -> None:
    guest("rm -rf /tmp/seed /run/seed-*; mkdir /tmp/seed; cat >/tmp/seed/meta-data", stdin=meta_data)
    guest("cat >/tmp/seed/user-data", stdin=user_data)
    results = "cat /run/seed-hostname /run/seed-instance; for script in /run/seed-scripts/*; do [ -e $script ] && $script; done"
    said = guest(f"seed-read /tmp/seed; {results}; true")
    assert said.split() == [name, "one", *["hello"] * scripts]


def test_a_guest_survives_its_daemon(guest: Guest, libvirt: Any) -> None:
    guest.host.kill_daemon()
    assert guest("hostname").strip() == "web1"
    guest.host.start_daemon()
    connection = libvirt.open(guest.host.uri)
    assert connection.lookupByName("guest").isActive()
    connection.close()


def test_the_power_button_is_obeyed_unless_told_otherwise(guest: Guest) -> None:
    guest("touch /data/ignore-acpi")
    guest.host.virsh("shutdown", "guest", "--mode", "acpi")
    time.sleep(1.5)
    guest("rm /data/ignore-acpi")
    guest.host.virsh("shutdown", "guest", "--mode", "acpi")
    wait_for(lambda: "guest" not in guest.host.virsh("list", "--name").split(), seconds=20)


# -- the proxy --------------------------------------------------------------------------------------------------------

CLIENT = """\
import sys, libvirt
connection = libvirt.open(sys.argv[1])
domain = connection.defineXML(sys.argv[2])
domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "titled", None, None)
domain.undefine()
connection.close()
print("finished")
"""
WRITES = ["domain_define_xml", "domain_set_metadata", "domain_undefine"]


def run_client(uri: str, name: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-c", CLIENT, uri, SMALL_DOMAIN.format(name)]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


def left_of(connection: Any, name: str) -> list[str]:
    """What the client's domain looks like now: [], or its one state; removes it."""
    states = []
    for domain in connection.listAllDomains():
        if domain.name() == name:
            states.append("titled" if "<title>" in domain.XMLDesc() else "untitled")
            domain.undefine()
    return states


def test_a_proxy_counts_and_names_calls(libvirt_proxy: LibvirtProxy, libvirt: Any) -> None:
    done = run_client(libvirt_proxy.uri, "counted")
    assert (done.returncode, done.stdout) == (0, "finished\n")
    assert [call.name for call in libvirt_proxy.calls if call.writing] == WRITES
    assert libvirt_proxy.names[-1] == "connect_close"
    libvirt_proxy.reset()
    connection = libvirt.open(libvirt_proxy.uri)
    connection.listAllDomains()
    connection.close()
    assert libvirt_proxy.names.count("connect_list_all_domains") == 1
    assert libvirt_proxy.writes == 0


@pytest.mark.parametrize(
    ("k", "when", "left"),
    [
        (1, "before", []),
        (1, "after", ["untitled"]),
        (2, "before", ["untitled"]),
        (2, "after", ["titled"]),
        (3, "before", ["titled"]),
        (3, "after", []),
    ],
)
@pytest.mark.parametrize("trouble", ["kill_client_at", "drop_at"])
def test_a_proxy_strikes_at_the_right_call(
    libvirt_proxy: LibvirtProxy, connection: Any, trouble: str, k: int, when: When, left: list[str]
) -> None:
    getattr(libvirt_proxy, trouble)(k, when=when)
    done = run_client(libvirt_proxy.uri, "struck")
    assert done.returncode == (-signal.SIGKILL if trouble == "kill_client_at" else 1)
    assert "finished" not in done.stdout
    assert libvirt_proxy.sprung is not None
    assert libvirt_proxy.sprung.name == WRITES[k - 1]
    assert left_of(connection, "struck") == left


def test_a_proxy_is_slow_on_request(libvirt_proxy: LibvirtProxy, libvirt: Any) -> None:
    connection = libvirt.open(libvirt_proxy.uri)
    libvirt_proxy.delay(0.05)
    began = time.monotonic()
    connection.listAllDomains()
    connection.listAllNetworks()
    assert time.monotonic() - began >= 0.1
    libvirt_proxy.delay(0)
    connection.close()


def test_a_proxy_carries_streams(libvirt_proxy: LibvirtProxy, libvirt: Any) -> None:
    connection = libvirt.open(libvirt_proxy.uri)
    content = os.urandom(1_000_000)
    volume = upload(connection, connection.storagePoolLookupByName("default"), "streamed", content)
    assert Path(volume.path()).read_bytes() == content
    assert libvirt_proxy.names.count("storage_vol_upload") == 1
    assert libvirt_proxy.stream_packets > 1
    volume.delete()
    connection.close()


# -- without a host ---------------------------------------------------------------------------------------------------


def test_procedures_are_told_apart() -> None:
    names = [name_of(0x20008086, number) for number in (1, 125, 264, 273, 350)]
    assert names == [
        "connect_open",
        "storage_vol_create_xml_from",
        "domain_set_metadata",
        "connect_list_all_domains",
        "domain_define_xml_flags",
    ]
    assert [is_writing(name) for name in names] == [False, True, True, False, True]
    assert name_of(0x20008086, 9999) == "0x20008086/9999"


def test_what_is_missing_is_a_skip_or_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DCCTL_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no such thing"):
        require("no such thing")
    monkeypatch.setenv("DCCTL_REQUIRE", "kvm, libvirt")
    with pytest.raises(pytest.fail.Exception, match="no such thing"):
        require("no such thing")


def test_a_host_says_why_it_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(HostUnavailable, match="root"):
        LibvirtHost().open()


def test_packages_are_looked_up() -> None:
    assert packages.missing(["dpkg", "no-such-package"]) == ["no-such-package"]
