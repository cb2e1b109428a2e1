"""Which modules a driver can count on without its provider's library, from what the installed packages say of themselves."""

from __future__ import annotations

import re
from importlib import metadata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dcctl.driver import Driver


def modules_there(driver: type[Driver]) -> list[str]:
    """The top-level modules of the driver's own packages, of dcctl, and of what dcctl itself needs; Python's own come on top."""
    packages = metadata.packages_distributions()
    own = {cls.__module__.partition(".")[0] for cls in driver.__mro__} - {"builtins", "abc"}
    distributions = {_normal(name) for module in own for name in packages.get(module, ())}
    return sorted(own | {"dcctl", "dcctl_drivers"} | _modules(packages, distributions | _needed_by_dcctl()))


def _modules(packages: Mapping[str, Iterable[str]], distributions: set[str]) -> set[str]:
    return {module for module, names in packages.items() if distributions.intersection(map(_normal, names))}


def _needed_by_dcctl() -> set[str]:
    try:
        requirements = metadata.requires("dcctl") or ()
    except metadata.PackageNotFoundError:  # a checkout that was never installed
        return set()
    return {_normal(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in requirements if "extra ==" not in line}


def _normal(name: str) -> str:
    """The one spelling of a distribution's name, as packaging tools compare them."""
    return re.sub(r"[-_.]+", "-", name).lower()
