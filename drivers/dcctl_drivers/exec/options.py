"""What a context and a realm may set for the driver: the types that a description can name, declarations, and values for a request."""

from __future__ import annotations

from dcctl import settings
from dcctl.settings import Secret, Setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from dcctl.settings import Values
    from dcctl_drivers.exec.form import SettingForm

KINDS: Mapping[str, Callable[[object], Any]] = {
    "text": settings.text,
    "secret": settings.secret,
    "whole_number": settings.whole_number,
    "fraction": settings.fraction,
    "switch": settings.switch,
    "duration": settings.duration,
    "texts": settings.texts,
}


def declared(forms: Mapping[str, SettingForm]) -> tuple[Setting[Any], ...]:
    """The settings as the core knows them."""
    return tuple(
        Setting(name, KINDS[form["kind"]], form["default"], form["summary"], required=form["required"])
        for name, form in forms.items()
    )


def as_data(declarations: tuple[Setting[Any], ...], values: Values) -> dict[str, object]:
    """What the values are, for a request; secrets are revealed here, and only here: a request travels through a pipe."""
    found = {setting.name: values[setting] for setting in declarations}
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in found.items()}


def secret_texts(declarations: tuple[Setting[Any], ...], values: Values) -> tuple[str, ...]:
    """What must not be seen in a message, however a program came to print it."""
    found = (values[setting] for setting in declarations)
    return tuple(value.reveal() for value in found if isinstance(value, Secret))
