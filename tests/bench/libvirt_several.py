"""Twenty guests by one command, beside twenty commands one after the other."""

from __future__ import annotations

from bench import libvirt_setup
from bench.measure import Candidate, compare, table
from bench.setting import Setting
from libvirt_host import guest_image
from libvirt_host.host import LibvirtHost

GUESTS = 20
ROUNDS = 3
"""Each takes half a minute; the guests that boot meanwhile are part of what is measured."""


def run(setting: Setting) -> str:
    image = guest_image.build()
    with LibvirtHost() as host:
        variables = libvirt_setup.environ(setting, host.uri)
        libvirt_setup.import_guest(setting, variables, image)

        def remove() -> None:
            names = host.virsh("list", "--all", "--name").split()
            if names:
                force = ("--force", "--power-off", "--yes")
                libvirt_setup.dcctl(setting, variables, "instance", "destroy", *names, *force)

        create = [setting.program("dcctl"), "instance", "create", "--image", "tiny-guest", "--hwp", "tiny", "-q"]
        loop = f'for n in $(seq {GUESTS}); do "$@" --name bench-$n || exit; done'
        together = [*create, "--count", str(GUESTS), "--name", "bench-{}"]
        results = compare(
            [
                Candidate("one after the other", ["sh", "-c", loop, "sh", *create], variables, remove),
                Candidate(f"create --count {GUESTS}", together, variables, remove, limit=1 / 2.5),
            ],
            rounds=ROUNDS,
            warm_ups=0,
        )
        remove()
    return table(f"libvirt: {GUESTS} guests until they run (wanted: 2.5 x as fast)", results)
