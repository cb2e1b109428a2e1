"""What people wrote about an image: it stands in the content of its publication, which is read only where it is shown."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace

from dcctl_drivers.libvirt import images
from dcctl_drivers.libvirt.options import has_streams
from dcctl_drivers.libvirt.pools import download

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    import libvirt

    from dcctl.model import Image
    from dcctl_drivers.libvirt.connection import Connection
    from dcctl_drivers.libvirt.pools import Pool

_MOST = 1 << 16
"""Bytes of a publication; whatever is longer was not written by dcctl."""


def described(connection: Connection, pool: Pool, found: Sequence[Image]) -> list[Image]:
    """The images with their descriptions: one list of volumes for all of them, and a download for each, several at once."""
    from dcctl.endpoints import run_each  # noqa: PLC0415  loaded already
    from dcctl.lookup import or_raise  # noqa: PLC0415  likewise

    if not found or not has_streams(connection.uri):
        return list(found)
    host, volumes = connection.host, pool.names()
    held = images.holdings(volumes)

    def with_description(image: Image) -> Image:
        holding = held.get(image.name)
        volume = (
            volumes.get(holding.published.sidecar) if holding is not None and holding.published is not None else None
        )
        return image if volume is None else _described(host, volume, image)

    return [or_raise(image) for _, image in run_each(found, with_description, at_once=8)]


def _described(host: libvirt.virConnect, volume: libvirt.virStorageVol, image: Image) -> Image:
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    content = b""
    try:
        with closing(download(host, volume)) as chunks:
            for chunk in chunks:
                content += chunk
                if len(content) > _MOST:
                    break
    except libvirt.libvirtError as error:
        # Gone, or not to be read: that is doctor's to tell, and one image's, not the list's. A connection that ends is VIR_FROM_RPC's.
        if error.get_error_domain() not in (libvirt.VIR_FROM_STORAGE, libvirt.VIR_FROM_STREAMS):
            raise
        return image
    try:
        said = json.loads(content)["description"]
    except (ValueError, KeyError, TypeError):
        return image
    return replace(image, description=said) if isinstance(said, str) else image
