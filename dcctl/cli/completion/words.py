"""What may stand where on the command line, as data from which the scripts are written."""

from __future__ import annotations

from dataclasses import dataclass

from dcctl.cli.app import NOUNS, whole_tree
from dcctl.model import State
from dcctl.render.nouns import listed
from dcctl.render.terminal import COLORS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from typer._click.core import Command, Parameter


@dataclass(frozen=True)
class Values:
    """What an option or an argument takes: ``words``, names that ``dcctl NOUN list -q`` prints, or ``files``. None of it: anything."""

    words: tuple[str, ...] = ()
    noun: str | None = None
    files: bool = False


ANYTHING = Values()


@dataclass(frozen=True)
class Option:
    """``spellings``: ``--output``, ``-o``. ``values`` None: it takes none."""

    spellings: tuple[str, ...]
    summary: str
    values: Values | None


@dataclass(frozen=True)
class Verb:
    name: str
    summary: str
    options: tuple[Option, ...]
    arguments: Values


@dataclass(frozen=True)
class Noun:
    """``names``: the canonical one first, then those that mean the same."""

    names: tuple[str, ...]
    summary: str
    verbs: tuple[Verb, ...]


@dataclass(frozen=True)
class Words:
    """The whole command line."""

    options: tuple[Option, ...]
    nouns: tuple[Noun, ...]


def words() -> Words:
    tree = whole_tree()
    nouns = []
    for noun in NOUNS:
        commands: dict[str, Command] = getattr(tree.commands[noun.name], "commands", {})
        verbs = tuple(_verb(noun.name, name, command) for name, command in commands.items())
        nouns.append(Noun((noun.name, *noun.aliases), noun.summary, verbs))
    return Words(_options("", tree.params), tuple(nouns))


def _verb(noun: str, name: str, command: Command) -> Verb:
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    summary = (command.help or "").partition("\n")[0]
    takes = _values(noun, arguments[0]) if arguments else ANYTHING
    return Verb(name, summary, _options(noun, command.params), takes)


def _options(noun: str, parameters: Iterable[Parameter]) -> tuple[Option, ...]:
    options = [
        Option(
            (*parameter.opts, *parameter.secondary_opts),
            getattr(parameter, "help", None) or "",
            None if getattr(parameter, "is_flag", False) else _values(noun, parameter),
        )
        for parameter in parameters
        if parameter.param_type_name == "option"
    ]
    return (*options, Option(("--help", "-h"), "Show the help.", None))


_NAMED = {"INSTANCE": "instance", "REALM": "realm", "IMAGE": "image", "PROFILE": "hwp"}
_NAMED_BY_OPTION = {"--driver": "driver", "--context": "context", "--key": "key", "--network": "network"}
_HAVE_NAMES = ("instance", "image", "volume", "network", "key", "hwp", "realm", "driver", "context")


def _values(noun: str, parameter: Parameter) -> Values:
    """What it takes, by its choices, else by the word that its help has for the value."""
    choices = getattr(parameter.type, "choices", None)
    if choices:
        return Values(tuple(map(str, choices)))
    metavar = (parameter.metavar or "").removesuffix("...")
    spelled = parameter.opts[0]
    if metavar in ("FILE", "KEY", "SOURCE", "TARGET"):
        return Values(files=True)
    if metavar == "GOAL":
        return Values(
            ("address", "ssh", "cloud-init", *(f"state={state}" for state in State if state is not State.START))
        )
    if metavar == "WHEN":
        return Values(COLORS)
    if metavar == "KEYS":
        rendered = listed(noun)
        return Values(tuple(column.key for column in rendered.columns)) if rendered is not None else ANYTHING
    if metavar in _NAMED or spelled in _NAMED_BY_OPTION:
        return Values(noun=_NAMED.get(metavar) or _NAMED_BY_OPTION[spelled])
    if metavar == "INSTANCE" and parameter.param_type_name == "argument":
        return Values(noun="instance")
    if metavar == "NAME" and parameter.param_type_name == "argument" and noun in _HAVE_NAMES:
        return Values(noun=noun)
    return ANYTHING
