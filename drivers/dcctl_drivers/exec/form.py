"""The parsed form of a description: plain data that the cache can keep, checked completely; ``driver_from`` makes a class of it."""

from __future__ import annotations

from typing import TypedDict

Position = tuple[int, int]
"""Line and column, counted from 1."""

Sentence = tuple[str, tuple[str, ...], str, str | None]
"""The source, the targets, what makes it happen (an action, ``automatically`` or ``spontaneously``), and after which action."""


class ProgramForm(TypedDict):
    """What to run. The first of ``arguments`` is an absolute path, ``shown`` is what the file calls it."""

    arguments: tuple[str, ...]
    shown: str
    timeout: float
    position: Position


class SettingForm(TypedDict):
    kind: str
    default: object
    summary: str
    required: bool


class NameForm(TypedDict):
    max_length: int
    extra: str


class DescriptionForm(TypedDict):
    name: str
    summary: str
    sentences: list[Sentence]
    user_name: NameForm | None
    user_data_bytes: int | None
    ssh_keys_count: int | None
    programs: dict[str, ProgramForm]
    settings: dict[str, SettingForm]
    realm_options: dict[str, SettingForm]
    endpoint: str | None
    environment: tuple[str, ...]
    concurrency: int
    not_found_window: float
