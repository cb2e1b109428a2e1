"""Programs that do not behave: what their author, and whoever uses the driver, gets to read."""

from __future__ import annotations

import json
import os
import re
import signal
import time
import traceback
from typing import TYPE_CHECKING

import pytest

from dcctl.driver import perform
from dcctl.errors import Cancelled, DcctlError, DriverError, Failed, Timeout
from dcctl.hardware import Hardware, HardwareProfile, Property
from dcctl.job import Job
from dcctl.model import Action, Image, Instance, InstanceSpec, Query, State
from dcctl_drivers.exec import process
from dcctl_drivers.exec.failures import KINDS
from exec_driver.conftest import WEB

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dcctl.driver import Driver

    Rack = Callable[..., Driver]

EVERYTHING = Query.everything()


def failure(driver: Driver) -> DcctlError:
    """How listing the instances fails."""
    with pytest.raises(DcctlError) as raised:
        list(driver.instances(EVERYTHING))
    return raised.value


def answering(**answer: object) -> str:
    return f"cat <<'END'\n{json.dumps(answer)}\nEND"


def spec(driver: Driver) -> InstanceSpec:
    realm = driver.endpoint.realms[0]
    return InstanceSpec(
        "0b5e", "wéb", Image("tiny", "tiny"), HardwareProfile("small"), Hardware(memory_mib=512),
        {Property.MEMORY: 512}, realm, b"#!/bin/sh\0", ("ssh-ed25519 AAAA me",),
    )  # fmt: skip


def test_an_answer_becomes_instances_and_unknown_fields_are_ignored(rack: Rack) -> None:
    web = {
        **WEB, "colour": "red", "addresses": [{"value": "10.0.0.7", "public": True}], "created": "2026-01-31T12:00:00Z",
        "refused": {"stop": "locked"}, "overrides": {"cpu": 2}, "hardware": {"cpu": 2}, "image": None,
    }  # fmt: skip
    (found,) = rack(answering(protocol=1, instances=[web], more=[])).instances(EVERYTHING)
    assert (found.state, found.realm, found.refused) == (State.RUNNING, "rack", {Action.STOP: "locked"})
    assert found.addresses[0].public
    assert found.overrides == {Property.CPU: 2}


def test_a_program_may_answer_more_than_was_asked_for(rack: Rack) -> None:
    driver = rack(answering(protocol=1, instances=[WEB, {**WEB, "id": "i2", "name": "db"}]))
    assert [i.name for i in driver.instances(Query.called("db"))] == ["db"]


@pytest.mark.parametrize(
    ("answer", "field", "expected"),
    [
        ({}, "lacks protocol", "expected 1"),
        ({"protocol": 2}, "protocol is 2", "expected 1"),
        ({"protocol": True}, "protocol is true", "expected a whole number"),
        ({"protocol": 1}, "lacks instances", "expected a list"),
        ({"protocol": 1, "instances": {}}, "instances is {}", "expected a list of objects"),
        ({"protocol": 1, "instances": [WEB, 7]}, "instances[1] is 7", "expected an object"),
        ({"protocol": 1, "instances": [{"id": "1", "state": "running"}]}, "lacks instances[0].name", "expected a text"),
        ({"protocol": 1, "instances": [{**WEB, "id": 7}]}, "instances[0].id is 7", "expected a text"),
        ({"protocol": 1, "instances": [{**WEB, "state": "Running"}]}, '.state is "Running"', "one of pending, running"),
        ({"protocol": 1, "instances": [{**WEB, "state": "suspended"}]}, '.state is "suspended"', "expected one of"),
        ({"protocol": 1, "instances": [{**WEB, "state": "start"}]}, '.state is "start"', "expected one of"),
        ({"protocol": 1, "instances": [{**WEB, "created": "2026-01-31"}]}, "instances[0].created", "with its zone"),
        ({"protocol": 1, "instances": [{**WEB, "addresses": ["x"]}]}, "instances[0].addresses[0]", "expected an object"),
        ({"protocol": 1, "instances": [{**WEB, "addresses": [{}]}]}, "lacks instances[0].addresses[0].value", "a text"),
        ({"protocol": 1, "instances": [{**WEB, "hardware": {"cpu": -1}}]}, "instances[0].hardware.cpu is -1", "0 or more"),
        ({"protocol": 1, "instances": [{**WEB, "overrides": {"disk": 1}}]}, "instances[0].overrides.disk", "memory"),
        ({"protocol": 1, "instances": [{**WEB, "refused": {"fly": "x"}}]}, "instances[0].refused.fly", "destroy"),
        ({"protocol": 1, "instances": [{**WEB, "foreign": "no"}]}, "instances[0].foreign", "true or false"),
        ({"protocol": 1, "instances": [{**WEB, "owner": "\ud800"}]}, "instances[0].owner", "a text"),
        ({"protocol": 1, "instances": [], "error": {"message": "no"}}, "error is", "none with the exit status 0"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_its_program_and_what_was_expected(
    rack: Rack, answer: dict[str, object], field: str, expected: str
) -> None:
    error = failure(rack(answering(**answer)))
    assert isinstance(error, DriverError)
    assert "the program ./program (instances)" in error.message
    assert field in error.message
    assert expected in error.message
    assert error.where is not None
    assert re.search(r"rack\.yaml:15:14$", error.where)


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("true", "nothing"),
        ("echo 'Hello, I am a log'", '"Hello, I am a log"'),
        ("echo '[1]'", "[1]"),
        ("echo '{\"protocol\": NaN}'", "NaN"),
        ("printf '\\377'", "\ufffd"),
        ("yes '[' | head -n 200000", "[\\\\u000a"),
        ('printf \'{"protocol":1,"instances":[]}{}\'', "instances"),
    ],
)
def test_garbage_is_shown(rack: Rack, script: str, found: str) -> None:
    error = failure(rack(script))
    assert isinstance(error, DriverError)
    assert "is not a JSON object but" in error.message
    assert found.replace("\\\\u000a", "") in error.message


def test_a_hundred_megabytes_are_not_read_to_the_end(rack: Rack) -> None:
    error = failure(rack("head -c 100000000 /dev/zero; touch end"))
    assert isinstance(error, DriverError)
    assert "printed more than 16 MiB" in error.message


def test_endless_logs_neither_block_nor_fill_the_memory(rack: Rack) -> None:
    error = failure(
        rack("yes log | head -c 3000000 >&2; head -c 3000000 /dev/zero >&2; echo >&2; echo 'no board' >&2; exit 4")
    )
    assert error.message == "no board"
    assert len("".join(error.__notes__)) < 2 * process.LARGEST_LOG


@pytest.mark.parametrize("kind", KINDS)
def test_each_exit_status_is_the_error_with_that_status(rack: Rack, kind: type[DcctlError]) -> None:
    error = failure(rack(f"echo 'first line' >&2; echo 'the shelf is dark' >&2; exit {kind.exit_status}"))
    assert error.exit_status == kind.exit_status
    assert error.message == "the shelf is dark"
    assert "first line" in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_tells_errors_with_one_status_apart(rack: Rack, kind: type[DcctlError]) -> None:
    said = {"code": kind.code, "message": "taken\x1b[31m", "hint": "choose another"}
    error = failure(rack(answering(protocol=1, error=said) + f"\nexit {kind.exit_status}"))
    assert type(error) is kind
    assert (error.message, error.hint) == ("taken\\u001b[31m", "choose another")


def test_a_code_that_contradicts_the_status_is_named(rack: Rack) -> None:
    error = failure(rack(answering(protocol=1, error={"code": "conflict", "message": "taken"}) + "\nexit 4"))
    assert isinstance(error, DriverError)
    assert 'error.code is "conflict" with the exit status 4; expected one of not-found' in error.message


@pytest.mark.parametrize(
    ("script", "kind", "message"),
    [
        ("exit 42", Failed, "failed with exit status 42"),
        ("echo why >&2; exit 42", Failed, "failed with exit status 42: why"),
        ("exit 1", Failed, "failed with exit status 1"),
        ("no-such-command-here", DriverError, "that it cannot find"),
        ("kill -SEGV $$", Failed, "was killed by SIGSEGV"),
        ("kill -9 $$", Failed, "was killed by SIGKILL"),
    ],
)
def test_any_other_end_is_told(rack: Rack, script: str, kind: type[DcctlError], message: str) -> None:
    error = failure(rack(script.replace("-SEGV", "-s SEGV")))
    assert type(error) is kind
    assert "the program ./program (instances) " in error.message
    assert message in error.message


def test_secrets_that_a_program_prints_are_hidden(rack: Rack) -> None:
    error = failure(rack("cat >&2; echo 'bad token hunter2' >&2; exit 7"))
    assert error.message == "bad token (secret)"
    assert "hunter2" not in "".join(traceback.format_exception(error))


def test_a_program_that_hangs_is_stopped_with_its_children(rack: Rack, tmp_path: Path) -> None:
    driver = rack("sleep 100 & echo $! >child; trap '' TERM; wait; sleep 100", ("timeout: 10s", "timeout: 500ms"))
    error = failure(driver)
    assert isinstance(error, Timeout)
    assert "did not end within 0.5 seconds and was stopped" in error.message
    assert gone(int((tmp_path / "child").read_text("ascii")))


def gone(number: int) -> bool:
    try:
        with open(f"/proc/{number}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_cancelled_program_may_clean_up(rack: Rack, tmp_path: Path) -> None:
    driver = rack("trap 'echo done >cleaned; exit 1' TERM; echo 'dcctl: stage disk' >&2; sleep 100 & wait")
    job = Job(report=lambda stage: job.cancel())
    with pytest.raises(Cancelled):
        driver.create(spec(driver), job)
    assert job.reached == "disk"
    assert (tmp_path / "cleaned").read_text("ascii") == "done\n"


def test_a_program_that_was_done_when_it_was_cancelled_has_done_it(rack: Rack) -> None:
    answer = '{"protocol": 1, "instance": {"id": "i-1", "name": "web", "state": "running"}}'
    driver = rack(f"trap '' TERM; echo 'dcctl: stage disk' >&2; sleep 0.2; echo '{answer}'")
    job = Job(report=lambda stage: job.cancel())
    assert driver.create(spec(driver), job).id == "i-1"


def test_a_program_that_has_ended_before_its_stages_are_read_is_cancelled_like_any_other(rack: Rack) -> None:
    driver = rack("for stage in disk seed start; do echo dcctl: stage $stage >&2; sleep 0.1; done; exit 1")

    def report(stage: str) -> None:
        if stage == "disk":
            time.sleep(1)  # meanwhile it ends; what it said then is read afterwards
        else:
            job.cancel()

    job = Job(report=report)
    with pytest.raises(Cancelled):
        driver.create(spec(driver), job)


def test_a_cancelled_job_starts_no_program(rack: Rack, tmp_path: Path) -> None:
    driver = rack("touch started")
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        driver.create(spec(driver), job)
    assert not (tmp_path / "started").exists()


def test_stages_and_progress_are_passed_on(rack: Rack) -> None:
    stages: list[str] = []
    progress: list[tuple[int, int]] = []
    driver = rack(
        "echo 'dcctl: stage disk' >&2; echo 'dcctl: progress 1 2' >&2; echo 'dcctl: progress lots' >&2\n"
        + answering(protocol=1, instance=WEB)
    )
    driver.create(spec(driver), Job(stages.append, lambda done, total: progress.append((done, total))))
    assert (stages, progress) == (["disk"], [(1, 2)])


def test_what_stays_in_the_background_does_not_hold_up_the_answer(rack: Rack, tmp_path: Path) -> None:
    driver = rack("setsid sleep 100 & echo $! >child\n" + answering(protocol=1, instances=[]))
    assert list(driver.instances(EVERYTHING)) == []
    child = int((tmp_path / "child").read_text("ascii"))
    assert not gone(child)
    os.kill(child, signal.SIGKILL)


def test_an_action_must_answer_about_the_instance_that_it_was_asked_for(rack: Rack) -> None:
    driver = rack(answering(protocol=1, instance={**WEB, "id": "i2"}))
    with pytest.raises(DriverError, match=r'instance.id is "i2"; expected that of the instance .*, i1'):
        perform(driver, Action.STOP, Instance("i1", "web", State.RUNNING), Job())


def test_destroy_need_not_say_what_is_gone(rack: Rack) -> None:
    driver = rack(answering(protocol=1))
    after = perform(driver, Action.DESTROY, Instance("i1", "web", State.STOPPED), Job())
    assert after.state is State.FINISH


def test_a_program_that_vanished_or_has_no_interpreter_is_named(rack: Rack, tmp_path: Path) -> None:
    driver = rack("#!/no/such/interpreter\n")
    assert "cannot be started: No such file or directory" in failure(driver).message
    (tmp_path / "program").chmod(0o644)
    assert "cannot be started: Permission denied" in failure(driver).message


def test_a_program_sees_a_small_environment_and_no_secret_but_in_the_request(
    rack: Rack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "RACK_URL", "LANG"):
        monkeypatch.setenv(name, "visible")
    driver = rack(
        "env >environment; tr '\\0' ' ' </proc/$$/cmdline >arguments; cat >request; pwd >folder\n"
        + answering(protocol=1, instances=[]),
        ("timeout: 10s", "environment: [RACK_URL]"),
    )
    list(driver.instances(EVERYTHING))
    environment = dict(line.split("=", 1) for line in (tmp_path / "environment").read_text("utf-8").splitlines())
    assert environment["LC_ALL"] == "C.UTF-8"
    assert environment["RACK_URL"] == "visible"
    assert not {"AWS_SECRET_ACCESS_KEY", "LANG"} & environment.keys()
    assert "hunter2" not in (tmp_path / "arguments").read_text("utf-8") + str(environment)
    assert json.loads((tmp_path / "request").read_bytes())["settings"] == {"token": "hunter2"}
    assert (tmp_path / "folder").read_text("utf-8").strip() == str(tmp_path)
