"""The README's first steps with libvirt, as a stranger types them, on a host that has neither pool nor network running."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from libvirt_host.host import LibvirtHost

README = (Path(__file__).parents[2] / "README.md").read_text()


def steps() -> str:
    """What is typed under the heading; the key and the account are those of the tests' guest."""
    section = README.partition("## First steps with libvirt")[2].partition("\n## ")[0]
    typed = re.findall(r"^\$ (.*)$", section, re.MULTILINE)
    script = "\n".join(typed)
    for text, replacement in (
        ("--user debian", "--user root"),
        # ssh looks for keys in the home of the password database.
        ("dcctl instance ssh web", "dcctl instance ssh web -i ~/.ssh/id_ed25519 -- hostname"),
        (
            "dcctl realm init",
            "sed -i 's/driver: mock/driver: libvirt/' ~/.config/dcctl/config.yaml\ndcctl realm init",
        ),
    ):
        assert script.count(text) == 1, text
        script = script.replace(text, replacement)
    return script


def test_the_first_steps_lead_from_a_bare_host_to_a_login(
    libvirt_host: LibvirtHost, guest_image: Path, tmp_path: Path
) -> None:
    (tmp_path / "debian-12.qcow2").symlink_to(guest_image)
    key = tmp_path / ".ssh" / "id_ed25519"
    key.parent.mkdir()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    for command in ("pool-destroy", "pool-undefine", "net-destroy"):
        libvirt_host.virsh(command, "default")
    libvirt_host.virsh("net-autostart", "default", "--disable")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DCCTL_", "XDG_", "LIBVIRT_"))}
    environ = {
        **kept,
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
    }
    with libvirt_host.popen(
        ["bash", "-eux", "-c", f"cd\n{steps()}\ndcctl volume destroy data --yes\ndcctl image destroy debian-12 --yes"],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as shell:
        try:
            output, errors = shell.communicate(timeout=240)
        except BaseException:
            shell.kill()
            raise
    try:
        assert shell.returncode == 0, errors
        assert "\nweb\n" in output
        assert libvirt_host.virsh("list", "--all", "--name").split() == []
        assert "dcctl-" not in libvirt_host.virsh("vol-list", "default")  # the folder has what other tests made
    finally:  # the other tests know the pool where it was
        for command in ("pool-destroy", "pool-undefine"):
            libvirt_host.virsh(command, "default")
        libvirt_host.virsh("pool-define-as", "default", "dir", "--target", str(libvirt_host.pool_path))
        libvirt_host.virsh("pool-start", "default")
