"""From the command to a running guest, beside a minimal script that makes the same calls, and beside virt-install."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench import libvirt_setup
from bench.measure import Candidate, Result, compare, table
from bench.setting import Setting
from libvirt_host import guest_image
from libvirt_host.host import LibvirtHost

FILLERS = 1000
SCRIPT = Path(__file__).with_name("minimal_create.py")


def run(setting: Setting) -> str:
    image = guest_image.build()
    with LibvirtHost() as host:
        variables = libvirt_setup.environ(setting, host.uri)
        libvirt_setup.import_guest(setting, variables, image)
        base = _base_volume(host)
        rounds = max(5, setting.rounds // 2)
        empty = compare(_candidates(setting, variables, host, base), rounds=rounds, warm_ups=1)
        fillers = libvirt_setup.define_domains(host, FILLERS)
        full = compare(_candidates(setting, variables, host, base), rounds=max(3, rounds // 2), warm_ups=1)
        libvirt_setup.undefine_domains(host, fillers)
    return "\n".join(
        [
            table("libvirt: create to running, empty host (wanted: 1.3 x the script, 1.0 x virt-install)", empty),
            _against_virt_install(empty),
            table(f"libvirt: create to running, {FILLERS} domains (wanted: 0.3 x virt-install)", full),
            _against_virt_install(full),
        ]
    )


def _candidates(setting: Setting, variables: Mapping[str, str], host: LibvirtHost, base: str) -> list[Candidate]:
    def remove() -> None:
        """Whatever the last run made; a base image stays."""
        for name in host.virsh("list", "--all", "--name").split():
            if name == "bench-dcctl":
                libvirt_setup.dcctl(setting, variables, "instance", "destroy", name, "--force", "--power-off", "--yes")
            elif name.startswith("bench-"):
                host.virsh("destroy", name)
                host.virsh("undefine", name, "--remove-all-storage")

    overlay = host.pool_path / "bench-virt-install.qcow2"

    def prepare_virt_install() -> None:
        remove()
        overlay.unlink(missing_ok=True)

    create = ["instance", "create", "--image", "tiny-guest", "--hwp", "tiny", "--name", "bench-dcctl", "-o", "json"]
    candidates = [
        Candidate("minimal libvirt-python script", [setting.program("python"), str(SCRIPT), base], variables, remove),
        Candidate("dcctl instance create", [setting.program("dcctl"), *create], variables, remove, limit=1.3),
    ]
    if setting.installed("virt-install"):
        disk = f"path={overlay},format=qcow2,size=1,backing_store={base},backing_format=qcow2"
        argv = (
            f"virt-install --connect {host.uri} --name bench-virt-install --memory 192 --vcpus 1 --import --disk {disk}"
            " --network network=default --graphics none --noautoconsole --virt-type qemu --osinfo require=off"
        ).split()
        candidates.append(Candidate("virt-install --import", argv, variables, prepare_virt_install))
    remove()
    return candidates


def _base_volume(host: LibvirtHost) -> str:
    """The path of the volume that holds the imported image."""
    for line in host.virsh("vol-list", "default").splitlines():
        name, path = line.split()[:2]
        if "tiny-guest" in name and not name.endswith(".json"):
            return path
    raise LookupError("the image tiny-guest has no volume")


def _against_virt_install(results: list[Result]) -> str:
    by_name = {result.candidate.name: result.median for result in results}
    if "virt-install --import" not in by_name:
        return "  virt-install is not installed"
    return f"  dcctl / virt-install: {by_name['dcctl instance create'] / by_name['virt-install --import']:.2f}"
