"""A class whose methods and declaration disagree is refused when it is made, both ways, naming the offender."""

from __future__ import annotations

from typing import Any

import pytest

from dcctl.abilities import UserName
from dcctl.driver import Driver, Endpoint, perform
from dcctl.endpoints import Endpoints
from dcctl.errors import DriverError
from dcctl.job import Job
from dcctl.model import Action, Instance, Realm, State
from dcctl.settings import Values
from dcctl.states import machine

SMALL = machine(
    State.START.to(State.RUNNING).on(Action.CREATE),
    State.RUNNING.to(State.FINISH).on(Action.DESTROY),
)
REALM = Realm("here", "Here", Values())


def nothing(self: Driver, *arguments: Any) -> tuple[()]:
    return ()


def echo(self: Driver, instance: Instance, job: Job) -> Instance:
    return instance


COMPLETE: dict[str, Any] = {
    "name": "foo",
    "summary": "a driver",
    "states": SMALL,
    "images": nothing,
    "instances": nothing,
    "create": nothing,
    "destroy": echo,
}


def declare(base: Any = Driver, **changes: Any) -> type[Driver]:
    """A driver class with these attributes; None takes one away."""
    attributes = {name: value for name, value in {**COMPLETE, **changes}.items() if value is not None}
    return type("FooDriver", (base,), attributes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"destroy": None}, "FooDriver declares destroy but has no method destroy()"),
        ({"destroy": "a text"}, "FooDriver declares destroy but has no method destroy()"),
        ({"stop": echo}, "FooDriver has a method stop() but its states never mention stop"),
        ({"states": "running"}, "FooDriver.states is not a state machine"),
        ({"name": None}, "FooDriver.name must be lower-case letters, digits and -, not None"),
        ({"name": "Foo"}, "FooDriver.name must be lower-case letters, digits and -, not 'Foo'"),
        ({"name": "foo bar"}, "not 'foo bar'"),
        ({"name": "foo:bar"}, "not 'foo:bar'"),
        ({"name": "föö"}, "not 'föö'"),
        ({"name": ""}, "not ''"),
        ({"summary": None}, "FooDriver has no summary"),
        ({"concurrency": 0}, "concurrency must be a whole number from 1 on, not 0"),
        ({"abilities": ("user_name",)}, "FooDriver.abilities holds something that is not an ability"),
    ],
)
def test_a_wrong_declaration_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DriverError) as caught:
        declare(**changes)
    assert message in caught.value.message


def test_a_right_declaration_is_accepted() -> None:
    driver = declare(abilities=(UserName(max_length=10),), name="foo-2")(Endpoint("foo", (REALM,), Values()))
    assert driver.machine is SMALL
    assert driver.translate(ValueError("unknown")) is None
    driver.close()


def test_an_intermediate_class_may_leave_the_declaration_to_others() -> None:
    class Common(Driver):
        """Shared by two drivers; declares nothing itself."""

        name = "common"

    assert declare(Common, name="concrete").endpoint_of(REALM) == "concrete"


def test_a_subclass_is_checked_again() -> None:
    with pytest.raises(DriverError, match="Worse has a method reboot"):
        type("Worse", (declare(),), {"reboot": echo})


def test_a_class_without_the_required_methods_cannot_be_made_into_an_object() -> None:
    with pytest.raises(TypeError, match="images"):
        declare(images=None)(Endpoint("foo", (REALM,), Values()))


def test_perform_calls_the_method_of_the_action() -> None:
    instance = Instance("i1", "web", State.RUNNING)
    driver = declare()(Endpoint("foo", (REALM,), Values()))
    assert perform(driver, Action.DESTROY, instance, Job()) is instance


def test_all_realms_are_one_endpoint_unless_the_driver_says_otherwise() -> None:
    assert declare().endpoint_of(REALM) == "foo"
    assert declare().implicit_realms() == ()


def test_a_driver_without_the_methods_that_every_driver_has_is_named_with_them() -> None:
    """Python would say so in its own words, and only when an object is made."""
    with pytest.raises(DriverError, match=r"the driver foo has no method images\(\), instances\(\)"):
        Endpoints(declare(images=None, instances=None), (REALM,), Values())
