from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from config.conftest import Person
from dcctl.config import Entry, Origin
from dcctl.errors import ConfigError, DcctlError, Problems, Usage

FILE = """\
version: 1
context: lab
contexts:
  lab:
    driver: libvirt
    catalogue: lab/profiles.yaml
    realm: dev
    hwp: small
    settings: {latency: 2s}
  try: {driver: mock}
  own: {driver: mock, catalogue: ~/own.yaml, settings: {pending: 1s}}
output: json
color: never
timeout: 2m
"""


def refusal(person: Person, **flags: str | None) -> DcctlError:
    with pytest.raises(DcctlError) as caught:
        person.decides(**flags)
    return caught.value


def test_without_anything_it_is_the_mock_driver_and_says_that_nobody_chose_it(person: Person) -> None:
    config = person.decides()
    assert config.driver == Entry("mock", Origin.DEFAULT, "no configuration file")
    assert config.context == Entry(None, Origin.DEFAULT, "not set")
    assert config.catalogue == Entry(None, Origin.DEFAULT, "the catalogue that comes with dcctl")
    assert (config.realm.value, config.hwp.value) == (None, None)
    assert (config.output.value, config.color.value, config.timeout.value) == ("table", "auto", 300.0)
    assert (config.file, dict(config.contexts), dict(config.settings)) == (None, {}, {})


def test_the_selected_context_decides_and_each_value_knows_its_place(person: Person) -> None:
    path = person.writes(FILE)
    config = person.decides()
    assert config.file == path
    assert config.context == Entry("lab", Origin.FILE, f"{path}:2:10")
    assert config.driver == Entry("libvirt", Origin.FILE, f"{path}:5:13")
    assert config.catalogue == Entry(str(person.file.parent / "lab/profiles.yaml"), Origin.FILE, f"{path}:6:16")
    assert config.realm == Entry("dev", Origin.FILE, f"{path}:7:12")
    assert config.hwp == Entry("small", Origin.FILE, f"{path}:8:10")
    assert config.output == Entry("json", Origin.FILE, f"{path}:12:9")
    assert config.color == Entry("never", Origin.FILE, f"{path}:13:8")
    assert config.timeout == Entry(120.0, Origin.FILE, f"{path}:14:10")
    assert config.settings == {"latency": Entry("2s", Origin.FILE, f"{path}:9:16")}
    assert config.contexts == {"lab": "libvirt", "try": "mock", "own": "mock"}


def test_the_environment_wins_over_the_file_and_flags_over_both(person: Person) -> None:
    person.writes(FILE)
    given = {
        "driver": "mock",
        "context": "own",
        "catalogue": "/x.yaml",
        "realm": "us",
        "hwp": "tiny",
        "output": "csv",
        "color": "auto",
        "timeout": "5",
    }
    person.environ = {f"DCCTL_{key.upper()}": value for key, value in given.items()}
    config = person.decides()
    for key, value in given.items():
        wanted = 5.0 if key == "timeout" else value
        assert getattr(config, key) == Entry(wanted, Origin.ENVIRONMENT, f"DCCTL_{key.upper()}")
    flags = {**given, "driver": "other", "context": "try", "catalogue": "/y.yaml", "output": "name", "timeout": "1h"}
    config = person.decides(**flags)
    for key, value in flags.items():
        wanted = 3600.0 if key == "timeout" else value
        assert getattr(config, key) == Entry(wanted, Origin.FLAG, f"--{key}")


def test_an_empty_variable_is_as_good_as_none(person: Person) -> None:
    person.environ = {f"DCCTL_{key}": "" for key in ("DRIVER", "CONTEXT", "CONFIG", "CATALOGUE", "OUTPUT", "TIMEOUT")}
    config = person.decides()
    assert {config.driver.origin, config.context.origin, config.output.origin} == {Origin.DEFAULT}


def test_another_driver_than_the_contexts_does_not_get_its_settings(person: Person) -> None:
    person.writes(FILE)
    assert person.decides(driver="mock").settings == {}
    assert set(person.decides(driver="libvirt").settings) == {"latency"}
    assert set(person.decides(context="own").settings) == {"pending"}


def test_a_file_without_a_selected_context_leaves_the_driver_to_the_default(person: Person) -> None:
    person.writes("version: 1\ncontexts: {lab: {driver: libvirt}}\n")
    assert person.decides().driver == Entry("mock", Origin.DEFAULT, "no context is selected")


@pytest.mark.parametrize(
    ("flags", "environ", "where"),
    [({"context": "lap"}, {}, "--context"), ({}, {"DCCTL_CONTEXT": "lap"}, "DCCTL_CONTEXT")],
)
def test_an_unknown_context_is_refused_with_close_matches(
    person: Person, flags: dict[str, str], environ: dict[str, str], where: str
) -> None:
    person.writes(FILE)
    person.environ = environ
    error = refusal(person, **flags)
    assert isinstance(error, ConfigError)
    assert (error.message, error.hint, error.where) == ("there is no context lap", "did you mean lab?", where)


def test_a_context_that_the_file_selects_wrongly_can_be_overridden(person: Person) -> None:
    path = person.writes(FILE.replace("context: lab", "context: lap"))
    assert refusal(person).where == f"{path}:2:10"
    assert person.decides(context="try").driver.value == "mock"


def test_a_context_without_a_configuration_file_is_refused(person: Person) -> None:
    error = refusal(person, context="lab")
    assert (error.message, error.hint) == (
        "there is no context lab",
        "there is no configuration file; write one with: dcctl config init",
    )


def test_everything_that_is_wrong_is_said_at_once(person: Person) -> None:
    person.environ = {"DCCTL_TIMEOUT": "soon", "DCCTL_COLOR": "blue\x1b"}
    error = refusal(person, output="jsn", context="lab")
    assert isinstance(error, Problems)
    assert [(problem.code, problem.message) for problem in error.problems] == [
        ("config", "there is no context lab"),
        ("usage", "--output: output cannot be 'jsn'"),
        ("config", "color cannot be 'blue\\u001b'"),
        ("config", "timeout must be a duration such as 250ms, 5s or 2m, not 'soon'"),
    ]


def test_a_wrong_flag_is_a_wrong_request_and_a_wrong_variable_a_wrong_configuration(person: Person) -> None:
    assert isinstance(refusal(person, timeout="soon"), Usage)
    person.environ = {"DCCTL_TIMEOUT": "soon"}
    error = refusal(person)
    assert isinstance(error, ConfigError)
    assert error.where == "DCCTL_TIMEOUT"


def test_a_named_file_must_be_there_and_the_usual_one_need_not(person: Person, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere.yaml")
    assert person.decides().file is None
    assert refusal(person, config=nowhere).message == f"there is no file {nowhere}"
    person.environ = {"DCCTL_CONFIG": nowhere}
    assert isinstance(refusal(person), ConfigError)


def test_a_dangling_link_is_not_taken_for_no_configuration(person: Person) -> None:
    person.file.parent.mkdir(parents=True, mode=0o700)
    person.file.symlink_to(person.home / "unmounted")
    assert refusal(person).message == f"there is no file {person.file}"


def test_the_null_device_means_no_configuration(person: Person) -> None:
    person.writes(FILE)
    assert person.decides(config="/dev/null").contexts == {}


def test_a_configuration_that_others_may_write_is_refused(person: Person) -> None:
    path = person.writes(FILE, mode=0o666)
    assert refusal(person).hint == f"run: chmod go-w {path}"


def test_the_file_is_looked_for_where_xdg_says(person: Person, write: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "xdg" / "dcctl").mkdir(parents=True, mode=0o700)
    path = write(FILE, "xdg/dcctl/config.yaml")
    person.environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    assert person.decides().file == path
    person.environ = {"XDG_CONFIG_HOME": "xdg"}  # relative: to be ignored, says the specification
    assert person.decides().file is None


def test_without_home_the_password_database_knows_it(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cron job that lost its HOME must not fall back to the mock driver."""
    import pwd

    path = person.writes(FILE)
    me = pwd.getpwuid(os.getuid())
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: pwd.struct_passwd((*me[:5], str(person.home), me[6])))
    for environ in ({"HOME": ""}, {"HOME": "relative"}):
        person.environ = environ
        assert person.decides().file == path


def test_a_home_directory_of_ones_own_may_have_a_catalogue_of_ones_own(person: Person) -> None:
    person.file.parent.mkdir(parents=True, mode=0o700)
    own = person.file.parent / "profiles.yaml"
    own.write_text("version: 1\n")
    assert person.decides().catalogue == Entry(str(own), Origin.DEFAULT, "your own catalogue")
    assert person.decides(catalogue="./lab.yaml").catalogue.value == "./lab.yaml"


def test_a_tilde_is_the_home_directory_wherever_it_is_written(person: Person) -> None:
    person.writes(FILE)
    assert person.decides(context="own").catalogue.value == str(person.home / "own.yaml")
    person.environ = {"DCCTL_CATALOGUE": "~/lab.yaml"}
    assert person.decides().catalogue.value == str(person.home / "lab.yaml")


def test_settings_do_not_show_in_what_is_printed_of_a_configuration(person: Person) -> None:
    person.writes(FILE.replace("2s", "hunter2"))
    person.environ = {"DCCTL_LIBVIRT_PASSWORD": "hunter2"}
    assert "hunter2" not in repr(person.decides())


def test_only_the_selected_context_can_allow_the_conformance_suite_and_only_for_its_own_driver(person: Person) -> None:
    person.writes(
        "version: 1\ncontext: lab\ncontexts: {lab: {driver: libvirt, conformance: true}, try: {driver: mock}}\n"
    )
    marked = person.decides().conformance
    assert (marked.value, marked.origin) == (True, Origin.FILE)
    assert marked.detail.endswith(":3:48")
    assert not person.decides(context="try").conformance.value
    assert not person.decides(driver="mock").conformance.value
