"""A driver that refuses more than the core knows of and says so when a dry run asks, and some that answer otherwise; all break sentence 21."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.wrong.changing import Changes
from contract.wrong.cloning import Clones
from contract.wrong.resizing import Resizes
from contract.wrong.snapshots import HasSnapshots
from dcctl.errors import NotAllowed, NotSupported
from dcctl.job import Job

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.model import Image, ImageSpec, Instance
    from dcctl.nouns.changes import CloneSpec, Resized, Size
    from dcctl.nouns.snapshots import Snapshot, SnapshotSpec


class Foretells(HasSnapshots, Changes, Resizes, Clones):
    """Leaves instances that are protected as they are. Keeps every sentence."""

    def must_be_open(self, instance: Instance) -> None:
        now = self.look(instance.id)
        if now.protected:
            raise NotAllowed(f"{now.name} is protected")

    def rename(self, instance: Instance, name: str, job: Job) -> Instance:
        self.must_be_open(instance)
        return super().rename(instance, name, job)

    def check_rename(self, instance: Instance, name: str) -> None:
        self.must_be_open(instance)

    def resize(self, instance: Instance, size: Size, job: Job) -> Resized:
        self.must_be_open(instance)
        return super().resize(instance, size, job)

    def check_resize(self, instance: Instance, size: Size) -> None:
        self.must_be_open(instance)

    def clone(self, instance: Instance, spec: CloneSpec, job: Job) -> Instance:
        self.must_be_open(instance)
        return super().clone(instance, spec, job)

    def check_clone(self, instance: Instance, spec: CloneSpec) -> None:
        self.must_be_open(instance)

    def create_snapshot(self, instance: Instance, spec: SnapshotSpec, job: Job) -> Snapshot:
        self.must_be_open(instance)
        return super().create_snapshot(instance, spec, job)

    def check_create_snapshot(self, instance: Instance, spec: SnapshotSpec) -> None:
        self.must_be_open(instance)

    def revert_snapshot(self, instance: Instance, snapshot: Snapshot, job: Job) -> Instance:
        self.must_be_open(instance)
        return super().revert_snapshot(instance, snapshot, job)

    def check_revert_snapshot(self, instance: Instance, snapshot: Snapshot) -> None:
        self.must_be_open(instance)

    def capture_image(self, instance: Instance, spec: ImageSpec, job: Job) -> Image:
        self.must_be_open(instance)
        return super().capture_image(instance, spec, job)

    def check_capture(self, instance: Instance, spec: ImageSpec, *, live: bool = False) -> None:
        self.must_be_open(instance)


class RenamesWhenAsked(Foretells):
    """Tries whether it works."""

    def check_rename(self, instance: Instance, name: str) -> None:
        self.rename(instance, name, Job())


class PromisesEveryRename(Foretells):
    """Will see when it comes to it."""

    def check_rename(self, instance: Instance, name: str) -> None:
        """Says yes."""


class RefusesEveryRename(Foretells):
    """Is on the safe side."""

    def check_rename(self, instance: Instance, name: str) -> None:
        raise NotAllowed(f"{instance.name} is dear to somebody")


class ResizesWhenAsked(Foretells):
    """Tries whether it works."""

    def check_resize(self, instance: Instance, size: Size) -> None:
        self.resize(instance, size, Job())


class PromisesEverySize(Foretells):
    """Will see when it comes to it."""

    def check_resize(self, instance: Instance, size: Size) -> None:
        """Says yes."""


class RefusesEverySize(Foretells):
    """Is on the safe side."""

    def check_resize(self, instance: Instance, size: Size) -> None:
        raise NotAllowed(f"{instance.name} is dear to somebody")


class ClonesWhenAsked(Foretells):
    """Tries whether it works."""

    def check_clone(self, instance: Instance, spec: CloneSpec) -> None:
        self.clone(instance, spec, Job())


class PromisesEveryClone(Foretells):
    """Will see when it comes to it."""

    def check_clone(self, instance: Instance, spec: CloneSpec) -> None:
        """Says yes."""


class RefusesEveryClone(Foretells):
    """Is on the safe side."""

    def check_clone(self, instance: Instance, spec: CloneSpec) -> None:
        raise NotAllowed(f"{instance.name} is dear to somebody")


class SnapshotsWhenAsked(Foretells):
    """Tries whether it works."""

    def check_create_snapshot(self, instance: Instance, spec: SnapshotSpec) -> None:
        self.create_snapshot(instance, spec, Job())


class PromisesEverySnapshot(Foretells):
    """Will see when it comes to it."""

    def check_create_snapshot(self, instance: Instance, spec: SnapshotSpec) -> None:
        """Says yes."""


class RefusesEverySnapshot(Foretells):
    """Is on the safe side."""

    def check_create_snapshot(self, instance: Instance, spec: SnapshotSpec) -> None:
        raise NotAllowed(f"{instance.name} is dear to somebody")


class RevertsWhenAsked(Foretells):
    """Takes it out to have a look at it."""

    def check_revert_snapshot(self, instance: Instance, snapshot: Snapshot) -> None:
        self.destroy_snapshot(instance, snapshot, Job())


class PromisesEveryRevert(Foretells):
    """Will see when it comes to it."""

    def check_revert_snapshot(self, instance: Instance, snapshot: Snapshot) -> None:
        """Says yes."""


class RefusesEveryRevert(Foretells):
    """Is on the safe side."""

    def check_revert_snapshot(self, instance: Instance, snapshot: Snapshot) -> None:
        raise NotAllowed(f"{instance.name} is dear to somebody")


class CapturesWhenAsked(Foretells):
    """Tries whether it works."""

    def check_capture(self, instance: Instance, spec: ImageSpec, *, live: bool = False) -> None:
        self.capture_image(instance, spec, Job())


class PromisesEveryImage(Foretells):
    """Will see when it comes to it."""

    def check_capture(self, instance: Instance, spec: ImageSpec, *, live: bool = False) -> None:
        """Says yes."""


class RefusesEveryImage(Foretells):
    """Is on the safe side."""

    def check_capture(self, instance: Instance, spec: ImageSpec, *, live: bool = False) -> None:
        raise NotAllowed(f"{instance.name} is dear to somebody")


class RefusesInOtherWords(Foretells):
    """A script that reads the exit status of a dry run learns something else than that of the real one."""

    def check_clone(self, instance: Instance, spec: CloneSpec) -> None:
        if self.look(instance.id).protected:
            raise NotSupported("protected instances are not cloned")


WRONG: dict[type[Driver], int] = dict.fromkeys(
    (
        RenamesWhenAsked,
        PromisesEveryRename,
        RefusesEveryRename,
        ResizesWhenAsked,
        PromisesEverySize,
        RefusesEverySize,
        ClonesWhenAsked,
        PromisesEveryClone,
        RefusesEveryClone,
        SnapshotsWhenAsked,
        PromisesEverySnapshot,
        RefusesEverySnapshot,
        RevertsWhenAsked,
        PromisesEveryRevert,
        RefusesEveryRevert,
        CapturesWhenAsked,
        PromisesEveryImage,
        RefusesEveryImage,
        RefusesInOtherWords,
    ),
    21,
)
