"""``dcctl completion``: scripts that make shells complete what is typed."""

from __future__ import annotations

import typer

from dcctl.cli.options import Verb
from dcctl.cli.session import session_of


def bash(context: typer.Context) -> None:
    """Print the script for bash.

    \b
    source <(dcctl completion bash)
    """
    from dcctl.cli.completion.bash import script  # noqa: PLC0415  each shell needs its own
    from dcctl.cli.completion.words import words  # noqa: PLC0415  builds the whole tree, 100 ms

    session_of(context).environment.stdout.write(script(words()))


def zsh(context: typer.Context) -> None:
    """Print the script for zsh.

    \b
    source <(dcctl completion zsh)
    """
    from dcctl.cli.completion.words import words  # noqa: PLC0415  as above
    from dcctl.cli.completion.zsh import script  # noqa: PLC0415  as above

    session_of(context).environment.stdout.write(script(words()))


def fish(context: typer.Context) -> None:
    """Print the script for fish.

    \b
    dcctl completion fish > ~/.config/fish/completions/dcctl.fish
    """
    from dcctl.cli.completion.fish import script  # noqa: PLC0415  as above
    from dcctl.cli.completion.words import words  # noqa: PLC0415  as above

    session_of(context).environment.stdout.write(script(words()))


VERBS = {
    "bash": Verb(bash),
    "zsh": Verb(zsh),
    "fish": Verb(fish),
}
