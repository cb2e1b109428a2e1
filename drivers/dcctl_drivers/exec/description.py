"""Finding and loading a description: the path in the driver's name, the trust in the file, the cache, all problems with their places."""

from __future__ import annotations

import os

from dcctl import cache, files
from dcctl.errors import DriverError, raise_all
from dcctl.words import visible
from dcctl_drivers.exec.program import check_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from dcctl_drivers.exec.form import DescriptionForm


def locate(argument: str) -> str:
    """The absolute path of the description that ``exec:ARGUMENT`` names.

    A relative path must say so (``./rack.yaml``): a context that names ``rack.yaml`` would run whatever lies in the folder one is in.
    """
    if not argument:
        raise DriverError(
            "the driver exec needs the path of a description",
            hint="write exec:/etc/dcctl/rack.yaml, say; see dcctl-exec(7)",
        )
    path = os.path.expanduser(argument)
    if not os.path.isabs(path) and not path.startswith(("./", "../")):
        raise DriverError(
            f"the path of a description must be absolute, or begin with ./ or ~/, not {visible(argument)}",
            hint=f"write exec:{visible(os.path.abspath(path))}, or exec:./{visible(path)} on the command line",
        )
    return os.path.abspath(path)


def load(file: str) -> DescriptionForm:
    """What the description says. Raises ``DriverError`` or ``Problems`` with everything that is wrong, each with its place."""
    status = files.status(file, DriverError)
    form: Any = cache.load("exec", file, status, os.environ)
    if form is None:
        from dcctl_drivers.exec.reading import read  # noqa: PLC0415  20 ms with the YAML parser, only after an edit

        content, status = files.read(file, DriverError)
        form, problems = read(content, file)
        raise_all(problems)
        cache.store("exec", file, status, form, os.environ)
    raise_all(check_files(form, file))
    checked: DescriptionForm = form
    return checked
