"""Readable names for instances that were given none: ``brave-otter-27``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# Short, friendly, unambiguous when said aloud; 40 x 40 x 90 = 144,000 names.
_ADJECTIVES = (
    "amber bold brave brisk calm clever crisp eager early fair fleet fond fresh gentle glad golden grand happy keen kind light"
    " lively lucky mellow merry mild neat noble plain proud quick quiet rapid ready sharp silent steady sunny swift warm"
).split()
_ANIMALS = (
    "badger bear beaver bison crane crow deer dove eagle falcon finch fox gecko goose hare hawk heron ibex jackal jay koala"
    " lark lemur lion lynx marten mole moose newt otter owl panda puffin raven robin seal stork swan tiger wren"
).split()


def made_up_names(pick: Callable[[int], int], count: int = 4) -> tuple[str, ...]:
    """Some names; ``pick(n)`` returns a random whole number from 0 to n - 1."""
    return tuple(
        f"{_ADJECTIVES[pick(len(_ADJECTIVES))]}-{_ANIMALS[pick(len(_ANIMALS))]}-{10 + pick(90)}" for _ in range(count)
    )
