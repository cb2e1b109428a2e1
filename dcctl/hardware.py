"""How instances are sized: five properties, each fixed, a range or a choice.

The rules are Deltacloud's (``hardware_profile.rb``), and what Deltacloud documented but never enforced: ranges are inclusive;
the default is the first value unless given; a fixed property cannot be overridden with another value; a value outside the range
or the choices is refused, naming the property, the value and what is allowed; the opaque profile, which has no properties, takes no
overrides; a property that a profile lacks never matches a filter.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from dcctl.errors import DcctlError, Usage
from dcctl.frozen import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

Value = int | str


class Property(StrEnum):
    """The five properties of a hardware profile, in the order in which they are shown."""

    CPU = "cpu"  # a count of virtual processors
    MEMORY = "memory"  # whole MiB
    STORAGE = "storage"  # whole GiB
    ARCHITECTURE = "architecture"  # a label such as x86_64; never read as a number
    ROOT_TYPE = "root_type"  # persistent or transient

    def text(self, value: Value) -> str:
        """The value with its unit, as a person reads it: ``512 MiB``, ``10 GiB``, ``2``."""
        unit = _UNITS.get(self)
        return f"{value} {unit}" if unit else str(value)


_UNITS = {Property.MEMORY: "MiB", Property.STORAGE: "GiB"}


@frozen
class Fixed:
    """One value and no other."""

    value: Value

    @property
    def default(self) -> Value:
        return self.value

    def allows(self, value: Value) -> bool:
        return value == self.value

    def text(self, of: Property) -> str:
        return of.text(self.value)


@frozen
class Range:
    """Whole numbers from ``first`` to ``last``, both included."""

    first: int
    last: int
    default: Value

    def allows(self, value: Value) -> bool:
        return isinstance(value, int) and self.first <= value <= self.last

    def text(self, of: Property) -> str:
        return f"{of.text(self.first)} to {of.text(self.last)}"


@frozen
class Choices:
    """One of the listed values, which keep their order."""

    values: tuple[Value, ...]
    default: Value

    def allows(self, value: Value) -> bool:
        return value in self.values

    def text(self, of: Property) -> str:
        return " or ".join(of.text(value) for value in self.values)


Allowed = Fixed | Range | Choices


@frozen
class Hardware:
    """The size that an instance has, or is to have. None: the provider decides, or does not say."""

    cpu: int | None = None
    memory_mib: int | None = None
    storage_gib: int | None = None
    architecture: str | None = None
    root_type: str | None = None


@frozen
class HardwareProfile:
    """A named way to size an instance. A profile without properties is opaque: the provider decides everything."""

    name: str
    properties: Mapping[Property, Allowed] = field(default_factory=dict)

    @property
    def opaque(self) -> bool:
        return not self.properties

    def matches(self, wanted: Property, value: Value) -> bool:
        """Whether a filter ``wanted=value`` keeps this profile; a property that it lacks never matches (DTACLOUD-414)."""
        allowed = self.properties.get(wanted)
        return allowed is not None and allowed.allows(value)

    def problems(self, overrides: Mapping[Property, Value]) -> list[DcctlError]:
        """What is wrong with these overrides, all of it."""
        return [problem for override in overrides.items() if (problem := self._problem(*override)) is not None]

    def _problem(self, wanted: Property, value: Value) -> DcctlError | None:
        allowed = self.properties.get(wanted)
        if self.opaque:
            return Usage(
                f"{wanted} cannot be set: the hardware profile {self.name} leaves every size to the provider",
                hint="choose a profile that has sizes: dcctl hwp list",
                resource=self.name,
            )
        if allowed is None:
            return Usage(
                f"{wanted} cannot be set: the hardware profile {self.name} has no {wanted}",
                hint=f"it has: {', '.join(self.properties)}",
                resource=self.name,
            )
        if not allowed.allows(value):
            kind = "is fixed at" if isinstance(allowed, Fixed) else "allows"
            return Usage(
                f"{wanted} cannot be {wanted.text(value)}: the hardware profile {self.name} {kind} {allowed.text(wanted)}",
                hint=f"see: dcctl hwp show {self.name}",
                resource=self.name,
            )
        return None

    def resolve(self, overrides: Mapping[Property, Value]) -> Hardware:
        """The size that results: the override where there is one, else the default. Call ``problems`` first."""
        values = {name: overrides.get(name, allowed.default) for name, allowed in self.properties.items()}
        return Hardware(
            cpu=_whole(values.get(Property.CPU)),
            memory_mib=_whole(values.get(Property.MEMORY)),
            storage_gib=_whole(values.get(Property.STORAGE)),
            architecture=_label(values.get(Property.ARCHITECTURE)),
            root_type=_label(values.get(Property.ROOT_TYPE)),
        )


def _whole(value: Value | None) -> int | None:
    return value if isinstance(value, int) else None


def _label(value: Value | None) -> str | None:
    return None if value is None else str(value)
