"""Checks of drivers that make machines of a kind on request: sentences 5, 8 and 15."""

from __future__ import annotations

from dcctl.abilities import Machines
from dcctl.errors import DcctlError
from dcctl.model import Action, Query
from dcctl.nouns.machines import Firmware, Machine
from dcctl.testing.points import WatchedJob
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcctl.driver import Driver
    from dcctl.testing.world import World

_NOBODYS = Machine(type="no-such-machine")


def checks(_: type[Driver]) -> Iterator[Check]:
    for firmware in Firmware:
        yield Check(f"create: firmware {firmware} is what the instance has", 8, _made(Machine(firmware)))
    yield Check("create: the TPM is what the instance has", 8, _made(Machine(tpm=True)))
    yield Check("create: a machine that nobody knows is refused, and leaves nothing", 15, _unknown)
    yield Check("create: whoever asks for nothing gets a machine without a TPM", 8, _usual)


def _problems(world: World, machine: Machine) -> list[DcctlError]:
    driver = world.driver
    if not isinstance(driver, Machines):
        raise Gap("this endpoint makes one kind of machine only")
    spec = world.spec()
    found = list(world.call(driver.machine_problems, world.harness.realm, machine, spec.hardware.architecture))
    if not all(isinstance(problem, DcctlError) for problem in found):
        raise Broken(8, f"machine_problems gives {found!r}, which are not all errors of dcctl")
    return found


def _made(machine: Machine) -> Callable[[World], None]:
    def run(world: World) -> None:
        if problems := _problems(world, machine):
            raise Gap(f"this endpoint cannot make it: {problems[0].message}")
        instance = world.create(world.spec(machine=machine))
        instance = world.settle(instance, Action.CREATE)
        found = world.existing(instance.id).machine
        asked = (machine.firmware, machine.tpm)
        if found is None or (found.firmware, found.tpm) != asked:
            raise Broken(8, f"{machine!r} was asked for, and the instance says {found!r}")
        world.destroy(instance)

    return run


def _unknown(world: World) -> None:
    if not _problems(world, _NOBODYS):
        raise Broken(5, "machine_problems has nothing against a machine type that nobody knows")
    spec = world.spec(machine=_NOBODYS)
    try:
        instance = world.call(world.driver.create, spec, WatchedJob())
    except DcctlError:
        left = list(world.call(world.driver.instances, Query.called(spec.name)))
        if left:
            raise Broken(15, f"create refused the machine and left {left[0]!r}") from None
        return
    world.own(instance)
    raise Broken(5, "create makes a machine of a type that machine_problems refuses")


def _usual(world: World) -> None:
    instance = world.created()
    found = world.existing(instance.id).machine
    if found is not None and found.tpm:
        raise Broken(8, "nobody asked for a TPM, and the instance has one")
    world.destroy(instance)
