"""From a file as it was published to one that the driver takes: unpacked, looked at, converted, looked at again."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager

from dcctl.disk_format import examine
from dcctl.errors import Usage
from dcctl.hardware import Choices, Fixed, Property, Range
from dcctl.sources.conversion import check_whole, converted
from dcctl.sources.parts import downloads_directory
from dcctl.sources.unpacking import MOST_BYTES, compression, unpacked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dcctl.disk_format import DiskFormat
    from dcctl.hardware import HardwareProfile
    from dcctl.job import Job

_GIB = 1 << 30


@contextmanager
def prepared(
    path: str,
    shown: str,
    *,
    formats: Sequence[str],
    most_gib: int | None,
    verify: Callable[[], None],
    environ: Mapping[str, str],
    job: Job,
) -> Iterator[str]:
    """The path of an acceptable image, while the block runs: the file itself if that will do.

    ``formats``: what the driver takes, the best first; empty: anything as it is. ``most_gib``: the largest disk that is of use, as from
    ``largest_storage``. ``verify`` raises unless the file is the one that was meant; called before anything reads its content at length.
    Raises ``Usage`` for what the gate refuses.
    """
    if not formats:
        yield path
        return
    kind = _compression(path, shown)
    with ExitStack() as stack:
        if kind is not None:
            verify()
            most = MOST_BYTES if most_gib is None else most_gib * _GIB
            path = stack.enter_context(unpacked(path, kind, shown, most, downloads_directory(environ), environ, job))
        found = _examined(path, shown, most_gib)
        if found.format not in formats:
            if kind is None:
                verify()
            check_whole(path, found, shown, environ, job)
            path = stack.enter_context(
                converted(path, found, formats[0], shown, downloads_directory(environ), environ, job)
            )
            _examined(path, shown, most_gib)
        yield path


def looked_at(path: str, shown: str, *, formats: Sequence[str], most_gib: int | None) -> DiskFormat | None:
    """What the gate finds in a file without changing or copying anything; None where that would have to come first. Raises as ``prepared``."""
    if not formats or _compression(path, shown) is not None:
        return None
    return _examined(path, shown, most_gib)


def largest_storage(profiles: Iterable[HardwareProfile]) -> int | None:
    """The largest root disk that any of the profiles could give, in GiB; None if one leaves it open, or there are none."""
    sizes: list[int] = []
    for profile in profiles:
        match profile.properties.get(Property.STORAGE):
            case Fixed(value=int(size)) | Range(last=int(size)):
                sizes.append(size)
            case Choices(values=values):
                sizes.append(max(value for value in values if isinstance(value, int)))
            case _:
                return None
    return max(sizes, default=None)


def _compression(path: str, shown: str) -> str | None:
    try:
        return compression(path)
    except OSError as error:
        raise Usage(f"cannot read {shown}: {error.strerror or error}", hint="give a readable disk image") from error


def _examined(path: str, shown: str, most_gib: int | None) -> DiskFormat:
    with open(path, "rb") as file:
        found = examine(shown, file)
    if most_gib is not None and found.virtual_bytes > most_gib * _GIB:
        raise Usage(
            f"{shown} is a disk of {-(-found.virtual_bytes // _GIB)} GiB, and no hardware profile has more than {most_gib} GiB",
            hint="add a larger profile to the catalogue: dcctl hwp list",
        )
    return found
