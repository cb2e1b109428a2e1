"""``dcctl volume create``, ``attach``, ``detach`` and ``resize``: from what was typed to the volume as it then is."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from dcctl import sizes
from dcctl.cli.progress import Progress
from dcctl.errors import Usage
from dcctl.nouns.volumes import Volume, VolumeSpec, VolumeState
from dcctl.render.nouns.volume import VOLUME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session
    from dcctl.job import Job


def create_volume(session: Session, name: str, size: str, realm: str | None, shown: Shown, *, dry_run: bool) -> None:
    """Make it and show it; in a dry run, the volume that there would be."""
    place = session.place(realm)
    spec = VolumeSpec(str(uuid4()), name, _gib(size), place)
    volumes = session.cloud.volumes
    volumes.check(spec)
    if dry_run:
        volumes.check_free(name, place)
    would_be = Volume("", name, realm=place.id, size_gib=spec.size_gib)
    _change(session, f"create {name}", would_be, lambda job: volumes.create(spec, job), shown, dry_run=dry_run)


def attach_volume(session: Session, name: str, instance: str, shown: Shown, *, dry_run: bool) -> None:
    volumes = session.cloud.volumes
    volume = volumes.one(name)
    _, found = volumes.check_attach(volume, instance)
    would_be = replace(volume, state=VolumeState.IN_USE, instance=found.name)
    _change(
        session,
        f"attach {volume.name}",
        would_be,
        lambda job: volumes.attach(volume, instance, job),
        shown,
        dry_run=dry_run,
    )


def detach_volume(session: Session, name: str, shown: Shown, *, dry_run: bool) -> None:
    volumes = session.cloud.volumes
    volume = volumes.one(name)
    volumes.check_detach(volume)
    would_be = replace(volume, state=VolumeState.AVAILABLE, instance=None, device=None)
    _change(session, f"detach {volume.name}", would_be, lambda job: volumes.detach(volume, job), shown, dry_run=dry_run)


def resize_volume(session: Session, name: str, size: str, shown: Shown, *, dry_run: bool) -> None:
    wanted = _gib(size)
    volumes = session.cloud.volumes
    volume = volumes.one(name)
    volumes.check_resize(volume, wanted)
    would_be = replace(volume, size_gib=wanted)
    _change(
        session,
        f"resize {volume.name}",
        would_be,
        lambda job: volumes.resize(volume, wanted, job),
        shown,
        dry_run=dry_run,
    )


def _change(
    session: Session, title: str, would_be: Volume, work: Callable[[Job], Volume], shown: Shown, *, dry_run: bool
) -> None:
    """Do it and show the volume; in a dry run, as it would be."""
    output = session.output(VOLUME, shown)
    if dry_run:
        output.list([would_be])
        return
    session.begin_work()
    with Progress(session, title) as progress:
        volume = work(progress.job(would_be.name))
    output.list([volume])


def _gib(size: str) -> int:
    try:
        return sizes.storage(size)
    except ValueError as error:
        raise Usage(f"--size {error}", hint="a whole number of GiB or TiB, such as 20GiB") from error
