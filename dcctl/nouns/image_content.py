"""The bytes of an image on their way from one realm to another."""

from __future__ import annotations

from dcctl.frozen import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


@frozen
class ImageContent:
    """What ``CopyImages.read_image`` gives and ``write_image`` takes. ``chunks`` can be gone through once; together they have ``size_bytes``."""

    size_bytes: int
    chunks: Iterable[bytes]
