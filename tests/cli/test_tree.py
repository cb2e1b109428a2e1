"""The tree of commands: help, words, mistakes in words, and what each command has to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dcctl.cli.app import NOUNS, VerbGroup, whole_tree
from dcctl.errors import DcctlError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.helpers import Dcctl

MUTATING = {"create", "start", "stop", "reboot", "suspend", "resume", "destroy", "import"}
GUESTS_WORDS = (
    "ssh",
    "cp",
    "ssh-config",
    "exec",
    "console",
    "logs",
    "vnc",
)  # what they print is not dcctl's, or for ssh to read


def commands() -> Iterator[tuple[str, str, Any]]:
    for noun, group in whole_tree().commands.items():
        assert isinstance(group, VerbGroup)
        for verb, command in group.commands.items():
            yield noun, verb, command


COMMANDS = list(commands())
WORDS = [(noun, verb) for noun, verb, _ in COMMANDS]


def test_the_tree_is_the_one_that_was_promised() -> None:
    assert {noun: " ".join(verb for n, verb in WORDS if n == noun) for noun, _ in WORDS} == {
        "instance": "list show create start stop reboot suspend resume wait ssh cp ssh-config exec console logs vnc label resize clone rename protect unprotect autostart adopt destroy",
        "image": "list show import create copy destroy prune",
        "snapshot": "list show create revert destroy",
        "volume": "list show create attach detach resize destroy",
        "network": "list show create destroy",
        "key": "list show import create destroy",
        "hwp": "list show",
        "realm": "list show init",
        "state": "list",
        "collection": "list",
        "driver": "list show check new",
        "catalogue": "show check",
        "config": "show init",
        "context": "list use",
        "doctor": "check",
        "completion": "bash zsh fish",
    }


@pytest.mark.parametrize(("noun", "verb"), WORDS)
def test_every_command_has_help_on_standard_output(dcctl: Dcctl, noun: str, verb: str) -> None:
    for option in ("--help", "-h"):
        result = dcctl.ok(noun, verb, option)
        assert result.lines[0].startswith(f"Usage: dcctl {noun} {verb}")
        assert result.stderr == ""


@pytest.mark.parametrize("noun", NOUNS)
def test_the_summary_of_a_noun_names_its_verbs(dcctl: Dcctl, noun: Any) -> None:
    summary = noun.summary.rpartition(": ")[2].rstrip(".").split(", ")
    assert sorted(summary) == sorted(verb for n, verb in WORDS if n == noun.name)
    for word in (noun.name, *noun.aliases):
        assert dcctl.ok(word, "--help").lines[0].startswith(f"Usage: dcctl {noun.name}")


def test_no_sentence_is_cut_off_in_the_help_of_the_whole(dcctl: Dcctl) -> None:
    text = dcctl.ok("--help", COLUMNS="80").stdout
    assert "..." not in text.replace("[ARGS]...", "")
    for noun in NOUNS:
        assert noun.summary in " ".join(text.split())


def test_no_sentence_is_cut_off_in_the_help_of_a_noun(dcctl: Dcctl) -> None:
    for noun in NOUNS:
        assert "..." not in dcctl.ok(noun.name, "--help", COLUMNS="80").stdout.replace("[ARGS]...", "")


def test_every_option_is_explained() -> None:
    for noun, verb, command in COMMANDS:
        assert command.help, (noun, verb)
        for parameter in command.params:
            assert parameter.help, (noun, verb, parameter.name)


def test_every_command_that_changes_instances_or_images_can_be_tried_and_shown_in_every_format() -> None:
    for noun, verb, command in COMMANDS:
        options = {word for parameter in command.params for word in parameter.opts}
        if verb in MUTATING:
            assert "--dry-run" in options, (noun, verb)
        if verb == "destroy":
            assert "--yes" in options
        if verb not in ("init", "use", "new", *GUESTS_WORDS) and noun != "completion":
            assert "--output" in options, (noun, verb)


def test_the_global_options_each_have_a_variable(dcctl: Dcctl) -> None:
    text = dcctl.ok("--help").stdout
    for word in ("DRIVER", "CONTEXT", "CONFIG", "CATALOGUE", "COLOR", "VERBOSE", "DEBUG"):
        assert f"DCCTL_{word}" in text


def test_help_that_was_not_asked_for_is_an_error(dcctl: Dcctl) -> None:
    for arguments in ((), ("instance",)):
        result = dcctl(*arguments)
        assert (result.exit_status, result.stdout) == (2, "")
        assert "Commands:" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("instnce", "list"), "dcctl: no such command 'instnce'. Did you mean 'instance'? See: dcctl --help."),
        (("instance", "lst"), "dcctl: no such command 'lst'. Did you mean 'list'? See: dcctl instance --help."),
        (("start", "web"), "dcctl: no such command 'start'. Did you mean dcctl instance start?"),
        (("vms", "list"), "dcctl: no such command 'vms'. Did you mean dcctl instance?"),
        (("instance", "rm", "web"), "dcctl: no such command 'rm'. Did you mean dcctl instance destroy?"),
        (("instance", "LIST"), "dcctl: no such command 'LIST'. Did you mean dcctl instance list?"),
        (("instance", "attach", "web"), "dcctl: no such command 'attach'. Did you mean dcctl volume attach?"),
        (
            ("instance", "snapshot", "web"),
            "dcctl: no such command 'snapshot'. That is a noun of its own: dcctl snapshot --help.",
        ),
        (("instances", "lst"), "dcctl: no such command 'lst'. Did you mean 'list'? See: dcctl instance --help."),
        (
            ("instance", "create", "--imag", "img1"),
            "dcctl: no such option: --imag. Did you mean --firmware or --image? See: dcctl instance create --help.",
        ),
        (
            ("instance", "create", "--hwp", "m1-small"),
            "dcctl: missing option '--image'. See: dcctl instance create --help.",
        ),
        (
            ("instance", "list", "--driver", "mock"),
            "dcctl: --driver stands before the noun. dcctl --driver ... instance list.",
        ),
        (
            ("instance", "start", "web", "--for", "ssh"),
            "dcctl: no such option: --for. Create and wait have it; afterwards: dcctl instance wait NAME --for ssh.",
        ),
        (("instance", "show"), "dcctl: missing argument 'NAME'. See: dcctl instance show --help."),
        (
            ("instance", "show", "a", "b"),
            "dcctl: got unexpected extra argument(s) (b). See: dcctl instance show --help.",
        ),
        (("--driver",), "dcctl: option '--driver' requires an argument. See: dcctl --help."),
        (("instance", "list", "-o"), "dcctl: option '-o' requires an argument. See: dcctl instance list --help."),
    ],
)
def test_a_mistake_in_the_words_is_one_line_that_says_where_to_read_on(
    dcctl: Dcctl, arguments: tuple[str, ...], message: str
) -> None:
    result = dcctl(*arguments)
    assert (result.exit_status, result.stdout, result.stderr) == (2, "", message + "\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("-o", "xml"),
        ("-c", "nonesuch"),
        ("--sort", "nonesuch"),
        ("-f", "nonesuch=1"),
        ("-f", "name"),
        ("-q", "-o", "json"),
        ("-c", "name", "-o", "json"),
    ],
)
def test_a_mistake_in_how_to_show_is_found_before_the_driver_is_asked(dcctl: Dcctl, arguments: tuple[str, ...]) -> None:
    result = dcctl("instance", "list", *arguments, DCCTL_MOCK_FAIL="instances")
    assert (result.exit_status, result.stdout) == (2, "")


def test_options_that_contradict_each_other_are_refused(dcctl: Dcctl) -> None:
    """lima#4006: an option silently undoes another"""
    create = ("instance", "create", "--image", "img1", "--hwp", "m1-large")
    for arguments in (
        (*create, "--for", "address", "--no-wait"),
        (*create, "--if-missing"),
        ("instance", "stop", "inst3", "--power-off", "--power-off-after", "5s"),
        ("instance", "stop", "inst3", "--no-wait", "--power-off-after", "5s"),
    ):
        assert dcctl(*arguments).exit_status == 2
    assert dcctl.state("inst3") == "running"


def test_every_kind_of_error_has_a_status_of_the_table() -> None:
    """kcli#442: errors that end with status 0"""

    def below(kind: type[DcctlError]) -> Iterator[type[DcctlError]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    statuses = {kind.code: kind.exit_status for kind in below(DcctlError) if kind.__module__ == "dcctl.errors"}
    assert statuses == {
        "failed": 1, "usage": 2, "ambiguous": 2, "config": 3, "catalogue": 3, "driver": 3, "not-found": 4,
        "not-allowed": 5, "conflict": 5, "not-supported": 6, "unreachable": 7, "auth": 7, "timeout": 8, "partial": 9,
        "capacity": 10, "cancelled": 130,
    }  # fmt: skip


# What a command imports

HEAVY = (
    "rich",
    "yaml",
    "pydantic",
    "importlib.metadata",
    "logging",
    "tempfile",
    "secrets",
    "xml",
    "socket",
    "asyncio",
    "concurrent",
    "csv",
    "argparse",
    "libvirt",
    "dcctl_drivers.libvirt",
    "dcctl.testing",
    "dcctl.strict_yaml",
    "dcctl.catalogue.reader",
    "dcctl.config.reader",
)

IMPORTS = """
import sys
sys.argv = ["dcctl", *sys.argv[1:]]
import os
leave = os._exit
def show(status):
    sys.stderr.write("\\n".join(sys.modules))
    sys.stderr.flush()
    leave(status)
os._exit = show
from dcctl.cli import main
main()
"""


def imported(dcctl: Dcctl, *arguments: str, **variables: str) -> set[str]:
    """The modules of the process when it ends."""
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, *arguments],
        env=dcctl.environ(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines())


def heavy(modules: set[str], *more: str) -> set[str]:
    # A debugger or coverage in site-packages may have been loaded before we were.
    return {name for name in modules if name.startswith(tuple(f"{heavy}." for heavy in (*HEAVY, *more)))} | (
        modules & {*HEAVY, *more}
    )


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        (
            ("instances", "list", "-o", "json"),
            ("dcctl.creation", "dcctl.execution", "dcctl.waiting", "dcctl.plan"),
        ),
        (("instances", "list"), ("dcctl.creation", "dcctl.execution", "dcctl.waiting", "dcctl.plan")),
        (
            ("instances", "list", "-q"),
            ("dcctl.creation", "dcctl.execution", "dcctl.waiting", "dcctl.plan"),
        ),
        (("instance", "stop", "inst3"), ("dcctl.creation")),
        (("instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", "web"), ()),
        (("hwp", "list"), ("dcctl_drivers", "dcctl.plan", "dcctl.creation")),
    ],
)
def test_hot_commands_import_nothing_that_they_do_not_need(
    dcctl: Dcctl, arguments: tuple[str, ...], more: tuple[str, ...]
) -> None:
    """aws-cli#6500, aws-cli#9011, boto3#3061, codalab#3211: the program takes longer to start than to work"""
    dcctl.ok("instance", "list")  # the catalogue is parsed, the cloud is made
    base = imported_by_python(dcctl)
    assert heavy(imported(dcctl, *arguments) - base, *more) == set()


def test_the_version_needs_neither_typer_nor_a_driver(dcctl: Dcctl) -> None:
    modules = imported(dcctl, "--version") - imported_by_python(dcctl)
    assert heavy(modules, "typer", "dcctl_drivers", "dcctl.config", "dcctl.catalogue", "dcctl.render") == set()


def test_help_for_the_whole_imports_no_noun_and_no_driver(dcctl: Dcctl) -> None:
    modules = imported(dcctl, "--help") - imported_by_python(dcctl)
    assert heavy(modules, "dcctl.cli.nouns", "dcctl_drivers", "dcctl.config", "dcctl.catalogue") == set()


def imported_by_python(dcctl: Dcctl) -> set[str]:
    """What site-packages' .pth files load into every process."""
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules, sep='\\n')"],
        env=dcctl.environ(),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines())
