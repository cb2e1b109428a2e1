"""The main job on real guests: from the shell to a machine that answers over ssh, and back to nothing."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost


def over_ssh(host: LibvirtHost, key: Path, address: str, *words: str) -> str:
    """What a command in the guest prints, tried until the guest's ssh answers."""
    options = "BatchMode=yes StrictHostKeyChecking=no UserKnownHostsFile=/dev/null ConnectTimeout=2 LogLevel=ERROR"
    ssh = ["ssh", "-i", str(key), *(f"-o{option}" for option in options.split()), f"root@{address}", *words]
    deadline = time.monotonic() + 60
    while True:
        done = host.run(ssh)
        if done.returncode == 0:
            return done.stdout
        assert time.monotonic() < deadline, done.stderr
        time.sleep(0.2)


def until_its_agent_is_there(host: LibvirtHost, name: str) -> None:
    """libvirt has heard of the agent in the guest."""
    deadline = time.monotonic() + 60
    while "state='connected'" not in host.virsh("dumpxml", name):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_an_instance_from_create_to_destroy(
    command: Command, libvirt_host: LibvirtHost, image: str, ssh_key: Path, tmp_path: Path
) -> None:
    """virt-lightning#239, multipass#3793, multipass#3664: addresses change when a guest is started again
    multipass#3219: an image vanishes or changes under its instances
    """
    script = tmp_path / "first-boot"
    script.write_text("#!/bin/sh\necho was here >/data/first-boot\n")
    create = ["--name", "web", "--ssh-key", f"{ssh_key}.pub", "--user-data", str(script), "--for", "address"]
    made = command("instance", "create", "--image", image, "--hwp", "tiny", *create, "-o", "json").json
    assert (made["name"], made["state"], made["realm"], made["image"]) == ("web", "running", "lab", "tiny")
    assert (made["user"], made["key"]) == ("root", "tester")
    address = made["private_addresses"][0]["value"]

    # The hostname that was asked for, the key that was given, the user data that ran.
    assert over_ssh(libvirt_host, ssh_key, address, "hostname") == "web\n"
    assert over_ssh(libvirt_host, ssh_key, address, "sleep 1; cat /data/first-boot") == "was here\n"

    # A graceful stop: the guest says goodbye, which pulling the plug would not let it do.
    over_ssh(libvirt_host, ssh_key, address, "echo still there >/data/note; sync")
    stopped = command("instance", "stop", "web", "-o", "json").json[0]
    assert (stopped["state"], stopped["provider_state"]) == ("stopped", "shut off")
    assert stopped["private_addresses"] == []

    # Started again it has the same disk and the same address.
    command("instance", "start", "web")
    again = command("instance", "wait", "web", "--for", "address", "-o", "json").json[0]
    assert again["private_addresses"][0]["value"] == address
    assert over_ssh(libvirt_host, ssh_key, address, "cat /data/note") == "still there\n"

    command("instance", "suspend", "web")
    assert command.instances() == {"web": "suspended"}
    command("instance", "resume", "web")

    # The image cannot be pulled away from under it.
    refused = command.run("image", "destroy", image, "--yes")
    assert refused.exit_status == 5
    assert "in use by web" in refused.stderr

    command("instance", "destroy", "web", "--force", "--power-off", "--yes")
    assert libvirt_host.virsh("list", "--all", "--name").split() == []
    assert [line.split()[0] for line in libvirt_host.virsh("vol-list", "default").splitlines()] == sorted(
        path.name for path in libvirt_host.pool_path.iterdir()
    )
    assert not any(path.name.endswith(("root.qcow2", "seed.iso")) for path in libvirt_host.pool_path.iterdir())
    assert not any("qemu-system" in line for _, line in libvirt_host.processes())


def test_a_stop_that_comes_while_the_guest_boots_is_asked_again(command: Command, image: str) -> None:
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "early")
    command("instance", "stop", "early", "--timeout", "90s")
    assert command.instances() == {"early": "stopped"}


def test_a_guest_that_does_not_listen_is_left_running_or_unplugged_as_asked(command: Command, image: str) -> None:
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "deaf", "--no-wait")
    # Nothing in a guest that boots hears the button within half a second.
    timeout = command.run("instance", "stop", "deaf", "--timeout", "500ms", "-o", "json")
    assert timeout.exit_status == 8
    assert timeout.error["hint"] == (
        "it goes on; wait for it with: dcctl instance wait lab/deaf --for state=stopped,"
        " or pull the plug: dcctl instance stop lab/deaf --power-off"
    )
    assert command.instances() == {"deaf": "running"}
    command("instance", "stop", "deaf", "--power-off-after", "500ms")
    assert command.instances() == {"deaf": "stopped"}


def test_several_instances_at_once(command: Command, image: str) -> None:
    names = ["one", "two", "three"]
    for name in names:
        command("instance", "create", "--image", image, "--hwp", "tiny", "--name", name, "--no-wait")
    mixed = command.run("instance", "suspend", *names, "four", "-o", "json")
    assert mixed.exit_status == 9
    assert [row["state"] for row in mixed.json] == ["suspended"] * 3
    assert "four" in mixed.stderr
    command("instance", "destroy", *names, "--force", "--power-off", "--yes")
    assert command.instances() == {}


def test_twenty_guests_by_one_command_and_none_left_after_another(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    """virt-manager#104, virt-manager#498, terraform-provider-libvirt#16, terraform-provider-libvirt#71: of several guests that are made at once some fail: pool
    'default' has asynchronous jobs running
    """
    clean = libvirt_host.virsh("vol-list", "default")
    made = command("instance", "create", "--image", image, "--hwp", "tiny", "--count", "20", "--name", "web-{}", "-q")
    names = [f"web-{number}" for number in range(1, 21)]
    assert made.stdout.split() == names
    assert command.instances() == dict.fromkeys(names, "running")
    command("instance", "destroy", *names, "--force", "--power-off", "--yes")
    assert libvirt_host.virsh("vol-list", "default") == clean


def test_ctrl_c_among_twenty_leaves_only_finished_ones(command: Command, image: str, libvirt_host: LibvirtHost) -> None:
    create = ["instance", "create", "--image", image, "--hwp", "tiny", "--count", "20", "--name", "web-{}"]
    creator = command.start(*create)
    while "running" not in command.instances().values():
        assert creator.poll() is None
    creator.send_signal(signal.SIGINT)
    _, errors = creator.communicate(timeout=60)
    assert creator.returncode == -signal.SIGINT, errors
    left = command.instances()
    assert set(left.values()) == {"running"}
    assert len(left) < 20
    roots = [line for line in libvirt_host.virsh("vol-list", "default").splitlines() if "-root.qcow2" in line]
    assert len(roots) == len(left)
