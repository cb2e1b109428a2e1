"""What is wrong with a realm of the mock cloud: instances that ended in error, and little memory."""

from __future__ import annotations

from dcctl.model import State
from dcctl.nouns.findings import Finding, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dcctl.model import Instance, Realm


def diagnose(instances: Iterable[Instance], realm: Realm) -> list[Finding]:
    """The cloud's file could be read: that is good. The rest is what its instances say."""
    broken = [each for each in instances if each.realm == realm.id and each.state is State.ERROR]
    return [
        Finding("connection", Verdict.GOOD, "the file of the mock cloud can be read", realm=realm.id),
        *(
            Finding(
                "instance",
                Verdict.WRONG,
                f"{each.name} is in error: {each.reason}",
                f"dcctl instance destroy {realm.id}/{each.name}",
                realm.id,
                each.name,
            )
            for each in broken
        ),
    ]
