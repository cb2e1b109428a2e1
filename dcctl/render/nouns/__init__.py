"""One module per noun; each is imported only when its noun is shown."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from dcctl.render.noun import Noun

_LISTED = {
    "instance": "instance:INSTANCE",
    "image": "image:IMAGE",
    "snapshot": "snapshot:SNAPSHOT",
    "volume": "volume:VOLUME",
    "network": "network:NETWORK",
    "key": "key:KEY",
    "hwp": "hwp:HWP",
    "realm": "realm:REALM",
    "state": "state:STATE",
    "collection": "collection:COLLECTION",
    "driver": "driver:SOURCE",
    "catalogue": "catalogue:CATALOGUE",
    "config": "setting:SETTING",
    "context": "context:CONTEXT",
    "doctor": "finding:FINDING",
}


def listed(word: str) -> Noun[Any] | None:
    """How the noun that people call ``word`` is listed, for manuals and completion; None for one that is never listed."""
    if word not in _LISTED:
        return None
    from importlib import import_module  # noqa: PLC0415  whoever shows a noun imports it himself

    module, _, name = _LISTED[word].partition(":")
    noun: Noun[Any] = getattr(import_module(f"{__name__}.{module}"), name)
    return noun
