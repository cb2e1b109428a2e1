"""The tree of commands. A noun's module is imported when one of its commands runs; help for the whole imports none.

A noun is a singular word; its plural is the same command. The summaries stand here, so that ``dcctl --help`` need not look further.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Annotated

import typer
from typer.core import TyperCommand, TyperGroup

from dcctl.cli.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typer._click.core import Command, Context

SETTINGS = {"help_option_names": ["-h", "--help"]}


@dataclass(frozen=True)
class Noun:
    """One noun of the command line. ``module`` has ``VERBS``: a function for each verb, in the order of the help."""

    name: str
    summary: str
    aliases: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        return f"dcctl.cli.nouns.{self.name}"


NOUNS = (
    Noun(
        "instance", "Machines: list, show, create, start, stop, reboot, suspend, resume, wait, destroy.", ("instances",)
    ),
    Noun("image", "What instances start from: list, show, import, destroy.", ("images",)),
    Noun(
        "hwp",
        "Hardware profiles, how instances are sized: list, show.",
        ("hwps", "hardware-profile", "hardware-profiles"),
    ),
    Noun("realm", "Where instances are placed: list, show.", ("realms",)),
    Noun("state", "The driver's state machine: list.", ("states",)),
    Noun("collection", "What the selected driver supports: list.", ("collections",)),
    Noun("driver", "Drivers, what they declare: list, show.", ("drivers",)),
    Noun("catalogue", "The file with profiles and realms: show, check.", ("catalogues",)),
    Noun("config", "Configuration, where each value comes from: show, init.", ("configs",)),
    Noun("context", "Named configurations: list, use.", ("contexts",)),
)
_BY_WORD = {word: noun for noun in NOUNS for word in (noun.name, *noun.aliases)}

EPILOG = "Start with: dcctl instance list; dcctl instance create --image img1 --hwp m1-small. Manual: man dcctl, man dcctl-instance."


class VerbGroup(TyperGroup):
    """A noun's commands, each built when it is asked for: building all of an instance's costs 4 ms."""

    verbs: Mapping[str, Callable[..., None]]

    def list_commands(self, ctx: Context) -> list[str]:
        return list(self.verbs)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if cmd_name not in self.commands and cmd_name in self.verbs:
            self.commands[cmd_name] = _command(cmd_name, self.verbs[cmd_name])
        return self.commands.get(cmd_name)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        if args and args[0] not in self.verbs:
            # Suggestions are made from what is built.
            for verb in self.verbs:
                self.get_command(ctx, verb)
        return super().resolve_command(ctx, args)


class Root(TyperGroup):
    """All nouns: summaries until one is used."""

    def list_commands(self, ctx: Context) -> list[str]:
        return [noun.name for noun in NOUNS]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        noun = _BY_WORD.get(cmd_name)
        if noun is None:
            return None
        if noun.name not in self.commands:
            self.commands[noun.name] = TyperCommand(noun.name, help=noun.summary)
        return self.commands[noun.name]

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        noun = _BY_WORD.get(args[0]) if args else None
        if noun is not None:
            self.commands[noun.name] = group(noun)
            return noun.name, self.commands[noun.name], args[1:]
        for each in NOUNS:  # for suggestions
            self.get_command(ctx, each.name)
        return super().resolve_command(ctx, args)


def group(noun: Noun) -> VerbGroup:
    """The group of a noun, its module imported."""
    made = VerbGroup(name=noun.name, help=noun.summary, no_args_is_help=True, context_settings=dict(SETTINGS))
    made.verbs = import_module(noun.module).VERBS
    return made


def _command(verb: str, function: Callable[..., None]) -> Command:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(verb, context_settings=dict(SETTINGS))(function)
    command = typer.main.get_command(app)
    command.name = verb
    return command


def _version(wanted: bool) -> None:
    if wanted:
        from dcctl import __version__  # noqa: PLC0415  for --version among other options only

        typer.echo(f"dcctl {__version__}")
        raise typer.Exit


def _root(
    context: typer.Context,
    driver: Annotated[
        str | None, typer.Option(help="Use this driver: a name, or module:Class.", metavar="NAME", show_default=False)
    ] = None,
    context_name: Annotated[
        str | None, typer.Option("--context", help="Use this context of the configuration.", metavar="NAME")
    ] = None,
    config: Annotated[str | None, typer.Option(help="Read this configuration file.", metavar="FILE")] = None,
    catalogue: Annotated[
        str | None, typer.Option(help="Read profiles and realms from this file.", metavar="FILE")
    ] = None,
    color: Annotated[str | None, typer.Option(help="auto, always or never.", metavar="WHEN")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the whole error when something fails.")] = False,
    _: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)] = False,
) -> None:
    """A cloud manager that talks to drivers directly."""
    session = context.obj
    assert isinstance(session, Session)
    session.debug = debug
    session.flags = {
        "driver": driver,
        "context": context_name,
        "config": config,
        "catalogue": catalogue,
        "color": color,
    }


def root() -> Root:
    """The whole command, nothing below it imported."""
    app = typer.Typer(
        cls=Root,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        no_args_is_help=True,
        context_settings=dict(SETTINGS),
        epilog=EPILOG,
    )
    app.callback()(_root)
    made = typer.main.get_group(app)
    assert isinstance(made, Root)
    return made


def whole_tree() -> Root:
    """The command with every noun and verb built: for manual pages and for tests that go through all of them."""
    made = root()
    context = made.context_class(made, info_name="dcctl")
    for noun in NOUNS:
        nouns_group = group(noun)
        made.commands[noun.name] = nouns_group
        for verb in nouns_group.verbs:
            nouns_group.get_command(context, verb)
    return made
