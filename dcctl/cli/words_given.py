"""What people type, as the values that the library takes. Every mistake is a ``Usage`` that names the option."""

from __future__ import annotations

from dcctl.errors import Usage
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dcctl.cli.environment import Environment
    from dcctl.cli.session import Session
    from dcctl.hardware import Property, Value

# A list of names; what is longer is some other file by mistake.
MOST_CHARACTERS_OF_NAMES = 1 << 20


def names_given(words: Sequence[str], session: Session) -> list[str]:
    """The names, each once, in the order given; ``-`` stands for the words of standard input.

    None there is nothing to do, which is said: a list that a script pipes in may be empty. "All" is never meant by saying nothing.
    """
    names: dict[str, None] = {}
    for word in words:
        given = _names_piped(session.environment) if word == "-" else [word]
        names.update(dict.fromkeys(map(must_be_text, given)))
    if not names:
        session.note("standard input has no names: there is nothing to do")
    return list(names)


def must_be_text(name: str) -> str:
    """The name. Nothing, as from a script's unset variable, and bytes that are no text name nothing.

    Python carries bytes that the locale has no characters for as surrogates. Where it has only ASCII, as where ``LC_ALL=C`` meets
    ``PYTHONUTF8=0``, that is every name in UTF-8.
    """
    if not name:
        raise Usage("a name is empty", hint="leave it out, or quote what you meant")
    if not name.isascii() and any("\ud800" <= character <= "\udfff" for character in name):
        try:
            return name.encode("utf-8", "surrogateescape").decode()
        except ValueError as error:
            raise Usage(f"{visible(name)} is not text", hint="names are UTF-8") from error
    return name


def must_be_path(path: str) -> str:
    """The path, as the locale has it: files are opened by what the locale makes of their names, so none is read as UTF-8 here."""
    if must_be_text(path) != path:
        raise Usage(f"{visible(path)} is not text in this locale", hint="set LC_ALL=C.UTF-8")
    return path


def must_be_path_if_given(path: str | None) -> str | None:
    """As ``must_be_path``, for options."""
    return None if path is None else must_be_path(path)


def must_be_text_if_given(name: str | None) -> str | None:
    """As ``must_be_text``, for options: an empty one is a mistake, never the same as none."""
    return None if name is None else must_be_text(name)


def _names_piped(environment: Environment) -> list[str]:
    if environment.stdin.isatty():
        environment.stderr.write("dcctl: reading names; Ctrl-D ends them\n")
    text = environment.stdin.read(MOST_CHARACTERS_OF_NAMES + 1)
    if len(text) > MOST_CHARACTERS_OF_NAMES:  # half a name might be another one
        raise Usage("standard input is too long for a list of names", hint="nothing was done")
    return text.split()


def seconds_given(option: str, text: str | None, default: float) -> float:
    """A duration such as ``90s``; ``default`` where none was given."""
    if text is None:
        return default
    from dcctl.settings import duration  # noqa: PLC0415  loaded already with the driver

    try:
        return duration(text)
    except ValueError as error:
        raise Usage(f"{option} {error}") from error


def overrides_given(words: Mapping[Property, str | None]) -> dict[Property, Value]:
    """Sizes as typed, such as ``--memory 2GiB``. Every wrong one is reported at once."""
    from dcctl import sizes  # noqa: PLC0415  create only
    from dcctl.errors import DcctlError, raise_all  # noqa: PLC0415  likewise

    problems: list[DcctlError] = []
    overrides: dict[Property, Value] = {}
    for wanted, text in words.items():
        if text is not None:
            try:
                overrides[wanted] = sizes.parse(wanted, text)
            except ValueError as error:
                problems.append(Usage(f"--{wanted.replace('_', '-')} {error}"))
    raise_all(problems)
    return overrides


def bytes_given(option: str, path: str, environment: Environment, *, most: int) -> bytes:
    """The content of a file, or of standard input for ``-``. At most ``most`` + 1 bytes are read: the planner refuses more."""
    if not path:
        raise Usage(f"{option} is empty", hint="give the path of a readable file")
    if path == "-":
        if environment.stdin.isatty():
            environment.stderr.write(f"dcctl: reading {option}; Ctrl-D ends it\n")
            environment.stderr.flush()
        # Not as text: user data may be compressed, and its line ends are its own.
        binary = getattr(environment.stdin, "buffer", None)
        return environment.stdin.read(most + 1).encode() if binary is None else bytes(binary.read(most + 1))
    try:
        with open(path, "rb") as file:
            return file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Usage(
            f"cannot read {option} {visible(path)}: {reason}", hint="give the path of a readable file"
        ) from error


KEY_KINDS = ("ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-")


def ssh_keys_given(words: Sequence[str], environment: Environment, *, option: str = "--ssh-key") -> tuple[str, ...]:
    """Public keys, from files or as text, each once; ``option``: what complaints call them. Raises ``Usage`` for what is no public key, above all for private ones."""
    from dcctl.nouns.keys import checked  # noqa: PLC0415  2 ms, where keys are given

    keys: dict[str, None] = {}
    for word in words:
        if word.startswith(KEY_KINDS):
            source, text = option, word
        else:
            source, text = (
                visible(word),
                bytes_given(option, word, environment, most=1 << 16).decode(errors="replace"),
            )
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        if "PRIVATE KEY" in text:
            raise Usage(f"{source} is a private key", hint=f"give the public one: {source}.pub")
        if not lines:
            raise Usage(
                f"{source} holds no ssh key", hint="give the path of a public key, such as ~/.ssh/id_ed25519.pub"
            )
        for line in lines:
            if not line.startswith(KEY_KINDS) or len(line.split()) < 2 or not line.isprintable():
                raise Usage(f"{source} is not a public ssh key", hint="a line such as: ssh-ed25519 AAAA... comment")
            try:
                checked(line)  # with a damaged one nobody would get in, which shows minutes later
            except Usage as error:
                raise Usage(f"{source}: {error.message}", hint=error.hint) from error
            keys[line] = None
    return tuple(keys)
