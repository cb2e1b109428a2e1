"""The script for zsh: the one for bash, which zsh's own ``bashcompinit`` understands."""

from __future__ import annotations

from dcctl.cli.completion import bash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.cli.completion.words import Words

_BEGINNING = """\
# Completion of dcctl for zsh, made by: dcctl completion zsh
# Put it into ~/.zshrc:  source <(dcctl completion zsh)
autoload -Uz compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit

"""


def script(words: Words) -> str:
    return _BEGINNING + bash.script(words).partition("\n\n")[2]
