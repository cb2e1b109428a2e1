"""Images that are rewritten before they are published: a copy in the pool is read, makes room, and what was made of it is sent in its place.

libvirt compresses no volume on the host (what can be asked of ``virStorageVolCreateXMLFrom`` is preallocation, reflinks and validation), and
programs of ours are not there; so the content comes here and goes back, from and to any realm.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from dcctl.disk_format import examine
from dcctl.nouns.image_content import ImageContent
from dcctl.words import visible
from dcctl_drivers.libvirt.filling import chunks_of, sent
from dcctl_drivers.libvirt.pools import download

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    import libvirt

    from dcctl.job import Job
    from dcctl.model import ImageSpec
    from dcctl.nouns.image_content import Rewrite
    from dcctl_drivers.libvirt.connection import Connection
    from dcctl_drivers.libvirt.filling import Filled
    from dcctl_drivers.libvirt.pools import Pool

WAYS = 4
"""Copied, read, rewritten, sent: how much longer than a capture as it is whoever does it is believed to be alive."""


@dataclass(frozen=True)
class Rewriting:
    """What becomes of a captured disk. ``formats``: those that an image may have, as qemu-img calls them."""

    rewrite: Rewrite
    formats: Collection[str]

    def fill(
        self,
        connection: Connection,
        pool: Pool,
        volume: libvirt.virStorageVol,
        made: list[str],
        spec: ImageSpec,
        job: Job,
    ) -> Filled:
        """Replace the volume by what is made of it. The image's name is ours, so nobody else makes one that is called so in between."""
        with (
            closing(download(connection.host, volume)) as content,
            self.rewrite(ImageContent(_length(volume), content), job) as path,
            open(path, "rb") as file,
        ):
            found = examine(visible(spec.source), file, self.formats)
            volume.delete()  # before the other one comes: a pool need not have room for both
            job.stage("send")
            return sent(connection, pool, made, spec, chunks_of(file), found, job)


def _length(volume: libvirt.virStorageVol) -> int:
    """How many bytes a download of it has: neither what it occupies nor what fits on the disk that it holds."""
    import libvirt  # noqa: PLC0415  loaded already

    _, _, length = volume.infoFlags(libvirt.VIR_STORAGE_VOL_GET_PHYSICAL)
    return int(length)
