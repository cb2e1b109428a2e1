"""Random series of actions on a mock cloud, compared with a model written by hand – never with the machine that the driver declares."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from dcctl.driver import perform
from dcctl.errors import Conflict, NotAllowed, NotFound
from dcctl.job import Job
from dcctl.model import Action, State
from mock.clouds import everything, mock, spec

if TYPE_CHECKING:
    from dcctl.model import Instance

# What each action does, in the words of the manual rather than of the driver.
OUTCOMES = {
    ("running", "stop"): "stopped",
    ("running", "reboot"): "running",
    ("running", "suspend"): "suspended",
    ("suspended", "resume"): "running",
    ("stopped", "start"): "running",
    ("stopped", "destroy"): "gone",
    ("error", "destroy"): "gone",
}

names = st.sampled_from(["a", "b", "c", "bad", "inst2"])
actions = st.sampled_from(["start", "stop", "reboot", "suspend", "resume", "destroy"])


class MockAgainstModel(RuleBasedStateMachine):
    """A cloud, and what it should hold: names and their states. ``instances`` may have been destroyed in the meantime."""

    instances: ClassVar[Bundle[Instance]] = Bundle("instances")

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.driver = mock(Path(self.folder.name) / "mock.sqlite3", end_in_error=["bad"])
        self.model = dict.fromkeys(everything(self.driver), "running")
        self.ids = {instance.id: name for name, instance in everything(self.driver).items()}

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(target=instances, name=st.sampled_from(["MockUserInstance", "inst3"]))
    def a_fixture(self, name: str) -> Instance:
        return self.known(name) if name in self.model else self.created("spare")

    @rule(target=instances, name=names)
    def create(self, name: str) -> Instance:
        # inst2 is the id of a fixture: a name that would make it ambiguous is taken, too.
        if name in self.model or self.ids.get(name) in self.model:
            with pytest.raises(Conflict):
                self.driver.create(spec(name), Job())
            return self.known(name if name in self.model else self.ids[name])
        return self.created(name)

    def created(self, name: str) -> Instance:
        if name in self.model:
            return self.known(name)
        instance = self.driver.create(spec(name), Job())
        assert instance.id not in self.ids, "ids are never used again"
        self.ids[instance.id] = name
        self.model[name] = "error" if name == "bad" else "running"
        return instance

    def known(self, name: str) -> Instance:
        return everything(self.driver)[name]

    @rule(instance=instances, action=actions, claimed=st.sampled_from(State))
    def act(self, instance: Instance, action: str, claimed: State) -> None:
        """Also with an instance that claims to be in another state than it is: the driver must look for itself."""
        name = self.ids[instance.id]
        exists = name in self.model and self.known(name).id == instance.id
        outcome = OUTCOMES.get((self.model[name], action)) if exists else None
        stale = replace(instance, state=claimed)
        if outcome is None:
            with pytest.raises(NotAllowed if exists else NotFound):
                perform(self.driver, Action(action), stale, Job())
        elif outcome == "gone":
            assert perform(self.driver, Action(action), stale, Job()).state is State.FINISH
            del self.model[name]
        else:
            assert perform(self.driver, Action(action), stale, Job()).state.value == outcome
            self.model[name] = outcome

    @rule(instance=consumes(instances))
    def power_off(self, instance: Instance) -> None:
        name = self.ids[instance.id]
        if name in self.model and self.known(name).id == instance.id and self.model[name] == "running":
            assert self.driver.power_off(instance, Job()).state is State.STOPPED
            self.model[name] = "stopped"
        else:
            with pytest.raises((NotAllowed, NotFound)):
                self.driver.power_off(instance, Job())

    @precondition(lambda self: len(self.model) > 0)
    @rule()
    def open_again(self) -> None:
        self.driver.close()
        self.driver = mock(Path(self.folder.name) / "mock.sqlite3", end_in_error=["bad"])

    @invariant()
    def the_cloud_holds_what_the_model_holds(self) -> None:
        assert {name: i.state.value for name, i in everything(self.driver).items()} == self.model


TestMockAgainstModel = MockAgainstModel.TestCase
TestMockAgainstModel.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
