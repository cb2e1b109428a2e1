"""``dcctl instance resize``: from what was typed to the instance in its new size."""

from __future__ import annotations

from dcctl.cli.progress import Progress
from dcctl.cli.rows import row_of, rows_of
from dcctl.cli.words_given import overrides_given
from dcctl.errors import NotAllowed, Usage
from dcctl.hardware import Hardware, Property
from dcctl.model import Field, State
from dcctl.render.nouns.instance import INSTANCE
from dcctl.words import as_placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session
    from dcctl.hardware import HardwareProfile
    from dcctl.model import Instance


def resize_instance(
    session: Session,
    name: str,
    hwp: str | None,
    sizes: Mapping[Property, str | None],
    shown: Shown,
    *,
    dry_run: bool,
) -> None:
    """Resize it and show it; in a dry run, the instance that it would be."""
    output = session.output(INSTANCE, shown)
    asked = overrides_given(sizes)
    if hwp is None and not asked:
        raise Usage("no size was given", hint="add --hwp, --cpu, --memory or --storage")
    instance = session.cloud.instance(name, *output.fields, Field.HARDWARE)
    changing = session.cloud.changing
    size = changing.size(instance, _profile(session, instance, hwp), asked)
    would_be = changing.resized(instance, size)
    if dry_run or would_be == instance:
        if would_be == instance:
            session.note(f"{instance.name} has that size already")
        elif changes := _changes(instance, would_be):
            waits = [name for name in would_be.at_next_start or () if name in _changed(instance, would_be)]
            when = f"; {' and '.join(waits)} from its next start on" if waits else ""
            session.note(f"{instance.name} would have {changes}{when}")
        output.list([row_of(session, would_be, output)])
        return
    session.begin_work()
    with Progress(session, f"resize {instance.name}") as progress:
        resized = changing.resize(instance, size, progress.job(instance.name))
    if resized.at_next_start and resized.instance.state is not State.STOPPED:
        session.note(
            f"{' and '.join(resized.at_next_start)} of {instance.name} will change when it is stopped and started again:"
            f" dcctl instance stop {as_placed(instance)}"
        )
    output.list(rows_of(session, [resized.instance], output))


def _changed(before: Instance, after: Instance) -> dict[Property, tuple[int | None, int]]:
    """What differs, with the size before and after."""
    had, has = before.hardware or Hardware(), after.hardware or Hardware()
    sizes = (
        (Property.CPU, had.cpu, has.cpu),
        (Property.MEMORY, had.memory_mib, has.memory_mib),
        (Property.STORAGE, had.storage_gib, has.storage_gib),
    )
    return {size: (then, now) for size, then, now in sizes if now is not None and now != then}


def _changes(before: Instance, after: Instance) -> str:
    """``cpu 2 instead of 1, storage 4 GiB instead of 2 GiB``; nothing if it stays as it is."""
    return ", ".join(
        f"{size} {size.text(now)} instead of {'-' if then is None else size.text(then)}"
        for size, (then, now) in _changed(before, after).items()
    )


def _profile(session: Session, instance: Instance, hwp: str | None) -> HardwareProfile:
    """The named one, else the one that the instance has."""
    if hwp is None and instance.hwp is None:
        raise NotAllowed(f"{instance.name} has no hardware profile", hint="name one with --hwp", resource=instance.name)
    return session.cloud.catalogue.profile(hwp or instance.hwp or "")
