"""dcctl: a command-line cloud manager that talks to drivers directly. As a library: ``from dcctl import Cloud``."""

from __future__ import annotations

from dcctl.cloud import Cloud

__version__ = "0.1.0"
__all__ = ["Cloud", "__version__"]
