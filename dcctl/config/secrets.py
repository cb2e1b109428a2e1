"""Where a secret setting really is: in the file itself, in another file, in a variable, or in what a command prints."""

from __future__ import annotations

import os

from dcctl import files, paths
from dcctl.errors import ConfigError
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST = 64 * 1024
_PATIENCE = 60.0
"""Seconds for a command, which may ask for a passphrase in a window of its own."""

_FORMS = "write one of {file: PATH}, {environment: NAME}, {command: [PROGRAM, ...]}"


def is_reference(raw: object) -> bool:
    """Whether it says where the secret is, rather than being the secret."""
    return isinstance(raw, dict)


def resolve(raw: object, environ: Mapping[str, str], *, relative_to: str) -> str:
    """The text behind a reference. Raises ``ValueError`` with what is wrong; the message never has the secret in it."""
    if not isinstance(raw, dict) or len(raw) != 1:
        raise ValueError(_FORMS)
    ((kind, value),) = raw.items()
    if kind == "file" and isinstance(value, str) and value:
        text = _from_file(paths.expand(value, environ, relative_to=relative_to))
    elif kind == "environment" and isinstance(value, str) and value:
        text = _from_variable(value, environ)
    elif kind == "command" and isinstance(value, list) and value and all(isinstance(word, str) for word in value):
        text = _from_command(value, environ)
    else:
        raise ValueError(_FORMS)
    if not text:
        raise ValueError(f"the {kind} gives an empty text")
    return text


def _from_file(path: str) -> str:
    try:
        content, _ = files.read(path, ConfigError)
    except ConfigError as problem:
        raise ValueError(problem.message) from problem
    return _decoded(content, visible(path))


def _from_variable(name: str, environ: Mapping[str, str]) -> str:
    if name not in environ:
        raise ValueError(f"the environment has no variable {visible(name)}")
    return environ[name]


def _from_command(words: list[str], environ: Mapping[str, str]) -> str:
    import subprocess  # noqa: PLC0415  12 ms that only such a setting needs

    program = paths.expand(words[0], environ)
    if os.sep in program and not os.path.isabs(program):
        raise ValueError(f"the command {visible(program)} must be an absolute path or a name that PATH finds")
    try:
        done = subprocess.run(  # noqa: S603  a list of words from a file that only its owner may write; no shell
            [program, *words[1:]], stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
        raise ValueError(f"cannot run the command {visible(program)}: {reason}") from problem
    except subprocess.TimeoutExpired as problem:
        raise ValueError(f"the command {visible(program)} takes more than {_PATIENCE:.0f} seconds") from problem
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        detail = f": {visible(said[-1])}" if said else ""
        raise ValueError(f"the command {visible(program)} ended with status {done.returncode}{detail}")
    return _decoded(done.stdout, f"the output of {visible(program)}")


def _decoded(content: bytes, what: str) -> str:
    """The text without the line break at its end."""
    if len(content) > _LARGEST:
        raise ValueError(f"{what} is larger than {_LARGEST // 1024} KiB")
    try:
        return content.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        # "from None": the exception has the content in it.
        raise ValueError(f"{what} is not UTF-8") from None
