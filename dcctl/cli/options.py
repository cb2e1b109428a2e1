"""Options that several commands share, with the words that they have everywhere."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from importlib import import_module
from inspect import Parameter, signature
from typing import Annotated, Any, get_type_hints

import typer

from dcctl.cli.words_given import must_be_path_if_given, must_be_text, must_be_text_if_given
from dcctl.frozen import frozen
from dcctl.render.options import Diagram, Format

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

RealmOption = Annotated[
    str | None,
    typer.Option("--realm", help="In this realm.", metavar="REALM", show_default=False, callback=must_be_text_if_given),
]
PlaceOption = Annotated[
    str | None,
    typer.Option(
        "--realm",
        help="In this realm; auto: where most memory and space are free, of those that have the image.",
        metavar="REALM",
        show_default=False,
        callback=must_be_text_if_given,
    ),
]
Names = Annotated[
    list[str], typer.Argument(help="Names, ids or REALM/NAME; - reads them from standard input.", metavar="NAME...")
]
Name = Annotated[str, typer.Argument(help="A name, an id or REALM/NAME.", metavar="NAME", callback=must_be_text)]
ProfileName = Annotated[str, typer.Argument(help="The profile's name.", metavar="NAME", callback=must_be_text)]
RealmName = Annotated[str, typer.Argument(help="The realm's id.", metavar="NAME", callback=must_be_text)]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it has settled.")]
Timeout = Annotated[
    str | None,
    typer.Option("--timeout", help="How long to wait, as in 90s or 5m. It goes on all the same.", metavar="TIME"),
]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Show what would be done, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Force = Annotated[bool, typer.Option("--force", help="Do first what must come first, such as stop before destroy.")]
PowerOffFlag = Annotated[bool, typer.Option("--power-off", help="Pull the plug instead of asking the guest.")]
PowerOffAfter = Annotated[
    str | None, typer.Option("--power-off-after", help="Pull the plug if it has not stopped by then.", metavar="TIME")
]
Identity = Annotated[
    str | None,
    typer.Option(
        "--identity", "-i", help="Log in with this private key.", metavar="FILE", callback=must_be_path_if_given
    ),
]
Label = Annotated[
    list[str],
    typer.Option("--label", help="Put this label on it, as in role=web.", metavar="KEY=VALUE"),
]
Selected = Annotated[
    list[str],
    typer.Option(
        "--label",
        "-l",
        help="Only with this label: key=value, key!=value, key or '!key'. Several hold together.",
        metavar="CONDITION",
    ),
]
DescriptionText = Annotated[
    str | None, typer.Option("--description", help="What it is for, in one line.", metavar="TEXT", show_default=False)
]
IgnoreMissing = Annotated[bool, typer.Option("--ignore-missing", help="What does not exist is as good as destroyed.")]


@frozen
class Shown:
    """How the result of a command is to be shown, as typed. A command has some of these options, the others keep their defaults."""

    output: Format | None = None
    diagram: Diagram | None = None
    columns: list[str] = field(default_factory=list)
    sort: list[str] = field(default_factory=list)
    filters: list[str] = field(default_factory=list)
    no_header: bool = False
    quiet: bool = False
    show_secrets: bool = False


def _option(name: str, kind: object, default: object, *words: str, help: str, metavar: str | None = None) -> Parameter:  # noqa: A002  Typer's word
    option = typer.Option(*words, help=help, metavar=metavar, show_default=False, rich_help_panel="Output")
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option])


_OUTPUT = _option(
    "output",
    Format | None,
    None,
    "--output",
    "-o",
    help=f"How to show it: {', '.join(Format)}.",
    metavar="FORMAT",
)
_COLUMNS = _option(
    "columns", list[str], [], "--columns", "-c", help="Only these columns, as in name,state.", metavar="KEYS"
)
_SORT = _option("sort", list[str], [], "--sort", help="By these columns; -KEY for the other way.", metavar="KEYS")
_FILTERS = _option(
    "filters",
    list[str],
    [],
    "--filter",
    "-f",
    help="Only what fits: key=value, key!=value or key~pattern. Several hold together.",
    metavar="CONDITION",
)
_NO_HEADER = _option("no_header", bool, False, "--no-header", help="Leave the titles out.")
_QUIET = _option("quiet", bool, False, "--quiet", "-q", help="Names only, one on a line.")
_SHOW_SECRETS = _option("show_secrets", bool, False, "--show-secrets", help="Show passwords.")

ROWS = (_OUTPUT, _COLUMNS, _SORT, _FILTERS, _NO_HEADER, _QUIET)
"""What every list takes."""
RESULT = (_OUTPUT, _COLUMNS, _NO_HEADER, _QUIET)
"""What every command takes that shows what became of the things that were named."""
ONE = (_OUTPUT, _COLUMNS)
"""What every ``show`` takes."""
ONE_WITH_SECRETS = (*ONE, _SHOW_SECRETS)

# Typer reads it; a type checker cannot follow enums that are joined.
_FORMAT_OR_DIAGRAM: Any = StrEnum("_FORMAT_OR_DIAGRAM", {each.name: each.value for each in (*Format, *Diagram)})  # type: ignore[misc]


def _output_or_diagram(when: str) -> Parameter:
    words = f"How to show it: {', '.join(Format)}; {when}: {', '.join(Diagram)}."
    return _option("output", _FORMAT_OR_DIAGRAM | None, None, "--output", "-o", help=words, metavar="FORMAT")


ROWS_OR_DIAGRAM = (_output_or_diagram("as a picture"), *ROWS[1:])
"""What the list of states takes."""
ONE_OR_DIAGRAM = (_output_or_diagram("with --states"), *ONE_WITH_SECRETS[1:])
"""What ``show`` takes for an instance."""


def _shown(given: dict[str, Any]) -> Shown:
    output = given.pop("output", None)
    if output in list(Diagram):
        return Shown(diagram=Diagram(output), **given)
    return Shown(None if output is None else Format(output), **given)


@frozen
class Elsewhere:
    """A verb that stands in the ``VERBS`` of another module, which is imported when the verb is used: lists need not pay for it."""

    module: str

    def called(self, name: str) -> Verb:
        verb = import_module(self.module).VERBS[name]
        assert isinstance(verb, Verb)
        return verb


@frozen
class Verb:
    """A command.

    With ``shows``, its function gets the values of these options together, as ``shown``. ``gathers``: a frozen class whose attributes
    are options; the function gets them together, too, as ``wanted``.
    """

    function: Callable[..., None]
    shows: tuple[Parameter, ...] = ()
    gathers: type | None = None

    def called(self, name: str) -> Verb:
        return self

    def for_typer(self) -> Callable[..., None]:
        """A function with all options in its signature, from which Typer makes the command."""
        function, shows, gathers = self.function, self.shows, self.gathers
        own = [each for each in signature(function, eval_str=True).parameters.values() if each.name != "wanted"]
        together = _options_of(gathers) if gathers is not None else []

        def command(**values: Any) -> None:
            if gathers is not None:
                values["wanted"] = gathers(**{option.name: values.pop(option.name) for option in together})
            if shows:
                values["shown"] = _shown({option.name: values.pop(option.name) for option in shows})
            function(**values)

        parameters = [
            *(each.replace(kind=Parameter.KEYWORD_ONLY) for each in own if each.name != "shown"),
            *together,
            *shows,
        ]
        command.__doc__ = function.__doc__
        command.__annotations__ = {each.name: each.annotation for each in parameters}
        command.__signature__ = signature(command).replace(parameters=parameters)  # type: ignore[attr-defined]
        return command


def _options_of(gathers: type) -> list[Parameter]:
    """A parameter for each attribute of a class that gathers options."""
    kinds = get_type_hints(gathers, include_extras=True)
    attributes = signature(gathers).parameters.values()
    return [each.replace(kind=Parameter.KEYWORD_ONLY, annotation=kinds[each.name]) for each in attributes]
