"""How hardware profiles are shown: what each property is, and what it may be."""

from __future__ import annotations

from dcctl.hardware import Choices, HardwareProfile, Property, Range
from dcctl.render.noun import KEPT, Column, Entry, Noun
from dcctl.render.nouns.instance import SIZES
from dcctl.render.values import amount, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.hardware import Allowed


def _allowed_record(allowed: Allowed) -> dict[str, object]:
    if isinstance(allowed, Range):
        return {"kind": "range", "first": allowed.first, "last": allowed.last, "default": allowed.default}
    if isinstance(allowed, Choices):
        return {"kind": "choices", "values": list(allowed.values), "default": allowed.default}
    return {"kind": "fixed", "value": allowed.value, "default": allowed.value}


def _record(profile: HardwareProfile) -> dict[str, object]:
    properties = {
        SIZES[name]: _allowed_record(profile.properties[name]) for name in Property if name in profile.properties
    }
    return {"name": profile.name, "opaque": profile.opaque, "properties": properties}


def _text(profile: HardwareProfile, wanted: Property) -> str:
    """``2-32 GiB (4 GiB)``, ``20, 40, 80 GiB (20 GiB)``: what is allowed, and the default where there is a choice."""
    if profile.opaque:
        return "opaque"
    allowed = profile.properties.get(wanted)
    if allowed is None:
        return ""
    if isinstance(allowed, Range):
        return f"{span(wanted, (allowed.first, allowed.last), '-')} ({amount(wanted, allowed.default)})"
    if isinstance(allowed, Choices):
        return f"{span(wanted, allowed.values, ', ')} ({amount(wanted, allowed.default)})"
    return amount(wanted, allowed.value)


def _matches(profile: HardwareProfile, wanted: Property, given: str) -> bool:
    """A filter means what the profile allows, not what it has by default; what it lacks never matches (DTACLOUD-414)."""
    from dcctl import sizes  # noqa: PLC0415  filters only

    try:
        value = int(given) if given.isascii() and given.isdigit() else sizes.parse(wanted, given)
    except ValueError:
        return False
    return profile.matches(wanted, value)


def _column(wanted: Property, worth: int) -> Column[HardwareProfile]:
    return Column(
        SIZES[wanted],
        wanted.replace("_", " ").upper(),
        lambda profile: profile.properties[wanted].default if wanted in profile.properties else None,
        text=lambda profile: _text(profile, wanted),
        matches=lambda profile, given: _matches(profile, wanted, given),
        wide=wanted is Property.ROOT_TYPE,
        worth=worth,
        least=14,
    )


def _card(profile: HardwareProfile) -> Iterator[Entry]:
    yield Entry("name", [profile.name], "bold")
    for wanted in Property:
        if wanted in profile.properties:
            yield Entry(wanted.replace("_", " "), [_text(profile, wanted)])
    if profile.opaque:
        yield Entry("sizes", ["opaque: the provider decides"])


HWP: Noun[HardwareProfile] = Noun(
    "hardware profile",
    columns=(
        Column("name", "NAME", lambda profile: profile.name, worth=KEPT),
        _column(Property.CPU, 6),
        _column(Property.MEMORY, 5),
        _column(Property.STORAGE, 4),
        _column(Property.ARCHITECTURE, 3),
        _column(Property.ROOT_TYPE, 1),
    ),
    record=_record,
    identity=lambda profile: profile.name,
    card=_card,
)
