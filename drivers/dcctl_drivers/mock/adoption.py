"""Adopting instances of the mock cloud that, by the setting ``foreign``, something else has made. Their one disk is called after them."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase

from dcctl.errors import NotAllowed
from dcctl.model import Action
from dcctl.nouns.adoption import Adopted
from dcctl.words import as_placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from sqlite3 import Connection

    from dcctl.model import Instance
    from dcctl.nouns.adoption import AdoptSpec


def to_adopt(instance: Instance, spec: AdoptSpec) -> Adopted:
    """What is written down of its disks."""
    if not instance.foreign and instance.adopted is None:
        raise NotAllowed(
            f"{instance.name} is dcctl's already",
            hint=f"dcctl instance show {as_placed(instance)}",
            resource=instance.name,
        )
    if spec.with_disks:
        return Adopted((f"disk-of-{instance.id}",))
    return instance.adopted or Adopted()


def adopt(connection: Connection, instance: Instance, spec: AdoptSpec) -> None:
    """``instance`` as it is in this transaction."""
    disks = to_adopt(instance, spec).disks
    connection.execute("UPDATE instances SET adopted = ? WHERE 'inst' || number = ?", (" ".join(disks), instance.id))
    if spec.image is not None:
        connection.execute("UPDATE instances SET image = ? WHERE 'inst' || number = ?", (spec.image.id, instance.id))
    if spec.hwp is not None:
        connection.execute(
            "UPDATE instances SET hwp = ?, overridden = ? WHERE 'inst' || number = ?",
            (spec.hwp.name, ",".join(spec.overrides), instance.id),
        )


def with_foreign(instances: Iterable[Instance], patterns: Sequence[str]) -> list[Instance]:
    """The instances, of which those that fit a pattern are foreign unless they were adopted."""
    return [_as_foreign(each) if each.adopted is None and _fits(each, patterns) else each for each in instances]


def _fits(instance: Instance, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(word, pattern) for word in (instance.id, instance.name) for pattern in patterns)


def _as_foreign(instance: Instance) -> Instance:
    refused = {Action.DESTROY: "it was not made by dcctl; first: dcctl instance adopt"}
    return replace(instance, foreign=True, image=None, hwp=None, overrides={}, refused=refused)
