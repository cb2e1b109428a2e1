"""Fixtures, and the settings by which people rehearse trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dcctl.driver import perform
from dcctl.errors import Cancelled, Capacity, Failed, NotAllowed, Unreachable
from dcctl.job import Job
from dcctl.model import Action, Field, Query, State
from dcctl.settings import parse_values
from dcctl_drivers.mock import MockDriver
from mock.clouds import everything, mock, spec

if TYPE_CHECKING:
    from pathlib import Path

    from dcctl.model import Instance


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mock.sqlite3"


def test_a_new_cloud_has_deltaclouds_fixtures(path: Path) -> None:
    found = everything(mock(path)).values()
    assert [(i.id, i.name, i.realm, i.image, i.hwp, i.state) for i in found] == [
        ("inst0", "Mock Instance With Profile Change", "us", "img1", "m1-large", State.RUNNING),
        ("inst1", "MockUserInstance", "us", "img3", "m1-small", State.RUNNING),
        ("inst2", "AnotherInstance", "us", "img1", "m1-large", State.RUNNING),
        ("inst3", "inst3", "eu", "img3", "m1-small", State.RUNNING),
    ]
    first = next(iter(found))
    assert dict(first.overrides) == {"memory": 12288}
    assert [address.value for address in first.addresses] == ["img1.inst0.public.com", "img1.inst0.private.com"]
    images = mock(path).images(Query.everything())
    assert [(i.id, i.name, i.architecture, i.owner) for i in images] == [
        ("img1", "Fedora 10", "x86_64", "fedoraproject"),
        ("img2", "Fedora 10", "i386", "fedoraproject"),
        ("img3", "JBoss", "i386", "mockuser"),
    ]


def test_what_costs_more_is_given_only_to_those_who_ask(path: Path) -> None:
    plain = next(iter(mock(path).instances(Query.called("inst1"))))
    assert (plain.addresses, plain.hardware, plain.password) == ((), None, None)
    full = next(iter(mock(path).instances(Query.called("inst1", *Field))))
    assert (len(full.addresses), full.user, full.password) == (2, "mockuser", "mock-password")
    assert "mock-password" not in repr(full)


def test_an_instance_with_keys_has_an_account_and_the_names_of_its_keys(path: Path) -> None:
    keys = ("ssh-ed25519 AAAAC3Nz me@laptop", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5")
    created = mock(path).create(spec("web", keys=keys), Job())
    assert (created.user, created.key) == ("mockuser", "me@laptop, ssh-ed25519 …ZDI1NTE5")


def test_an_instance_is_pending_and_stopping_for_as_long_as_was_said(path: Path) -> None:
    slow = mock(path, pending="1h", stopping="1h")
    created = slow.create(spec("web"), Job())
    assert (created.state, created.addresses) == (State.PENDING, ())
    with pytest.raises(NotAllowed, match="it is pending"):
        slow.stop(created, Job())
    running = everything(slow)["inst3"]
    assert slow.stop(running, Job()).state is State.STOPPING
    assert slow.power_off(running, Job()).state is State.STOPPED


def test_without_a_duration_states_settle_at_once(path: Path) -> None:
    quick = mock(path)
    assert quick.create(spec("web"), Job()).state is State.RUNNING
    assert quick.stop(everything(quick)["web"], Job()).state is State.STOPPED


def test_named_instances_end_in_error_with_a_reason_and_can_be_destroyed(path: Path) -> None:
    driver = mock(path, end_in_error=["bad*"])
    assert driver.create(spec("good"), Job()).state is State.RUNNING
    bad = driver.create(spec("bad-one"), Job())
    assert (bad.state, bad.reason) == (State.ERROR, "it was told to end in error by the setting end_in_error")
    assert driver.destroy(bad, Job()).state is State.FINISH


def test_protected_instances_refuse_to_be_destroyed(path: Path) -> None:
    driver = mock(path, protected=["inst1"])
    stopped = driver.stop(everything(driver)["MockUserInstance"], Job())
    assert stopped.refused == {Action.DESTROY: "it is protected by the setting protected of this context"}
    with pytest.raises(NotAllowed):
        driver.destroy(stopped, Job())


@pytest.mark.parametrize(
    ("setting", "error"), [("create", Failed), ("create:capacity", Capacity), ("create:unreachable", Unreachable)]
)
def test_a_named_call_fails_and_changes_nothing(path: Path, setting: str, error: type[Exception]) -> None:
    driver = mock(path, fail=setting)
    with pytest.raises(error, match="as the mock driver was told") as caught:
        driver.create(spec("web"), Job())
    assert type(caught.value) is error
    assert "web" not in everything(driver)


@pytest.mark.parametrize("call", ["start", "stop", "reboot", "suspend", "resume", "destroy"])
def test_every_action_can_be_made_to_fail(path: Path, call: str) -> None:
    victim: Instance = everything(mock(path))["inst3"]
    driver = mock(path, fail=[call])
    with pytest.raises(Failed, match=f"{call} fails, as the mock driver was told"):
        perform(driver, Action(call), victim, Job())


def test_a_rate_of_one_fails_always_and_a_rate_of_zero_never(path: Path) -> None:
    with pytest.raises(Failed, match="by chance"):
        mock(path, failure_rate=1).instances(Query.everything())
    assert everything(mock(path, failure_rate=0))


def test_latency_can_be_cancelled(path: Path) -> None:
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        mock(path, latency="1h").create(spec("web"), job)
    assert "web" not in everything(mock(path))


@pytest.mark.parametrize(
    ("setting", "given", "said"),
    [
        ("path", "relative/file", "must be an absolute path"),
        ("pending", "soon", "must be a duration"),
        ("failure_rate", 2, "must be a number from 0 to 1"),
        ("fail", "fly", "fly is not something that can fail; known: images, instances, create"),
        ("fail", ["create:bored"], "bored is not the code of an error; known: failed"),
        ("colour", "red", "unknown setting colour"),
    ],
)
def test_a_wrong_setting_is_refused_saying_what_would_be_right(setting: str, given: object, said: str) -> None:
    _, problems = parse_values(MockDriver.settings, {setting: given})
    assert said in problems[setting]


def test_ten_thousand_names_can_be_asked_for_at_once(path: Path) -> None:
    names = frozenset(f"name{number}" for number in range(10_000)) | {"inst3"}
    assert [i.name for i in mock(path).instances(Query(names=names))] == ["inst3"]


@pytest.mark.parametrize("name", ["'; DROP TABLE instances; --", "[bold]x[/]", "../../etc", "ü\u202e", 'a"b'])
def test_a_hostile_name_is_only_a_name(path: Path, name: str) -> None:
    driver = mock(path)
    driver.create(spec(name), Job())
    assert [i.name for i in driver.instances(Query.called(name))] == [name]
    assert len(everything(driver)) == 5
