"""A driver that shows what it would be sent, and some that show something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from dcctl.abilities import Preview
from dcctl.errors import NotFound
from dcctl.job import Job

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.model import InstanceSpec


class Previews(MemoryDriver, Preview):
    """Keeps every sentence."""

    def preview(self, spec: InstanceSpec) -> str:
        if spec.image.id not in self.cloud.images:
            raise NotFound(f"no image {spec.image.id}")
        return f"name={spec.name}"


class MakesItToShowIt(Previews):
    """Creates the instance, and describes that."""

    def preview(self, spec: InstanceSpec) -> str:
        return self.create(spec, Job()).name


class ShowsAnything(Previews):
    """Does not look whether it could be made."""

    def preview(self, spec: InstanceSpec) -> str:
        return f"name={spec.name}"


WRONG: dict[type[Driver], int] = {
    MakesItToShowIt: 15,
    ShowsAnything: 5,
}
