"""Section 1: ``dcctl`` itself and one page for each noun, from the tree of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcctl.cli.app import NOUNS, whole_tree
from dcctl.errors import DcctlError, Problems
from dcctl.render.nouns import listed
from manual import images, json_keys
from manual.roff import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer._click.core import Command, Parameter
    from typer.core import TyperGroup

    from dcctl.cli.app import Noun
    from dcctl.render.noun import Noun as Rendered

_STATUS = {
    0: "Done.",
    130: "Interrupted; what was provisional was rolled back. The program dies of the signal, so that loops in a shell stop.",
    141: "Whoever read the output closed it.",
    143: "Terminated, as 130.",
}

_FORMATS = (
    ("table", "For people: the usual columns. On a terminal with rules and colour, the least important columns left out where it is narrow; elsewhere aligned and complete."),
    ("wide", "The same with all columns."),
    ("json", "A list of objects, also of one; ``show`` prints one object. All keys are always there, null where something is absent. Sizes are whole numbers with the unit in the key (memory_mib), times RFC 3339 in UTC. The output is ASCII. Keys are added, never renamed or removed; a JSON Schema comes with the package as dcctl/schema/output.json."),
    ("jsonl", "One object on each line."),
    ("yaml", "The same content as JSON."),
    ("csv", "All columns, or those named with ``-c``; the header has their keys. Lists are separated by blanks."),
    ("name", "What names each thing in other commands, one on a line: the name, or the id where the name has blanks or unprintable characters."),
)  # fmt: skip

_VARIABLES = (
    ("DCCTL_DRIVER", "``--driver``"),
    ("DCCTL_CONTEXT", "``--context``"),
    ("DCCTL_CONFIG", "``--config``"),
    ("DCCTL_CATALOGUE", "``--catalogue``"),
    ("DCCTL_COLOR", "``--color``"),
    ("DCCTL_REALM_TIMEOUT", "``--realm-timeout``"),
    ("DCCTL_VERBOSE", "``--verbose``, unless it is empty, 0, false or no"),
    ("DCCTL_DEBUG", "``--debug``, unless it is empty, 0, false or no"),
    ("DCCTL_OUTPUT", "the format where a command is not given ``-o`` or ``-q``"),
    ("DCCTL_REALM, DCCTL_HWP, DCCTL_TIMEOUT", "``--realm``, ``--hwp`` and ``--timeout`` where a command is not given them"),
    ("DCCTL_<DRIVER>_<SETTING>", "a setting of the driver, such as DCCTL_MOCK_PENDING=5s"),
    ("DCCTL_NO_CACHE", "if it is not empty: parse catalogue and configuration anew each time"),
    ("NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM", "what others agree on about colour, in this order, after DCCTL_COLOR"),
    ("COLUMNS", "the width of the terminal, if it is to be another than the real one"),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME", "where the files below are, other than under ~/.config, ~/.local/state and ~/.cache"),
)  # fmt: skip


_MORE = {"image": images.sections}
"""What the page of a noun says besides."""

_RELATED = {
    "instance": ("dcctl-image(1)", "dcctl-hwp(1)", "dcctl-state(1)", "ssh(1)"),
    "image": ("dcctl-instance(1)", "dcctl-profiles(5)"),
    "network": ("dcctl-instance(1)", "dcctl-profiles(5)"),
    "key": ("dcctl-instance(1)", "ssh-keygen(1)"),
    "hwp": ("dcctl-profiles(5)",),
    "realm": ("dcctl-profiles(5)",),
    "state": ("dcctl-driver(1)", "dcctl-driver(7)"),
    "collection": ("dcctl-driver(1)", "dcctl-driver(7)"),
    "driver": ("dcctl-driver(7)", "dcctl-exec(7)", "dcctl-libvirt(7)", "dcctl-mock(7)"),
    "catalogue": ("dcctl-profiles(5)",),
    "config": ("dcctl-config(5)", "dcctl-context(1)"),
    "context": ("dcctl-config(1)", "dcctl-config(5)"),
}
"""Where to read on."""


def pages() -> Iterator[Page]:
    tree = whole_tree()
    yield _dcctl(tree)
    for noun in NOUNS:
        yield _noun(noun, tree.commands[noun.name])


def _dcctl(tree: TyperGroup) -> Page:
    page = Page("dcctl", 1, "a cloud manager that talks to drivers directly")
    page.heading("Synopsis").synopsis("``dcctl`` [OPTIONS] NOUN VERB [OPTIONS] [NAME...]")
    page.heading("Description")
    page.paragraph(
        "``dcctl`` makes, lists, starts, stops and destroys virtual machines, without a server between you and the provider. A driver speaks to"
        " the provider; hardware profiles and realms come from a catalogue, dcctl-profiles(5). Each request is checked against the state machine"
        " that the driver declares before anything is done; ``--dry-run`` ends there."
    )
    page.paragraph("Singular and plural are the same noun: ``dcctl instances list``.")
    page.heading("Nouns")
    for noun in NOUNS:
        page.tagged(f"``dcctl {noun.name}``", f"{noun.summary} See dcctl-{noun.name}(1).")
    page.heading("Options")
    page.paragraph("They stand before the noun; the variable in parentheses does the same.")
    _options(page, tree)
    page.heading("Output")
    page.paragraph(
        "Standard output has what was asked for and nothing else; errors, notes and questions go to standard error."
    )
    page.paragraph("Commands that print something take ``-o`` with one of:")
    for name, text in _FORMATS:
        page.tagged(f"``{name}``", text)
    page.tagged(
        "``-c``, ``--columns`` KEYS",
        "Only these columns, in this order, separated by commas. Each noun's page lists the keys.",
    )
    page.tagged(
        "``--sort`` KEYS", "By these columns; ``-`` before a key turns its order around. What is absent comes last."
    )
    page.tagged(
        "``-f``, ``--filter`` CONDITION",
        "Only what fits. ``key=text`` compares with the value as CSV has it, or as the table shows it (``size=20GiB``, ``active=no``), and case counts; a list fits if the text is among it."
        " ``key!=text`` is the opposite. ``key~pattern`` searches for a regular expression; begin it with (?i) to ignore case. Several hold together.",
    )
    page.tagged("``--no-header``", "Without titles: for table, wide and csv.")
    page.tagged(
        "``-q``, ``--quiet``",
        "The same as ``-o name``: in one word each, what other commands take. An instance whose name xargs, a shell or the locale's"
        " encoding would change is called by its id; what several realms have is called REALM/NAME.",
    )
    page.paragraph("An asterisk after a size means that it was asked for by value, and is not the profile's default.")
    page.heading("Names")
    page.paragraph(
        "A name is an id, a name, or REALM/NAME. If it fits several things, nothing is done and the exit status is 2; the error lists them."
        " A ``-`` in place of names reads them from standard input, separated by blanks or lines; if there are none, nothing is done, which is no failure."
    )
    page.heading("Exit status")
    for status, text in _statuses():
        page.tagged(f"``{status}``", text)
    page.paragraph(
        'An error is one line on standard error; with ``-o json`` or ``jsonl`` it is an object on one line, {"error": {...}}, with the keys code,'
        " message, hint, resource, realm, where, console and exit_status."
    )
    page.heading("Environment")
    for name, text in _VARIABLES:
        page.tagged(f"``{name}``", text)
    page.heading("Files")
    page.tagged("~/.config/dcctl/config.yaml", "The configuration, dcctl-config(5).")
    page.tagged(
        "~/.config/dcctl/profiles.yaml",
        "Your catalogue, if there is one; it replaces the one that comes with dcctl. See dcctl-profiles(5).",
    )
    page.tagged("~/.local/state/dcctl", "What drivers keep: the mock driver's cloud.")
    page.tagged(
        "~/.local/state/dcctl/known_hosts",
        "Host keys that ``instance ssh`` believed because none was pinned, in the form of ssh_known_hosts.",
    )
    page.tagged(
        "~/.cache/dcctl",
        "Parsed files, the libvirt driver's index, in ssh/ the pinned host keys as ssh reads them, in downloads/ what broke off. It may be deleted at any time.",
    )
    page.heading("Examples")
    page.example(
        "dcctl image list\n"
        "dcctl hwp list\n"
        "dcctl instance create --image img1 --hwp small --name web\n"
        "dcctl instance list -o json\n"
        "dcctl instance stop web\n"
        "dcctl instance destroy web --yes"
    )
    page.heading("See also")
    others = [
        "dcctl-profiles(5)",
        "dcctl-config(5)",
        "dcctl-driver(7)",
        "dcctl-exec(7)",
        "dcctl-libvirt(7)",
        "dcctl-mock(7)",
    ]
    return page.paragraph(", ".join([*(f"dcctl-{noun.name}(1)" for noun in NOUNS), *others]))


def _noun(noun: Noun, group: Command) -> Page:
    page = Page(f"dcctl-{noun.name}", 1, _lower(noun.summary.partition(":")[0]))
    verbs: dict[str, Command] = getattr(group, "commands", {})
    page.heading("Synopsis")
    for name, command in verbs.items():
        page.synopsis(f"``dcctl {noun.name} {name}``{_arguments(command)}")
    page.heading("Description")
    page.paragraph(f"{noun.summary} The noun may also be written {_listed(noun.aliases)}.")
    page.paragraph("Formats of the output, filters, exit status and variables: dcctl(1).")
    page.heading("Commands")
    for name, command in verbs.items():
        page.subheading(f"dcctl {noun.name} {name}{_arguments(command, plain=True)}")
        words, _, examples = (command.help or "").partition("\b")
        page.paragraph(words)
        _options(page, command)
        if examples.strip():
            page.paragraph("Example:").example(examples.strip())
    if (rendered := listed(noun.name)) is not None:
        _columns(page, rendered)
    if noun.name in _MORE:
        _MORE[noun.name](page)
    json_keys.describe(page, noun.name)
    page.heading("See also")
    return page.paragraph(", ".join(["dcctl(1)", *_RELATED.get(noun.name, ())]))


def _columns(page: Page, rendered: Rendered[Any]) -> None:
    page.heading("Columns")
    page.paragraph(
        "The keys for ``-c``, ``--sort`` and ``-f``, with the titles in tables. Those in parentheses are shown by ``-o wide`` and csv."
    )
    for column in rendered.columns:
        title = column.title or "a mark"
        page.tagged(f"``{column.key}``", f"({title})" if column.wide else title)


def _options(page: Page, command: Command) -> None:
    """Arguments first, then options in the order of the help."""
    for parameter in command.params:
        words = getattr(parameter, "help", None) or ""
        if parameter.param_type_name == "argument":
            page.tagged(_lexical(parameter), words)
        elif not getattr(parameter, "hidden", False):
            page.tagged(_lexical(parameter), words + _default(parameter))
    page.tagged("``-h``, ``--help``", "Show this, in short.")


def _lexical(parameter: Parameter) -> str:
    """How it is written: ``-o``, ``--output`` table|json."""
    if parameter.param_type_name == "argument":
        return (parameter.metavar or parameter.name or "").upper()
    words = sorted(parameter.opts, key=len) + parameter.secondary_opts
    written = ", ".join(f"``{word}``" for word in words)
    if getattr(parameter, "is_flag", False):
        return written
    choices = getattr(parameter.type, "choices", None)
    return f"{written} {parameter.metavar or '|'.join(map(str, choices or ()))}"


def _default(parameter: Parameter) -> str:
    text = ""
    if getattr(parameter, "required", False):
        text += " Required."
    if getattr(parameter, "multiple", False):
        text += " May be repeated."
    if isinstance(parameter.default, str) and getattr(parameter, "show_default", False):
        text += f" The default is ``{parameter.default}``."
    return text


def _arguments(command: Command, *, plain: bool = False) -> str:
    """What follows the verb in the synopsis."""
    words = []
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            name = (parameter.metavar or parameter.name or "").upper()
            words.append(name if parameter.required else f"[{name}]")
        elif parameter.required:
            words.append(_lexical(parameter).replace("``", "" if plain else "``"))
    if any(not parameter.required and parameter.param_type_name == "option" for parameter in command.params):
        words.append("[OPTIONS]")
    return "".join(f" {word}" for word in words)


def _statuses() -> Iterator[tuple[int, str]]:
    """From the classes of errors, each with what its text says first."""
    found: dict[int, list[str]] = {}
    for error in _classes(DcctlError):
        if error is Problems:
            continue
        sentence = " ".join((error.__doc__ or "").split()).partition(". ")[0].rstrip(".")
        code = error.code
        text = f"``{code}``: {_lower(sentence)}." if error is not DcctlError else ""
        if text and error.__module__ == "dcctl.errors" and error.exit_status < 128:
            found.setdefault(error.exit_status, []).append(text)
    for status, texts in found.items():
        _STATUS.setdefault(status, " ".join(texts))
    yield from sorted(_STATUS.items())


def _classes(cls: type[DcctlError]) -> Iterator[type[DcctlError]]:
    yield cls
    for below in cls.__subclasses__():
        yield from _classes(below)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _listed(words: tuple[str, ...]) -> str:
    return " or ".join(f"``{word}``" for word in words)
