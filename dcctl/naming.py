"""Which names may be given, to instances and to images: the one place that says so. Pure."""

from __future__ import annotations

from dcctl.errors import Usage
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.abilities import UserName
    from dcctl.errors import DcctlError


def name_problem(name: str, rule: UserName) -> DcctlError | None:
    """What is wrong with a name that somebody wants to give."""
    shown = visible(name if len(name) <= 80 else name[:77] + "...")
    if not name:
        return Usage("the name is empty", hint=f"allowed: {rule.sentence}")
    if len(name) > rule.max_length:
        return Usage(f"the name {shown} has {len(name)} characters", hint=f"allowed: {rule.sentence}", resource=shown)
    for position, character in enumerate(name):
        ordinary = character.isascii() and character.isalnum()
        if not ordinary and (position == 0 or character not in rule.extra):
            return Usage(
                f"the name {shown} has '{visible(character)}' where that is not allowed",
                hint=f"allowed: {rule.sentence}; the first must be a letter or a digit",
                resource=shown,
            )
    return None
