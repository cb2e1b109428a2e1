"""Instances as rows, with no more looked up than what will be shown."""

from __future__ import annotations

from dcctl.errors import DcctlError
from dcctl.model import Instance, State
from dcctl.render.nouns.instance import InstanceRow, instance_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dcctl.cli.session import Session
    from dcctl.model import Field
    from dcctl.render.output import Output


def rows_of(session: Session, instances: Sequence[Instance], output: Output[InstanceRow]) -> list[InstanceRow]:
    """Rows of instances as they are now, read again where what will be shown needs more than the action returned."""
    if output.fields:
        instances = _read_again(session, instances, output.fields)
    return [row_of(session, instance, output) for instance in instances]


def _read_again(session: Session, instances: Sequence[Instance], fields: Iterable[Field]) -> list[Instance]:
    """One query for all. The action was done: what cannot be read again is shown as the action left it."""
    names = {exact_name(instance): instance for instance in instances if instance.state is not State.FINISH}
    try:
        found = dict(session.cloud.instances_called(list(names), *fields)) if names else {}
    except DcctlError:
        found = {}
    again = {name: instance for name, instance in found.items() if isinstance(instance, Instance)}
    return [again.get(exact_name(instance), instance) for instance in instances]


def exact_name(instance: Instance) -> str:
    """Ids are unique at one endpoint only."""
    return instance.id if instance.realm is None else f"{instance.realm}/{instance.id}"


def row_of(
    session: Session, instance: Instance, output: Output[InstanceRow], *, everything: bool = False
) -> InstanceRow:
    """The row, with its actions only where they are shown; ``everything``: for a card, which shows all."""
    if not everything and not output.uses("actions"):
        return InstanceRow(instance)
    return instance_row(instance, session.cloud.machine_of(instance))
