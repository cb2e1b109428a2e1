"""A driver's settings: from the context and the environment, checked, secrets fetched and never shown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config.conftest import Person
from core.lab_driver import LabDriver
from dcctl.config import Entry, Origin
from dcctl.errors import ConfigError, DcctlError, Problems
from dcctl.settings import Secret, Setting, duration, secret, text

LATENCY = Setting("latency", duration, 0.0, "how slow it is")
API_KEY = Setting("api-key", secret, Secret(""), "what lets us in")
REGION = Setting("region", text, "", "where", required=True)


class VaultDriver(LabDriver):
    """A driver with a secret."""

    name = "my-vault"
    settings = (LATENCY, API_KEY)


class RegionDriver(LabDriver):
    """A driver that must be told something."""

    name = "region"
    settings = (REGION,)


def context(settings: str, driver: str = "my-vault") -> str:
    return f"version: 1\ncontext: a\ncontexts:\n  a:\n    driver: {driver}\n    settings: {settings}\n"


def refusals(person: Person, driver: type[LabDriver] = VaultDriver) -> list[DcctlError]:
    config = person.decides()
    try:
        config.driver_settings(driver)
    except Problems as problems:
        return list(problems.problems)
    except ConfigError as problem:
        return [problem]
    return []


def test_settings_come_typed_from_the_selected_context(person: Person) -> None:
    person.writes(context("{latency: 2m}"))
    settings = person.decides().driver_settings(VaultDriver)
    assert settings[LATENCY] == 120.0
    assert not settings.given(API_KEY)


def test_a_variable_wins_over_the_file(person: Person) -> None:
    person.writes(context("{latency: 2m}"))
    person.environ = {"DCCTL_MY_VAULT_LATENCY": "5s", "DCCTL_MY_VAULT_API_KEY": "hunter2"}
    settings = person.decides().driver_settings(VaultDriver)
    assert settings[LATENCY] == 5.0
    assert settings[API_KEY] == Secret("hunter2")


def test_variables_alone_are_enough_and_empty_ones_do_not_count(person: Person) -> None:
    person.environ = {"DCCTL_REGION_REGION": "north", "DCCTL_MY_VAULT_LATENCY": ""}
    config = person.decides()
    assert config.driver_settings(RegionDriver)[REGION] == "north"
    assert not config.driver_settings(VaultDriver).given(LATENCY)


def test_everything_wrong_is_named_with_its_place(person: Person) -> None:
    path = person.writes(context("{latncy: 1s, latency: soon}"))
    person.environ = {"DCCTL_MY_VAULT_COLOUR": "blue"}
    found = [(problem.where, problem.message, problem.hint) for problem in refusals(person)]
    assert found == [
        (f"{path}:6:16", "the driver my-vault has no setting latncy", "did you mean latency?"),
        ("DCCTL_MY_VAULT_COLOUR", "the driver my-vault has no setting colour", "known: api-key, latency"),
        (f"{path}:6:28", "latency: must be a duration such as 250ms, 5s or 2m, not 'soon'", None),
    ]


def test_a_required_setting_that_is_missing_is_named_with_the_variable_that_sets_it(person: Person) -> None:
    path = person.writes(context("{}", "region"))
    (problem,) = refusals(person, RegionDriver)
    assert problem.message == "the driver region needs the setting region: where"
    assert problem.hint == "set it in the context, or as DCCTL_REGION_REGION"
    assert problem.where == path


def test_a_secret_may_stand_in_a_file_that_only_its_owner_may_read(person: Person) -> None:
    path = person.writes(context("{api-key: hunter2}"))
    assert person.decides().driver_settings(VaultDriver)[API_KEY].reveal() == "hunter2"
    person.file.chmod(0o640)
    (problem,) = refusals(person)
    assert problem.where == f"{path}:6:16"
    assert problem.message.startswith(f"api-key: a secret stands in a file that others may read; chmod 600 {path}")
    assert "hunter2" not in problem.message


def test_a_secret_in_another_file_is_read_relative_to_the_configuration_without_its_line_break(person: Person) -> None:
    person.writes(context("{api-key: {file: key}}"), mode=0o644)
    (person.file.parent / "key").write_text("hunter2\n")
    assert person.decides().driver_settings(VaultDriver)[API_KEY].reveal() == "hunter2"


def test_a_secret_in_a_variable_is_found(person: Person) -> None:
    person.writes(context("{api-key: {environment: LAB_KEY}}"))
    person.environ = {"LAB_KEY": "hunter2"}
    assert person.decides().driver_settings(VaultDriver)[API_KEY].reveal() == "hunter2"


def test_a_secret_that_a_command_prints_is_asked_for_without_a_shell_and_only_when_needed(
    person: Person, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    program = f"import sys; open({str(ran)!r}, 'a').write('x'); print(sys.argv[1])"
    person.writes(context(f'{{api-key: {{command: [{sys.executable}, -c, "{program}", "$(whoami); `x`"]}}}}'))
    config = person.decides()
    config.shown_settings(VaultDriver)
    assert not ran.exists()
    assert config.driver_settings(VaultDriver)[API_KEY].reveal() == "$(whoami); `x`"
    assert ran.read_text() == "x"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("{file: nowhere}", "api-key: there is no file "),
        ("{file: empty}", "api-key: the file gives an empty text"),
        ("{environment: NO_SUCH}", "api-key: the environment has no variable NO_SUCH"),
        ("{command: [no-such-program]}", "api-key: cannot run the command no-such-program: No such file or directory"),
        ("{command: [./here]}", "api-key: the command ./here must be an absolute path or a name that PATH finds"),
        ("{command: [sh, -c, 'echo locked >&2; exit 3']}", "api-key: the command sh ended with status 3: locked"),
        ("{command: ['true']}", "api-key: the command gives an empty text"),
        ("{command: [printf, '\\377']}", "api-key: the output of printf is not UTF-8"),
        ("{command: echo}", "api-key: write one of {file: PATH}, {environment: NAME}, {command: [PROGRAM, ...]}"),
        ("{command: []}", "api-key: write one of {file: PATH}"),
        ("{file: a, environment: b}", "api-key: write one of {file: PATH}"),
        ("{prompt: yes}", "api-key: write one of {file: PATH}"),
        ("[hunter2]", "api-key is not a text"),
        ("5", "api-key is not a text"),
    ],
)
def test_a_secret_that_cannot_be_had_is_a_configuration_error(person: Person, reference: str, message: str) -> None:
    path = person.writes(context(f"{{api-key: {reference}}}"))
    (person.file.parent / "empty").write_text("\n")
    (problem,) = refusals(person)
    assert problem.message.startswith(message)
    assert problem.where == f"{path}:6:16"


def test_what_a_failing_command_printed_is_in_no_error(person: Person) -> None:
    """Not even in the chain of causes, which --debug prints."""
    person.writes(context("{api-key: {command: [printf, 'hunter2\\377']}}"))
    (problem,) = refusals(person)
    cause: BaseException | None = problem
    while cause is not None:
        assert "hunter2" not in repr(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def test_people_see_where_settings_come_from_and_no_secret(person: Person) -> None:
    path = person.writes(context("{api-key: hunter2, latncy: hunter2}"))
    person.environ = {"DCCTL_MY_VAULT_LATENCY": "5s"}
    shown = person.decides().shown_settings(VaultDriver)
    assert shown == {
        "latency": Entry("5s", Origin.ENVIRONMENT, "DCCTL_MY_VAULT_LATENCY"),
        "api-key": Entry("(secret)", Origin.FILE, f"{path}:6:16"),
        # What the driver does not know may be a misspelt secret.
        "latncy": Entry("(secret)", Origin.FILE, f"{path}:6:34"),
    }


def test_defaults_are_shown_as_defaults(person: Person, write: Callable[..., str]) -> None:
    shown = person.decides().shown_settings(VaultDriver)
    assert shown["latency"] == Entry("0", Origin.DEFAULT, "not set")
    assert shown["api-key"] == Entry("Secret(…)", Origin.DEFAULT, "not set")
