"""What people wrote about an image: it stands in the content of its publication, which lists do not read."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace

from dcctl_drivers.libvirt import images
from dcctl_drivers.libvirt.connection import forgiving
from dcctl_drivers.libvirt.options import has_streams
from dcctl_drivers.libvirt.pools import download

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.model import Image
    from dcctl_drivers.libvirt.connection import Connection
    from dcctl_drivers.libvirt.pools import Pool

_MOST = 1 << 16
"""Bytes of a publication; whatever is longer was not written by dcctl."""


def described(connection: Connection, pool: Pool, image: Image) -> Image:
    """The image with its description. A look-up and a download more."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    holding = images.holdings(pool.names()).get(image.name)
    if holding is None or holding.published is None or not has_streams(connection.uri):
        return image
    content = b""
    with forgiving(libvirt.VIR_ERR_NO_STORAGE_VOL):
        volume = pool.handle.storageVolLookupByName(holding.published.sidecar)
        with closing(download(connection.host, volume)) as chunks:
            for chunk in chunks:
                content += chunk
                if len(content) > _MOST:
                    break
    try:
        said = json.loads(content)["description"]
    except (ValueError, KeyError, TypeError):
        return image
    return replace(image, description=said) if isinstance(said, str) else image
