"""dcctl beside kcli, virt-install and virsh on one host in one run: create, destroy, and lists of 1 to 10,000 domains."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping

from bench import libvirt_setup
from bench.libvirt_list import pattern_of
from bench.measure import Candidate, compare, table
from bench.setting import Setting
from libvirt_host import guest_image
from libvirt_host.host import LibvirtHost

LISTS = (1, 100, 1000, 10_000)
WANTED = {1000: 0.8, 10_000: 0.4}
PEER_IMAGE = "peer-image.qcow2"


def run(setting: Setting) -> str:
    with LibvirtHost() as host:
        variables = {**libvirt_setup.environ(setting, host.uri), **_kcli_environ(setting, host)}
        image = guest_image.build()
        libvirt_setup.import_guest(setting, variables, image)
        shutil.copy(image, host.pool_path / PEER_IMAGE)
        host.virsh("pool-refresh", "default")
        guests = _Guests(setting, variables, host)
        parts = [_create(setting, guests), _destroy(setting, guests)]
        guests.remove()
        pattern, there = pattern_of(setting, variables, host), 0
        for count in LISTS:
            libvirt_setup.define_domains(host, count, like=pattern, start=there)
            there = count
            parts.append(_list(setting, variables, host, count))
    return "\n\n".join(parts)


def _kcli_environ(setting: Setting, host: LibvirtHost) -> Mapping[str, str]:
    """kcli's own files, in the home directory of the benchmarks."""
    folder = setting.home / ".kcli"
    folder.mkdir(exist_ok=True)
    (folder / "config.yml").write_text(
        f"default:\n  client: local\nlocal:\n  type: kvm\n  host: 127.0.0.1\n  url: '{host.uri}'\n  pool: default\n"
    )
    key = setting.home / ".ssh" / "id_ed25519"
    if not key.exists():
        key.parent.mkdir(exist_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    return {"HOME": str(setting.home)}


class _Guests:
    """One guest of each tool, called as the tool."""

    def __init__(self, setting: Setting, variables: Mapping[str, str], host: LibvirtHost) -> None:
        self.variables = variables
        self._setting, self._host = setting, host
        self._overlay = host.pool_path / "virt-install.qcow2"
        base = host.pool_path / PEER_IMAGE
        disk = f"path={self._overlay},format=qcow2,size=1,backing_store={base},backing_format=qcow2"
        dcctl, kcli = setting.program("dcctl"), setting.program("kcli")
        self.create = {
            "dcctl": f"{dcctl} instance create --image tiny-guest --hwp tiny --name dcctl -q".split(),
            "kcli": f"{kcli} create vm -i {PEER_IMAGE} -P memory=192 -P numcpus=1 -P virttype=qemu -P disks=[1] kcli".split(),
            "virt-install": (
                f"virt-install --connect {host.uri} --name virt-install --memory 192 --vcpus 1 --import --disk {disk}"
                " --network network=default --graphics none --noautoconsole --virt-type qemu --osinfo require=off"
            ).split(),
        }
        virsh = f"virsh -q -c {host.uri}"
        self.destroy = {
            "dcctl": f"{dcctl} instance destroy dcctl --force --power-off --yes -q".split(),
            "kcli": f"{kcli} delete vm --yes kcli".split(),
            "virt-install": [
                *("sh", "-c"),
                f"{virsh} destroy virt-install && {virsh} undefine virt-install --remove-all-storage",
            ],
        }
        if not setting.installed("kcli"):
            del self.create["kcli"], self.destroy["kcli"]
        if not setting.installed("virt-install"):
            del self.create["virt-install"], self.destroy["virt-install"]

    def there(self, tool: str) -> bool:
        return tool in self._host.virsh("list", "--all", "--name").split()

    def remove(self) -> None:
        """All of them: a guest that boots meanwhile takes a processor of those that are measured."""
        for tool in self.create:
            self.without(tool)()

    def without(self, tool: str) -> Callable[[], None]:
        """Before its creation is timed."""

        def prepare() -> None:
            if self.there(tool):
                subprocess.run(self.destroy[tool], env=dict(self.variables), check=True, stdout=subprocess.DEVNULL)
            if tool == "virt-install":
                self._overlay.unlink(missing_ok=True)
                self._host.virsh("pool-refresh", "default")

        return prepare

    def with_one(self, tool: str) -> Callable[[], None]:
        """Before its destruction is timed."""

        def prepare() -> None:
            self.remove()
            subprocess.run(self.create[tool], env=dict(self.variables), check=True, stdout=subprocess.DEVNULL)

        return prepare


def _create(setting: Setting, guests: _Guests) -> str:
    candidates = [
        Candidate(tool, argv, guests.variables, guests.remove, limit=1.0 if tool == "dcctl" else None)
        for tool, argv in _peers_first(guests.create)
    ]
    return table("libvirt: create until it runs", compare(candidates, rounds=_few(setting), warm_ups=1))


def _destroy(setting: Setting, guests: _Guests) -> str:
    names = {"virt-install": "virsh destroy, undefine --remove-all-storage"}
    candidates = [
        Candidate(names.get(tool, tool), argv, guests.variables, guests.with_one(tool))
        for tool, argv in _peers_first(guests.destroy)
    ]
    return table(
        "libvirt: destroy a running guest and its disks", compare(candidates, rounds=_few(setting), warm_ups=1)
    )


def _peers_first(commands: Mapping[str, list[str]]) -> list[tuple[str, list[str]]]:
    """The first is what the others are compared with."""
    return sorted(commands.items(), key=lambda item: ("virt-install", "kcli", "dcctl").index(item[0]))


def _list(setting: Setting, variables: Mapping[str, str], host: LibvirtHost, count: int) -> str:
    candidates = [
        Candidate("virsh list --all", ["virsh", "-c", host.uri, "list", "--all"], variables),
        Candidate(
            "dcctl instances list, warm index",
            [setting.program("dcctl"), "instances", "list", "-c", "name,state,image,hwp"],
            variables,
            limit=WANTED.get(count),
        ),
    ]
    results = compare(candidates, rounds=_few(setting), warm_ups=1)
    if setting.installed("kcli"):
        kcli = [Candidate("kcli list vm", [setting.program("kcli"), "list", "vm"], variables)]
        results += compare(kcli, rounds=1 if count > 100 else _few(setting), warm_ups=0)
    return table(f"libvirt: list of {count:,} domains", results)


def _few(setting: Setting) -> int:
    return max(3, setting.rounds // 3)
