"""The bytes of an image on their way from one realm to another, or through this process."""

from __future__ import annotations

from dcctl.frozen import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from dcctl.job import Job

    Rewrite = Callable[["ImageContent", Job], AbstractContextManager[str]]
    """What makes another disk of a disk: the path of a local file that holds it, while the context is open."""


@frozen
class ImageContent:
    """What ``CopyImages.read_image`` gives and ``write_image`` takes. ``chunks`` can be gone through once; together they have ``size_bytes``."""

    size_bytes: int
    chunks: Iterable[bytes]
