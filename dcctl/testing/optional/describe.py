"""Checks of drivers that keep labels and descriptions: sentences 5, 6, 8, 9 and 14."""

from __future__ import annotations

from contextlib import contextmanager

from dcctl.abilities import Describe
from dcctl.endpoints import run_each
from dcctl.errors import DcctlError, NotAllowed, NotFound
from dcctl.model import Field, Query, State
from dcctl.nouns.changes import Description
from dcctl.testing.judging import essence
from dcctl.testing.points import WatchedJob
from dcctl.testing.routes import resting_state
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World

_LABELS = {"a": "", "role": "web", "team/of.x-1_2": "x-1.2_3/4:5@6+7"}
_TEXT = "Der „Laden“ <&\"'> – 店"  # any script, and what markup and shells take for theirs


def checks(_: type[Driver]) -> Iterator[Check]:
    yield Check("describe: labels and description of create are there", 8, _created)
    yield Check("describe: labels come and go, and the others stay", 8, _changed)
    yield Check("describe: in every state that lasts", 8, _in_states)
    yield Check("describe: the same twice is the same as once", 5, _twice)
    yield Check("describe: nothing but labels and description is changed", 9, _nothing_else)
    yield Check("describe: a list has them only where it is asked for them", 14, _listed)
    yield Check("describe: of an instance that is gone it is refused, or changes nothing", 5, _gone)
    yield Check("describe: several at once, and each of them lasts", 6, _several)


def _describe(world: World, instance: Instance, labels: Mapping[str, str | None], text: str | None = None) -> Instance:
    if not isinstance(world.driver, Describe):
        raise Gap("this endpoint has no labels")
    return world.call(world.driver.describe, instance, Description(labels, text), WatchedJob())


def _now(world: World, instance: Instance) -> Instance:
    (found,) = world.instances(Query(ids=frozenset((instance.id,)), fields=frozenset((Field.NOTES,))))
    return found


@contextmanager
def _bare(world: World, state: State | None = None) -> Iterator[Instance]:
    """An instance on which nothing is written, and nothing is left written; at rest unless a state is named."""
    with world.at(resting_state(world.machine) if state is None else state) as instance:
        _describe(world, instance, dict.fromkeys(_now(world, instance).labels), "")
        yield instance
        _describe(world, instance, dict.fromkeys(_now(world, instance).labels), "")


def _must_be(instance: Instance, labels: Mapping[str, str], text: str | None, when: str) -> None:
    if (dict(instance.labels), instance.description) != (labels, text):
        raise Broken(
            8,
            f"{when} the labels are {_short(instance.labels)} and the description {instance.description!r},"
            f" not {_short(labels)} and {text!r}",
        )


def _short(labels: Mapping[str, str]) -> str:
    shown = ", ".join(f"{key}={value}" for key, value in labels.items()) or "none"
    return shown if len(shown) <= 120 else f"{shown[:100]}… ({len(labels)} of them)"


def _created(world: World) -> None:
    instance = world.created(world.spec(labels=_LABELS, description=_TEXT))
    _must_be(_now(world, instance), _LABELS, _TEXT, "after create")
    plain = world.created()
    _must_be(_now(world, plain), {}, None, "of an instance that was given none")


def _changed(world: World) -> None:
    with _bare(world) as instance:
        answer = _describe(world, instance, _LABELS, _TEXT)
        _must_be(answer, _LABELS, _TEXT, "as describe returned it,")
        _must_be(_now(world, instance), _LABELS, _TEXT, "after describe")
        _describe(world, instance, {"role": "db", "a": None, "absent": None})
        after = {"role": "db", "team/of.x-1_2": _LABELS["team/of.x-1_2"]}
        _must_be(_now(world, instance), after, _TEXT, "once one was changed and one taken off")
        _describe(world, instance, dict.fromkeys(_LABELS), "")
        _must_be(_now(world, instance), {}, None, "once all were taken off")


def _in_states(world: World) -> None:
    for state in world.machine.states:
        if not world.machine.settled(state) or not world.machine.actions(state):
            continue
        try:
            with _bare(world, state) as instance:
                _describe(world, instance, {"state": state.value})
                _must_be(_now(world, instance), {"state": state.value}, None, f"of an instance that is {state}")
        except Gap:
            continue  # other checks say that nothing leads there
        except NotAllowed as error:
            if state is not State.ERROR:  # an instance in error need not be whole
                raise Broken(8, f"an instance that is {state} cannot be labelled: {error.message}") from error


def _twice(world: World) -> None:
    with _bare(world) as instance:
        for _ in range(2):
            _describe(world, instance, {"role": "web"}, "twice")
        _must_be(_now(world, instance), {"role": "web"}, "twice", "after the same change twice")


def _nothing_else(world: World) -> None:
    other, instance = world.created(), world.created()
    before = essence(world.existing(instance.id))
    after = _describe(world, instance, {"role": "web"})
    if essence(after) != before or essence(world.existing(instance.id)) != before:
        raise Broken(9, "a label changed more of the instance than its labels")
    _must_be(_now(world, other), {}, None, "of another instance")


def _listed(world: World) -> None:
    with _bare(world) as instance:
        _describe(world, instance, {"role": "web"}, "listed")
        found = [each for each in world.instances(Query.everything(Field.NOTES)) if each.id == instance.id]
        if [(dict(each.labels), each.description) for each in found] != [({"role": "web"}, "listed")]:
            raise Broken(14, "labels and description were asked for in a list of all, and are not there")


def _gone(world: World) -> None:
    gone = world.gone()
    before = world.picture()
    try:
        _describe(world, gone, {"role": "web"})
    except (NotFound, NotAllowed):
        pass
    except DcctlError as error:
        raise Broken(5, f"labelling an instance that is gone raised {type(error).__name__}: {error.message}") from error
    if world.picture() != before:
        raise Broken(5, "labelling an instance that is gone changed something")


def _several(world: World) -> None:
    instances = [world.created() for _ in range(3)]
    outcomes = run_each(instances, lambda each: _describe(world, each, {"self": each.name}))
    if failed := [outcome for _, outcome in outcomes if isinstance(outcome, DcctlError)]:
        raise Broken(6, f"of several instances at once not all could be labelled: {failed[0]}")
    for instance in instances:
        _must_be(_now(world, instance), {"self": instance.name}, None, "of several that were changed at once")
