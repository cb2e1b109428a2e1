"""``python -m dcctl``: the command line where the script is not on the path."""

from __future__ import annotations

from dcctl.cli import main

main()
