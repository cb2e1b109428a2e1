"""Instances as rows, with no more looked up than what will be shown."""

from __future__ import annotations

from dcctl.model import Instance, State
from dcctl.render.nouns.instance import InstanceRow, instance_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.cli.session import Session
    from dcctl.render.output import Output


def rows_of(session: Session, instances: Sequence[Instance], output: Output[InstanceRow]) -> list[InstanceRow]:
    """Rows of instances as they are now, read again where what will be shown needs more than the action returned."""
    if output.fields:
        here = [instance.id for instance in instances if instance.state is not State.FINISH]
        found = dict(session.cloud.instances_called(here, *output.fields)) if here else {}
        again = {name: instance for name, instance in found.items() if isinstance(instance, Instance)}
        instances = [again.get(instance.id, instance) for instance in instances]
    return [row_of(session, instance, output) for instance in instances]


def row_of(
    session: Session, instance: Instance, output: Output[InstanceRow], *, everything: bool = False
) -> InstanceRow:
    """The row, with its actions only where they are shown; ``everything``: for a card, which shows all."""
    if not everything and not output.uses("actions"):
        return InstanceRow(instance)
    realm = instance.realm
    machine = session.cloud.driver.states if realm is None else session.cloud.machine(realm)
    return instance_row(instance, machine)
