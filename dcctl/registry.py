"""From a name to a driver class: built in, registered in Python, ``module:Class``, or an installed package's entry point.

A built-in name may stand for a function that makes a class of what follows a colon: ``exec:/etc/dcctl/rack.yaml``.

Built-in names are reserved and cost no scan; installed packages are scanned only for other names. Two packages that offer the same name
are refused, naming both.
"""

from __future__ import annotations

from importlib import import_module

from dcctl.errors import DriverError
from dcctl.frozen import frozen
from dcctl.words import suggestion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.driver import Driver

_GROUPS = "dcctl.drivers.v"

ENTRY_POINTS = f"{_GROUPS}1"
"""The group of the contract's version 1, written out because its number is asked for only where a driver is loaded."""

BUILT_IN = {
    "mock": "dcctl_drivers.mock:MockDriver",
    "libvirt": "dcctl_drivers.libvirt:LibvirtDriver",
    "exec": "dcctl_drivers.exec:driver_from",
}
"""Strings, so that nothing is imported before it is needed. Each names a class, or a function from a text to a class."""

_registered: dict[str, type[Driver]] = {}


@frozen
class Source:
    """Where a driver comes from, without importing it."""

    name: str
    target: str  # module:Class
    origin: str  # built in, registered, or the distribution's name and version


def register(driver: type[Driver]) -> None:
    """Offer a driver class under its name in this process; for programs that use dcctl as a library, and for tests."""
    if driver.name in BUILT_IN or _registered.get(driver.name, driver) is not driver:
        raise DriverError(f"the driver name {driver.name} is taken", hint="choose another name for the class")
    _registered[driver.name] = driver


def load(name: str) -> type[Driver]:
    """The driver class called ``name``, which may be ``module:Class``.

    Raises ``DriverError`` when there is none, or when importing it fails; the cause is kept, so that a bug in a driver does not look
    like a missing driver.
    """
    if name in _registered:
        return _registered[name]
    family, _, argument = name.partition(":")
    if family in BUILT_IN:
        return _import(name, BUILT_IN[family], argument)
    if ":" in name:
        return _import(name, name)
    found = [source for source in _installed() if source.name == name]
    if len(found) > 1:
        raise DriverError(
            f"two packages offer a driver called {name}: {' and '.join(source.origin for source in found)}",
            hint="uninstall one of them, or name the class: --driver module:Class",
        )
    if not found:
        if other := _of_other_versions(name):
            raise other
        known = sorted(source.name for source in sources())
        raise DriverError(f"no driver is called {name}", hint=suggestion(name, known))
    return _import(name, found[0].target)


def sources() -> list[Source]:
    """Every driver that can be had by name, built-in ones first; imports none of them."""
    built_in = [Source(name, target, "built in") for name, target in BUILT_IN.items()]
    registered = [Source(n, f"{c.__module__}:{c.__qualname__}", "registered") for n, c in _registered.items()]
    return built_in + registered + _installed()


def _installed() -> list[Source]:
    from importlib.metadata import entry_points  # noqa: PLC0415  33 ms that built-in drivers need not pay

    found = []
    for point in entry_points(group=ENTRY_POINTS):
        if point.name not in BUILT_IN:
            origin = f"{point.dist.name} {point.dist.version}" if point.dist is not None else "an unknown package"
            found.append(Source(point.name, point.value, origin))
    return sorted(found, key=lambda source: (source.name, source.origin))


def _of_other_versions(name: str) -> DriverError | None:
    """Why an installed driver of this name cannot be used, if one is announced for another version of the contract."""
    from importlib.metadata import entry_points  # noqa: PLC0415  loaded already

    from dcctl.driver import unspoken_version  # noqa: PLC0415  on errors only

    for group in sorted(entry_points().groups):
        version = group.removeprefix(_GROUPS)
        if group != version and version.isdecimal() and entry_points(group=group, name=name):
            return unspoken_version(name, int(version))
    return None


def _import(name: str, target: str, argument: str | None = None) -> type[Driver]:
    """The class that ``target`` names; with an ``argument``, which only built-in names have, ``target`` may name its maker instead."""
    from dcctl.driver import Driver  # noqa: PLC0415  the contract is needed only when a driver is

    module_name, _, class_name = target.partition(":")
    try:
        module = import_module(module_name)
    except ImportError as error:
        if error.name is not None and (module_name + ".").startswith(error.name + "."):
            raise DriverError(
                f"cannot load the driver {name}: there is no module {error.name}",
                hint="install the package that has it",
            ) from error
        raise DriverError(f"cannot load the driver {name}: {error}", hint="see the whole error with --debug") from error
    except DriverError:
        raise
    except Exception as error:
        raise DriverError(
            f"cannot load the driver {name}: {type(error).__name__}: {error}", hint="see the whole error with --debug"
        ) from error
    driver = getattr(module, class_name, None)
    if argument is not None and callable(driver) and not isinstance(driver, type):
        driver = driver(argument)
    elif argument:
        raise DriverError(
            f"there is no driver {name}: {name.partition(':')[0]} takes nothing after its name",
            hint="leave the colon out",
        )
    if not (isinstance(driver, type) and issubclass(driver, Driver) and hasattr(driver, "states")):
        raise DriverError(
            f"cannot load the driver {name}: {target} is not a driver class", hint="expected module:Class"
        )
    return driver
