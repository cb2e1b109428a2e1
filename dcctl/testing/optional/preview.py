"""Checks of drivers that show what create would send: sentences 5 and 15."""

from __future__ import annotations

from dataclasses import replace

from dcctl.abilities import Preview
from dcctl.errors import DcctlError
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import InstanceSpec
    from dcctl.testing.world import World


def checks(_: type[Driver]) -> Iterator[Check]:
    yield Check("preview: it is a text with the instance's name, and nothing was made", 15, _shown)
    yield Check("preview: of an image that is gone it is refused, as create is", 5, _gone)


def _preview(world: World, spec: InstanceSpec) -> str:
    if not isinstance(world.driver, Preview):
        raise Gap("this endpoint shows nothing beforehand")
    text: str = world.call(world.driver.preview, spec)
    return text


def _shown(world: World) -> None:
    spec, before = world.spec(), world.belongings()
    text = _preview(world, spec)
    if made := world.belongings() - before:
        raise Broken(15, f"preview has made {', '.join(sorted(made))}")
    if not isinstance(text, str) or spec.name not in text:
        raise Broken(15, f"preview gives {text!r}, without the name {spec.name}")
    world.destroy(world.created(spec))


def _gone(world: World) -> None:
    spec = world.spec()
    gone = replace(spec.image, id=f"{spec.image.id}-gone", name=f"{spec.image.name}-gone")
    try:
        text = _preview(world, replace(spec, image=gone))
    except DcctlError:
        return
    raise Broken(5, f"preview shows what would be made of an image that does not exist: {text!r}")
