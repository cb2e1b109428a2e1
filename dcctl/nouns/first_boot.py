"""What an instance is told for its first boot, beside user data and keys."""

from __future__ import annotations

from dataclasses import field

from dcctl.frozen import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


@frozen
class FirstBoot:
    """``user`` is what the image's usual account is to be called; ``password_hash`` its password, as crypt(3) writes it (``$6$...``).

    ``meta_data`` are keys for cloud-init beside those that the driver gives by itself, ``network_config`` a document for it, unchanged.
    """

    user: str | None = None
    password_hash: str | None = field(default=None, repr=False)
    meta_data: Mapping[str, object] = field(default_factory=dict)
    network_config: bytes | None = None
