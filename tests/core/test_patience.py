"""Endpoints that do not answer: they are given up, the others are not, and nobody waits for them twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from core.conftest import CATALOGUE
from core.lab_driver import Lab, LabDriver
from dcctl.cloud import Cloud
from dcctl.errors import Unreachable
from dcctl.model import Action

PATIENCE = 1.0  # seconds; less is not enough for the others on a busy machine


@pytest.fixture
def hasty(labs: dict[str, Lab], tmp_path: Path) -> Iterator[Cloud]:
    """A cloud with little patience."""
    catalogue = tmp_path / "profiles.yaml"
    catalogue.write_text(CATALOGUE)
    cloud = Cloud(LabDriver, catalogue=str(catalogue), patience=PATIENCE)
    yield cloud
    for lab in labs.values():
        if lab.silent is not None:
            lab.silent.set()
    cloud.close()


def test_an_endpoint_that_does_not_answer_leaves_the_others(hasty: Cloud, labs: dict[str, Lab]) -> None:
    labs["near"].silent = Event()
    listing = hasty.instances()
    assert [i.id for i in listing.items] == ["i-3"]
    (failure,) = listing.failures
    assert isinstance(failure, Unreachable)
    assert (failure.realm, failure.message) == ("near", f"the realm near has not answered in {PATIENCE:g} s")
    assert "--realm-timeout" in (failure.hint or "")


def test_the_only_endpoint_that_is_asked_does_not_answer(hasty: Cloud, labs: dict[str, Lab]) -> None:
    labs["near"].silent = Event()
    with pytest.raises(Unreachable, match="near has not answered"):
        hasty.instances(realm="near")
    with pytest.raises(Unreachable, match="near has not answered"):
        hasty.images(realm="near")
    assert labs["near"].calls == ["instances"], "who owes an answer is asked nothing else"


def test_who_answers_late_is_asked_again(hasty: Cloud, labs: dict[str, Lab]) -> None:
    labs["near"].silent = silent = Event()
    assert hasty.instances().failures
    silent.set()
    while hasty.instances().failures:  # until the call that was left behind has ended
        continue
    assert [i.id for i in hasty.instances().items] == ["i-1", "i-2", "i-3"]


def test_who_owes_an_answer_is_not_closed(hasty: Cloud, labs: dict[str, Lab]) -> None:
    labs["near"].silent = Event()
    assert hasty.instances().failures
    hasty.close()
    assert (labs["near"].calls, labs["far"].calls[-1]) == (["instances"], "close")


def test_a_name_that_an_endpoint_may_have_is_unreachable_not_missing(hasty: Cloud, labs: dict[str, Lab]) -> None:
    labs["near"].silent = Event()
    with pytest.raises(Unreachable):
        hasty.instance("db")
    assert hasty.instance("far/web").id == "i-3"


def test_waiting_gives_up_an_endpoint_that_falls_silent(hasty: Cloud, labs: dict[str, Lab]) -> None:
    plan = hasty.plan(Action.STOP, "near/web")
    lab = labs["near"]

    def fall_silent(lab: Lab) -> None:
        lab.silent = Event()
        lab.silent.wait()

    lab.on_read = fall_silent
    with pytest.raises(Unreachable, match="near has not answered"):
        hasty.execute(plan)
    assert "stop" in lab.calls


def test_closing_goes_on_after_a_failure(hasty: Cloud, labs: dict[str, Lab], monkeypatch: pytest.MonkeyPatch) -> None:
    def close(driver: LabDriver) -> None:
        driver.lab.calls.append("close")
        if driver.endpoint.key == "near":
            raise ConnectionError

    monkeypatch.setattr(LabDriver, "close", close)
    with pytest.raises(Unreachable):
        hasty.close()
    assert labs["near"].calls == labs["far"].calls == ["close"]
    monkeypatch.undo()
