"""Requests to change an instance that exists: what drivers are given. Pure."""

from __future__ import annotations

from dataclasses import field

from dcctl.frozen import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from dcctl.hardware import Hardware, HardwareProfile, Property, Value
    from dcctl.model import Instance


@frozen
class Description:
    """What people write on an instance. Labels with the value None are taken off; a ``text`` of None stays as it is, an empty one goes."""

    labels: Mapping[str, str | None] = field(default_factory=dict)
    text: str | None = None

    def labels_after(self, labels: Mapping[str, str]) -> dict[str, str]:
        """The labels once this is done, in the order of their keys."""
        after: dict[str, str | None] = {**labels, **self.labels}
        return {key: value for key, value in sorted(after.items()) if value is not None}

    def text_after(self, text: str | None) -> str | None:
        """The description once this is done."""
        return text if self.text is None else self.text or None


@frozen
class CloneSpec:
    """A request to copy an instance. ``token`` is a fresh UUID, as in ``InstanceSpec``."""

    token: str
    name: str


@frozen
class Size:
    """What an instance is to be: a whole size, nothing left to look up. None in ``hardware``: that stays as it is."""

    hwp: HardwareProfile
    hardware: Hardware
    overrides: Mapping[Property, Value]


@frozen
class Resized:
    """An instance in its new size; ``at_next_start``: what of it takes effect only when it is stopped and started again."""

    instance: Instance
    at_next_start: tuple[Property, ...] = ()
