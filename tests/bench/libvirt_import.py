"""Importing an image of 1 GiB on the host itself, beside what virsh takes to upload the same file.

Both read the file from memory and make the same volume. dcctl does more: it looks at the image, computes its digest, and publishes it. What virsh and
sha256sum take together is what somebody takes who wants to know whether the image is the right one.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from bench import libvirt_setup
from bench.measure import Candidate, compare, table
from bench.setting import Setting
from libvirt_host.host import LibvirtHost

SIZE = 1 << 30
VOLUME = "bench-volume"


def run(setting: Setting) -> str:
    image = _image(setting.home)
    with LibvirtHost() as host:
        variables = libvirt_setup.environ(setting, host.uri)

        def remove() -> None:
            """What the last run made; and its pages, since whoever comes next would have to write them, too."""
            if VOLUME in host.virsh("vol-list", "default"):
                host.virsh("vol-delete", "--pool", "default", VOLUME)
            libvirt_setup.dcctl(setting, variables, "image", "destroy", "bench-image", "--yes", "--ignore-missing")
            os.sync()

        # One virsh, so that it starts and connects once, as dcctl does.
        create = f"vol-create-as default {VOLUME} {image.stat().st_size} --format raw --allocation 0"
        upload = ["virsh", "-q", f"{create}; vol-upload --pool default {VOLUME} {image}"]
        and_digest = f'sha256sum {image} >/dev/null && "$@"'
        results = compare(
            [
                Candidate("virsh vol-create-as, vol-upload", upload, variables, remove),
                Candidate("sha256sum, then virsh", ["sh", "-c", and_digest, "sh", *upload], variables, remove),
                Candidate(
                    "dcctl image import",
                    [setting.program("dcctl"), "image", "import", str(image), "--name", "bench-image"],
                    variables,
                    remove,
                    limit=1 / 0.9,
                ),
            ],
            rounds=max(5, setting.rounds // 2),
            warm_ups=1,
        )
        remove()
    return table(
        "libvirt: import of a 1 GiB image, dcctl with its digest (wanted: 0.9 x the rate of virsh, 1.11)", results
    )


def _image(folder: Path) -> Path:
    """A qcow2 file full of what cannot be compressed."""
    raw, image = folder / "bench.raw", folder / "bench.qcow2"
    with raw.open("wb") as file:
        for _ in range(SIZE >> 22):
            file.write(os.urandom(1 << 22))
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", str(raw), str(image)], check=True)
    raw.unlink()
    return image
