"""The parsed form of a catalogue: plain data that the cache can keep, checked completely; what builds the nouns reads it on demand.

Sizes are whole MiB and GiB already. Only drivers' sections keep their positions, since they are checked when a driver asks.
"""

from __future__ import annotations

from typing import Any, TypedDict

Allowed = tuple[Any, ...]
"""``("fixed", value)``, ``("range", first, last, default)`` or ``("choices", (value, …), default)``."""

Position = tuple[int, int]
"""Line and column, counted from 1."""


class SectionForm(TypedDict):
    """What a realm says for one driver: each option with its value and the position of its name."""

    position: Position
    options: dict[str, tuple[object, Position]]


class RealmForm(TypedDict):
    name: str
    limits: dict[str, int]
    position: Position
    sections: dict[str, SectionForm]


class ImageForm(TypedDict):
    source: str
    digest: str | None
    architecture: str | None
    user: str | None
    description: str | None
    minimum_storage_gib: int | None
    minimum_memory_mib: int | None


class CatalogueForm(TypedDict):
    hardware_profiles: dict[str, dict[str, Allowed]]
    realms: dict[str, RealmForm]
    images: dict[str, ImageForm]
