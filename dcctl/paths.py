"""Where our files are, by the XDG base directory specification; pure but for the password database and the question what exists."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def home(environ: Mapping[str, str]) -> str | None:
    """The home directory: HOME, else what the password database says, so that a cron job without HOME finds its configuration."""
    given = environ.get("HOME", "")
    if os.path.isabs(given):
        return given
    import pwd  # noqa: PLC0415  needed only without HOME

    try:
        directory = pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return None
    return directory if os.path.isabs(directory) else None


def _base(environ: Mapping[str, str], variable: str, below_home: str) -> str | None:
    """A base directory; a relative path in the variable is ignored, as the specification demands."""
    given = environ.get(variable, "")
    if os.path.isabs(given):
        return os.path.join(given, "dcctl")
    directory = home(environ)
    return None if directory is None else os.path.join(directory, below_home, "dcctl")


def config_directory(environ: Mapping[str, str]) -> str | None:
    """Where ``config.yaml`` and the user's own ``profiles.yaml`` are; None without a home."""
    return _base(environ, "XDG_CONFIG_HOME", ".config")


def cache_directory(environ: Mapping[str, str]) -> str | None:
    """Where parsed files are kept; everything in it may be deleted at any time."""
    return _base(environ, "XDG_CACHE_HOME", ".cache")


def state_directory(environ: Mapping[str, str]) -> str | None:
    """Where drivers keep what must survive: the mock driver's database, the libvirt driver's index."""
    return _base(environ, "XDG_STATE_HOME", ".local/state")


def config_file(environ: Mapping[str, str]) -> str | None:
    """The configuration that is read unless another is named; whether or not it exists."""
    directory = config_directory(environ)
    return None if directory is None else os.path.join(directory, "config.yaml")


def own_catalogue(environ: Mapping[str, str]) -> str | None:
    """The user's own catalogue, if there is one."""
    directory = config_directory(environ)
    path = None if directory is None else os.path.join(directory, "profiles.yaml")
    return path if path is not None and os.path.exists(path) else None


def default_catalogue() -> str:
    """The catalogue that comes with dcctl: in the installed package, else beside it in a checkout; never in the working directory."""
    package = os.path.dirname(os.path.abspath(__file__))
    installed = os.path.join(package, "profiles.yaml")
    return installed if os.path.exists(installed) else os.path.join(os.path.dirname(package), "profiles.yaml")


def expand(path: str, environ: Mapping[str, str], relative_to: str = "") -> str:
    """``~/x`` below the home directory; a relative path below ``relative_to``. Names of other users are not looked up."""
    if path == "~" or path.startswith("~/"):
        directory = home(environ)
        if directory is not None:
            return os.path.join(directory, path[2:]) if path != "~" else directory
    return os.path.join(relative_to, path)
