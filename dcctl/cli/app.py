"""The tree of commands. A noun's module is imported when one of its commands runs; help for the whole imports none.

A noun is a singular word; its plural is the same command. The summaries stand here, so that ``dcctl --help`` need not look further.

Annotations are not postponed here: Typer would evaluate those of ``_root`` as text, again and again, for 2.5 ms.
"""

from importlib import import_module
from typing import Annotated

import typer
from typer._click.exceptions import UsageError  # Typer has no public name for it
from typer.core import TyperCommand, TyperGroup

from dcctl.cli.session import session_of
from dcctl.cli.words_given import must_be_text_if_given
from dcctl.frozen import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from typer._click.core import Command, Context
    from typer.core import MarkupMode as Markup

    from dcctl.cli.options import Elsewhere, Verb

SETTINGS = {"help_option_names": ["-h", "--help"]}


@frozen
class Noun:
    """One noun of the command line. ``module`` has ``VERBS``: each verb, or where it is, in the order of the help."""

    name: str
    summary: str
    aliases: tuple[str, ...] = ()
    verb: str | None = None
    """The verb that is meant where none is said."""

    @property
    def module(self) -> str:
        return f"dcctl.cli.nouns.{self.name}"


NOUNS = (
    Noun(
        "instance",
        "Machines: list, show, create, start, stop, reboot, suspend, resume, wait, ssh, cp, ssh-config, exec, console, logs, vnc, label, resize, clone, rename, protect, unprotect, autostart, adopt, destroy.",
        ("instances",),
    ),
    Noun("image", "What instances start from: list, show, import, create, copy, destroy, prune.", ("images",)),
    Noun(
        "snapshot",
        "What instances were at a moment: list, show, create, revert, destroy.",
        ("snapshots",),
    ),
    Noun(
        "volume",
        "Disks apart from instances: list, show, create, attach, detach, resize, destroy.",
        ("volumes",),
    ),
    Noun("network", "Networks that instances are attached to: list, show, create, destroy.", ("networks",)),
    Noun("key", "Public ssh keys at the provider: list, show, import, create, destroy.", ("keys",)),
    Noun(
        "hwp",
        "Hardware profiles, how instances are sized: list, show.",
        ("hwps", "hardware-profile", "hardware-profiles"),
    ),
    Noun("realm", "Where instances are placed: list, show, init.", ("realms",)),
    Noun("state", "The driver's state machine: list.", ("states",)),
    Noun("collection", "What the selected driver supports: list.", ("collections",)),
    Noun("driver", "Drivers, what they declare, whether they keep it: list, show, check, new.", ("drivers",)),
    Noun("catalogue", "The file with profiles and realms: show, check.", ("catalogues",)),
    Noun("config", "Configuration, where each value comes from: show, init.", ("configs",)),
    Noun("context", "Named configurations: list, use.", ("contexts",)),
    Noun("doctor", "What is wrong with realms and with dcctl itself, and mending it: check.", verb="check"),
    Noun("completion", "Scripts that make shells complete: bash, zsh, fish.", ("completions",)),
)
_BY_WORD = {word: noun for noun in NOUNS for word in (noun.name, *noun.aliases)}

LONGEST_SENTENCE = 400

EPILOG = "Begin with: dcctl image list, dcctl hwp list, dcctl instance create --help. The manual: man dcctl."


class VerbCommand(TyperCommand):
    """One command. Its complaints know where they come from, so that they can point to its help."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def get_short_help_str(self, limit: int = 45) -> str:
        """The whole sentence; it is wrapped, where Typer would cut it off."""
        return super().get_short_help_str(LONGEST_SENTENCE)


class VerbGroup(TyperGroup):
    """A noun's commands, each built when it is asked for: building all of an instance's costs 4 ms."""

    verbs: "Mapping[str, Verb | Elsewhere]"
    rich_markup_mode: "Markup"

    def list_commands(self, ctx: "Context") -> list[str]:
        return list(self.verbs)

    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":
        if cmd_name not in self.commands and cmd_name in self.verbs:
            verb = self.verbs[cmd_name].called(cmd_name)
            self.commands[cmd_name] = _command(cmd_name, verb, self.rich_markup_mode)
        return self.commands.get(cmd_name)

    def resolve_command(self, ctx: "Context", args: list[str]) -> "tuple[str | None, Command | None, list[str]]":
        if args and args[0] not in self.verbs:
            _must_be_a_command(args[0], self.name, self.verbs)
            # Suggestions are made from what is built.
            for verb in self.verbs:
                self.get_command(ctx, verb)
        return super().resolve_command(ctx, args)


class Root(TyperGroup):
    """All nouns: summaries until one is used."""

    def list_commands(self, ctx: "Context") -> list[str]:
        return [noun.name for noun in NOUNS]

    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":
        noun = _BY_WORD.get(cmd_name)
        if noun is None:
            return None
        if noun.name not in self.commands:
            self.commands[noun.name] = VerbCommand(noun.name, help=noun.summary, rich_markup_mode=self.rich_markup_mode)
        return self.commands[noun.name]

    def resolve_command(self, ctx: "Context", args: list[str]) -> "tuple[str | None, Command | None, list[str]]":
        noun = _BY_WORD.get(args[0]) if args else None
        if noun is not None:
            self.commands[noun.name] = _group(noun, self.rich_markup_mode)
            rest = args[1:]
            if noun.verb is not None and (not rest or rest[0] not in (noun.verb, *SETTINGS["help_option_names"])):
                rest = [noun.verb, *rest]
            return noun.name, self.commands[noun.name], rest
        if args:
            _must_be_a_command(args[0], None, import_module(NOUNS[0].module).VERBS)
        for each in NOUNS:  # for suggestions
            self.get_command(ctx, each.name)
        return super().resolve_command(ctx, args)


def _must_be_a_command(word: str, noun: "str | None", verbs: "Mapping[str, Verb | Elsewhere]") -> None:
    """Raise ``Usage`` where it is known what a word means that is no command; else Typer looks for one that is written alike."""
    from dcctl.cli.misplaced import meant  # noqa: PLC0415  mistakes only
    from dcctl.errors import Usage  # noqa: PLC0415  likewise
    from dcctl.words import visible  # noqa: PLC0415  likewise

    if hint := meant(word, noun, verbs, {word: noun.name for word, noun in _BY_WORD.items()}):
        raise Usage(f"no such command '{visible(word)}'", hint=hint)


def _group(noun: Noun, markup: "Markup") -> VerbGroup:
    """The group of a noun, its module imported."""
    made = VerbGroup(
        name=noun.name,
        help=noun.summary,
        no_args_is_help=True,
        context_settings=dict(SETTINGS),
        rich_markup_mode=markup,
    )
    made.verbs = import_module(noun.module).VERBS
    return made


def _command(name: str, verb: "Verb", markup: "Markup") -> "Command":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=markup)
    app.command(name, cls=VerbCommand, context_settings=dict(SETTINGS))(verb.for_typer())
    command = typer.main.get_command(app)
    command.name = name
    return command


def _version(wanted: bool) -> None:
    if wanted:
        from dcctl import __version__  # noqa: PLC0415  for --version among other options only

        typer.echo(f"dcctl {__version__}")
        raise typer.Exit


def _root(
    context: typer.Context,
    driver: Annotated[
        str | None,
        typer.Option(
            help="Use this driver: a name, module:Class, or exec:FILE. (DCCTL_DRIVER)",
            metavar="NAME",
        ),
    ] = None,
    context_name: Annotated[
        str | None,
        typer.Option(
            "--context",
            help="Use this context of the configuration. (DCCTL_CONTEXT)",
            metavar="NAME",
        ),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(help="Read this configuration file. (DCCTL_CONFIG)", metavar="FILE"),
    ] = None,
    catalogue: Annotated[
        str | None,
        typer.Option(
            help="Read profiles and realms from this file. (DCCTL_CATALOGUE)",
            metavar="FILE",
        ),
    ] = None,
    color: Annotated[
        str | None,
        typer.Option(help="auto, always or never. (DCCTL_COLOR)", metavar="WHEN"),
    ] = None,
    realm_timeout: Annotated[
        str | None,
        typer.Option(
            help="A realm that takes longer than this to answer is unreachable; 30s unless given. (DCCTL_REALM_TIMEOUT)",
            metavar="TIME",
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say each step of what is done. (DCCTL_VERBOSE)")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the whole error when something fails. (DCCTL_DEBUG)")
    ] = False,
    _: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)] = False,
) -> None:
    """A cloud manager that talks to drivers directly."""
    session = session_of(context)
    session.verbose = session.verbose or verbose
    session.debug = session.debug or debug
    session.flags = {
        "driver": driver,
        "context": context_name,
        "config": config,
        "catalogue": catalogue,
        "color": color,
        "realm_timeout": realm_timeout,
    }
    for given in session.flags.values():  # not by Typer, for which each callback is a function to look into: 0.2 ms
        must_be_text_if_given(given)


def root(*, rich: bool) -> Root:
    """The whole command, nothing below it imported. ``rich``: help as Rich draws it, for terminals; it costs 45 ms and boxes."""
    app = typer.Typer(
        cls=Root,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich" if rich else None,
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
    made = root(rich=False)
    context = made.context_class(made, info_name="dcctl")
    for noun in NOUNS:
        group = _group(noun, made.rich_markup_mode)
        made.commands[noun.name] = group
        for verb in group.verbs:
            group.get_command(context, verb)
    return made
