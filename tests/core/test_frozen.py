"""``@frozen`` against the thing that it stands for: a frozen dataclass."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any

import pytest

from dcctl.frozen import frozen


@frozen
class Point:
    x: int
    y: int = 0
    notes: list[str] = field(default_factory=list)
    secret: str = field(default="", repr=False)

    def doubled(self) -> Point:
        return replace(self, x=self.x * 2)


@dataclass(frozen=True)
class Model:
    x: int
    y: int = 0
    notes: list[str] = field(default_factory=list)
    secret: str = field(default="", repr=False)


GIVEN: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1,), {}),
    ((1, 2), {}),
    ((1,), {"y": 2}),
    ((), {"y": 2, "x": 1}),
    ((1, 2, ["a"], "s"), {}),
    ((1,), {"secret": "s"}),
]
REFUSED: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    ((), {"y": 1}),
    ((1, 2, [], "s", 5), {}),
    ((1,), {"x": 1}),
    ((1,), {"z": 1}),
    ((), {"z": 1}),
]


@pytest.mark.parametrize(("values", "named"), GIVEN)
def test_it_takes_and_shows_what_a_dataclass_does(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    point, model = Point(*values, **named), Model(*values, **named)
    assert repr(point) == repr(model).replace("Model", "Point")
    assert asdict(point) == asdict(model)
    assert point == Point(*values, **named)
    assert replace(point, y=9) == replace(Point(*values, **named), y=9) != point


@pytest.mark.parametrize(("values", "named"), REFUSED)
def test_it_refuses_what_a_dataclass_does(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    for kind in (Point, Model):
        with pytest.raises(TypeError):
            kind(*values, **named)


def test_nothing_can_be_changed_added_or_removed() -> None:
    point = Point(1)
    for name in ("x", "z"):
        with pytest.raises(FrozenInstanceError):
            setattr(point, name, 2)
        with pytest.raises(FrozenInstanceError):
            delattr(point, name)
    assert point == Point(1)


def test_each_gets_its_own_default() -> None:
    assert Point(1).notes is not Point(1).notes


def test_hashes_and_kinds() -> None:
    @frozen
    class Other:
        x: int
        y: int = 0

    assert hash(Other(1)) == hash(Other(y=0, x=1))
    assert len({Other(1), Other(1, 0), Other(2)}) == 2
    stranger: object = Point(1)
    assert Other(1) != stranger
    with pytest.raises(TypeError):
        hash(Point(1))  # it has a list


def test_the_module_dataclasses_takes_it_for_one() -> None:
    assert [each.name for each in fields(Point)] == ["x", "y", "notes", "secret"]
    assert Point(2).doubled() == Point(4)
    assert is_dataclass(Point)


def test_it_can_be_matched_copied_and_pickled() -> None:
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)
    point = Point(1, notes=["a"])
    assert copy.copy(point) == copy.deepcopy(point) == pickle.loads(pickle.dumps(point)) == point


def test_methods_of_the_class_itself_are_kept() -> None:
    @frozen
    class Quiet:
        x: int

        def __repr__(self) -> str:
            return "..."

    assert repr(Quiet(1)) == "..."


def test_help_shows_the_attributes_as_of_a_dataclass() -> None:
    assert inspect.signature(Point).parameters.keys() == inspect.signature(Model).parameters.keys()
    assert str(inspect.signature(Point)) == "(x: 'int', y: 'int' = 0, notes: 'list[str]' = [], secret: 'str' = '')"
