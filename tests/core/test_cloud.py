"""Looking up, planning and doing, through the library's front door, with two endpoints that the tests control."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.lab_driver import Lab, LabDriver, WatchingLabDriver
from dcctl.cloud import Cloud
from dcctl.creation import CreateRequest, Fresh
from dcctl.driver import Driver
from dcctl.errors import (
    Ambiguous,
    Cancelled,
    Capacity,
    Conflict,
    DcctlError,
    Failed,
    NotAllowed,
    NotFound,
    NotSupported,
    Problems,
    Timeout,
    Unreachable,
    Usage,
)
from dcctl.hardware import Hardware, Property
from dcctl.job import Job
from dcctl.model import Action, Address, Image, ImageSpec, ImageState, Instance, State

WRITES = {"create", "start", "stop", "power_off", "reboot", "destroy", "import_image", "destroy_image"}
FRESH = Fresh("token-1", ("calm-otter-10", "calm-otter-11"))


def written(labs: dict[str, Lab]) -> list[str]:
    return [call for lab in labs.values() for call in lab.calls if call in WRITES]


# Looking up


def test_a_listing_has_the_instances_of_every_endpoint_in_catalogue_order(cloud: Cloud) -> None:
    assert [i.id for i in cloud.instances().items] == ["i-1", "i-2", "i-3"]


def test_a_listing_of_one_realm_asks_no_other(cloud: Cloud, labs: dict[str, Lab]) -> None:
    assert [i.id for i in cloud.instances(realm="far").items] == ["i-3"]
    assert labs["near"].calls == []


def test_one_endpoint_that_does_not_answer_leaves_the_others(cloud: Cloud, labs: dict[str, Lab]) -> None:
    labs["near"].unreachable = True
    listing = cloud.instances()
    assert [i.id for i in listing.items] == ["i-3"]
    (failure,) = listing.failures
    assert isinstance(failure, Unreachable)
    assert (failure.message, failure.realm) == ("the line is dead", "near")


def test_when_no_endpoint_answers_the_listing_fails(cloud: Cloud, labs: dict[str, Lab]) -> None:
    labs["near"].unreachable = labs["far"].unreachable = True
    with pytest.raises(Problems) as caught:
        cloud.instances()
    assert caught.value.exit_status == 7
    assert [problem.realm for problem in caught.value.problems] == ["near", "far"]


def test_finished_instances_are_shown_only_on_request(cloud: Cloud, labs: dict[str, Lab]) -> None:
    labs["near"].state("i-2", State.FINISH)
    assert [i.id for i in cloud.instances(realm="near").items] == ["i-1"]
    assert [i.id for i in cloud.instances(realm="near", finished=True).items] == ["i-1", "i-2"]


@pytest.mark.parametrize("name", ["db", "i-2", "near/db", "near/i-2"])
def test_an_instance_is_found_by_name_id_and_realm(cloud: Cloud, name: str) -> None:
    assert cloud.instance(name).id == "i-2"


def test_a_name_that_fits_several_is_refused_naming_them(cloud: Cloud) -> None:
    with pytest.raises(Ambiguous) as caught:
        cloud.instance("web")
    assert caught.value.hint == "say which: far/web (i-3), near/web (i-1)"
    assert cloud.instance("far/web").id == "i-3"


def test_an_unknown_name_offers_what_is_close(cloud: Cloud) -> None:
    with pytest.raises(NotFound) as caught:
        cloud.instance("wbe")
    assert caught.value.hint == "did you mean web?"


def test_an_unknown_realm_before_the_slash_is_not_found(cloud: Cloud) -> None:
    with pytest.raises(NotFound, match="no realm nera"):
        cloud.instance("nera/db")


@pytest.mark.parametrize("name", ["", "/web", "north/", 5, None, b"web"])
def test_what_names_nothing_or_is_no_text_is_a_mistake(cloud: Cloud, name: object) -> None:
    for look_up in (cloud.instance, cloud.image, lambda name: cloud.plan(Action.STOP, name)):
        with pytest.raises(Usage):
            look_up(name)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", 5, None])
def test_a_realm_or_a_profile_without_a_name_is_shown_as_something(cloud: Cloud, name: object) -> None:
    for look_up in (cloud.realm, cloud.catalogue.profile):
        with pytest.raises(NotFound, match=f"{name!r}$"):
            look_up(name)  # type: ignore[arg-type]


def test_a_name_not_found_while_an_endpoint_is_silent_is_not_called_missing(cloud: Cloud, labs: dict[str, Lab]) -> None:
    labs["far"].unreachable = True
    with pytest.raises(Unreachable):
        cloud.instance("elsewhere")
    assert cloud.instance("db").id == "i-2"


def test_a_name_with_its_realm_asks_nobody_else(cloud: Cloud, labs: dict[str, Lab]) -> None:
    """Else whoever names one host waits for another that is silent, and is told of it instead of what is wrong with the name."""
    labs["far"].unreachable = True
    cloud.execute(cloud.plan(Action.STOP, "near/web"), wait=False)
    with pytest.raises(NotFound, match="there is no instance near/wbe"):
        cloud.instance("near/wbe")
    assert labs["far"].calls == []
    outcomes = cloud.plan_all(Action.STOP, ["near/wbe", "far/web", "nowhere/web"])
    assert [type(outcome) for _, outcome in outcomes] == [NotFound, Unreachable, NotFound]


def test_a_foreign_instance_may_be_called_by_a_realm_of_its_endpoint(cloud: Cloud, labs: dict[str, Lab]) -> None:
    labs["far"].put(Instance("f-1", "guest", State.RUNNING, realm=None, foreign=True))
    assert cloud.instance("far/guest").foreign
    with pytest.raises(NotFound):
        cloud.instance("near/guest")
    assert cloud.execute(cloud.plan(Action.STOP, "guest"), wait=False).state is State.STOPPING


def test_several_names_cost_one_query_per_endpoint(cloud: Cloud, labs: dict[str, Lab]) -> None:
    outcomes = cloud.plan_all(Action.STOP, ["near/web", "db", "nobody"])
    assert labs["near"].calls.count("instances") == 2  # the second is for the suggestion
    assert [type(outcome).__name__ for _, outcome in outcomes] == ["Plan", "NotAllowed", "NotFound"]


def test_many_unknown_names_cost_one_more_query_for_all_their_suggestions(cloud: Cloud, labs: dict[str, Lab]) -> None:
    outcomes = cloud.plan_all(Action.STOP, [f"nobody-{number}" for number in range(50)])
    assert {type(outcome) for _, outcome in outcomes} == {NotFound}
    assert labs["near"].calls.count("instances") == 2


def test_a_suggestion_that_cannot_be_made_does_not_hide_what_is_wrong(cloud: Cloud, labs: dict[str, Lab]) -> None:
    def fall_silent(lab: Lab) -> None:
        lab.unreachable = True

    for lab in labs.values():
        lab.on_read = fall_silent
    with pytest.raises(NotFound, match="there is no instance nobody"):
        cloud.instance("nobody")


# Plans


def test_what_the_state_forbids_is_refused_naming_what_is_allowed(cloud: Cloud, labs: dict[str, Lab]) -> None:
    with pytest.raises(NotAllowed) as caught:
        cloud.plan(Action.DESTROY, "near/web")
    assert caught.value.message == "cannot destroy web: it is running"
    assert caught.value.hint == "allowed: stop, reboot; --force does what must come first (stop, then destroy)"
    assert written(labs) == []


def test_what_the_driver_refuses_is_not_allowed_and_not_shown_as_allowed(cloud: Cloud, labs: dict[str, Lab]) -> None:
    locked = replace(labs["near"].instances["i-1"], refused={Action.STOP: "it is protected"})
    labs["near"].put(locked)
    assert cloud.actions(locked) == (Action.REBOOT,)
    for force in (False, True):
        with pytest.raises(NotAllowed, match="cannot stop web: it is protected"):
            cloud.plan(Action.STOP, "near/web", force=force)
    with pytest.raises(NotAllowed, match="cannot stop web: it is protected"):
        cloud.plan(Action.DESTROY, "near/web", force=True)


def test_an_instance_that_its_provider_gave_no_name_is_called_by_its_id(cloud: Cloud, labs: dict[str, Lab]) -> None:
    labs["near"].put(replace(labs["near"].instances["i-1"], name="", refused={Action.STOP: "it is protected"}))
    for action in (Action.START, Action.STOP):
        with pytest.raises(NotAllowed, match=f"cannot {action} i-1: "):
            cloud.plan(action, "near/i-1")


def test_an_action_that_no_sentence_names_is_not_supported(cloud: Cloud) -> None:
    with pytest.raises(NotSupported, match="the driver lab cannot suspend instances"):
        cloud.plan(Action.SUSPEND, "near/web")


def test_force_walks_the_route_and_waits_in_between(cloud: Cloud, labs: dict[str, Lab]) -> None:
    plan = cloud.plan(Action.DESTROY, "near/web", force=True)
    assert [step.action for step in plan.steps] == [Action.STOP, Action.DESTROY]
    reads = 0

    def stops_at_the_third_look(lab: Lab) -> None:
        nonlocal reads
        reads += 1
        if reads == 3:
            lab.state("i-1", State.STOPPED)

    labs["near"].on_read = stops_at_the_third_look
    assert cloud.execute(plan, wait=False).state is State.FINISH
    assert [call for call in labs["near"].calls if call in WRITES] == ["stop", "destroy"]
    assert reads == 3


def test_power_off_pulls_the_plug_where_the_plan_stops(cloud: Cloud, labs: dict[str, Lab]) -> None:
    cloud.execute(cloud.plan(Action.DESTROY, "near/web", force=True, power_off=True))
    assert written(labs) == ["power_off", "destroy"]


def test_power_off_of_something_that_is_off_is_refused(cloud: Cloud) -> None:
    with pytest.raises(NotAllowed):
        cloud.plan(Action.STOP, "db", power_off=True)


# Create


def request(**changes: object) -> CreateRequest:
    return replace(CreateRequest(image="alpine", hwp="large"), **changes)  # type: ignore[arg-type]


def problems_of(cloud: Cloud, wanted: CreateRequest) -> list[DcctlError]:
    with pytest.raises(DcctlError) as caught:
        cloud.plan_create(wanted, FRESH)
    return list(caught.value.problems) if isinstance(caught.value, Problems) else [caught.value]


def test_without_a_realm_an_instance_goes_where_its_image_is(cloud: Cloud) -> None:
    plan = cloud.plan_create(request(), FRESH)
    assert plan.spec is not None
    assert (plan.realm, plan.spec.name, plan.spec.token) == ("far", "calm-otter-10", "token-1")
    # The profile leaves the architecture open, so the image decides.
    assert plan.spec.hardware == Hardware(cpu=2, memory_mib=4096, storage_gib=20, architecture="aarch64")


def test_an_image_of_two_realms_is_taken_from_the_first(cloud: Cloud) -> None:
    assert cloud.plan_create(request(image="debian"), FRESH).realm == "near"
    assert cloud.plan_create(request(image="far/debian", hwp="small"), FRESH).realm == "far"
    assert cloud.plan_create(request(image="debian", realm="far", hwp="small"), FRESH).realm == "far"


@pytest.mark.parametrize("realm", ["near", ""])
def test_an_image_of_one_realm_is_not_taken_from_another_without_a_word(cloud: Cloud, realm: str) -> None:
    (problem,) = problems_of(cloud, request(image="far/debian", hwp="small", realm=realm))
    assert isinstance(problem, Usage)


def test_an_empty_realm_is_not_the_same_as_none(cloud: Cloud) -> None:
    (problem,) = problems_of(cloud, request(image="alpine", hwp="opaque", realm=""))
    assert isinstance(problem, NotFound)


def test_commands_in_hints_can_be_pasted(cloud: Cloud, labs: dict[str, Lab]) -> None:
    labs["near"].put(Instance("i-9", "it's old", State.RUNNING, realm="near"))
    with pytest.raises(Timeout) as caught:
        cloud.wait(cloud.instance("i-9"), goal=State.STOPPED, timeout=0)
    assert "dcctl instance wait 'near/it'\\''s old' --for" in str(caught.value.hint)


def test_a_made_up_name_that_is_taken_is_passed_over(cloud: Cloud, labs: dict[str, Lab]) -> None:
    labs["far"].instances.clear()
    labs["far"].put(Instance("i-9", "calm-otter-10", State.STOPPED, realm="far"))
    plan = cloud.plan_create(request(), FRESH)
    assert plan.resource == "calm-otter-11"


def test_every_problem_of_a_request_is_reported_at_once(cloud: Cloud, labs: dict[str, Lab]) -> None:
    wanted = request(
        image="debain",
        hwp="smal",
        realm="farr",
        name="a/b",
        user_data=b"x" * 101,
        ssh_keys=("a", "b", "c"),
    )
    problems = problems_of(cloud, wanted)
    assert [(problem.code, problem.hint) for problem in problems] == [
        ("not-found", "did you mean debian?"),
        ("not-found", "did you mean small?"),
        ("not-found", "did you mean far?"),
        ("usage", "at most 100 are allowed"),
        ("usage", "at most 2"),
        ("usage", problems[5].hint),
    ]
    assert "the first must be a letter or a digit" in (problems[5].hint or "")
    assert written(labs) == []


def test_sizes_outside_the_profile_are_refused_naming_what_is_allowed(cloud: Cloud) -> None:
    problems = problems_of(cloud, request(overrides={Property.CPU: 9, Property.STORAGE: 30, Property.ROOT_TYPE: "x"}))
    assert [problem.message for problem in problems] == [
        "cpu cannot be 9: the hardware profile large allows 1 to 8",
        "storage cannot be 30 GiB: the hardware profile large allows 20 GiB or 40 GiB",
        "root_type cannot be set: the hardware profile large has no root_type",
    ]
    (opaque,) = problems_of(cloud, request(hwp="opaque", overrides={Property.CPU: 1}))
    assert "leaves every size to the provider" in opaque.message


def test_a_fixed_property_may_be_given_its_own_value(cloud: Cloud) -> None:
    plan = cloud.plan_create(request(image="far/debian", hwp="small", overrides={Property.CPU: 1}), FRESH)
    assert plan.spec is not None
    assert plan.spec.overrides == {Property.CPU: 1}


def test_an_image_that_does_not_fit_the_profile_is_refused_with_what_would(cloud: Cloud, labs: dict[str, Lab]) -> None:
    small, other = problems_of(cloud, request(image="debian", hwp="small")), problems_of(cloud, request(hwp="small"))
    assert small[0].message == "the image debian needs at least 15 GiB of storage, not 10 GiB"
    assert "is for aarch64, the hardware profile small gives x86_64" in other[0].message
    labs["near"].images[0] = replace(labs["near"].images[0], minimum_storage_gib=30)
    (tight,) = problems_of(cloud, request(image="debian"))
    assert tight.hint == "--storage 40GiB"


def test_an_image_that_is_not_available_yet_is_refused(cloud: Cloud, labs: dict[str, Lab]) -> None:
    labs["far"].images.append(Image("x", "new", state=ImageState.PENDING, realm="far"))
    (problem,) = problems_of(cloud, request(image="new"))
    assert isinstance(problem, NotAllowed)


def test_a_name_that_is_taken_is_a_conflict_at_the_same_endpoint_only(cloud: Cloud) -> None:
    (problem,) = problems_of(cloud, request(image="debian", name="db"))
    assert isinstance(problem, Conflict)
    assert cloud.plan_create(request(name="db"), FRESH).realm == "far"


def test_the_limits_of_a_realm_are_enforced(cloud: Cloud, labs: dict[str, Lab]) -> None:
    labs["far"].put(replace(labs["far"].instances["i-3"], hardware=Hardware(memory_mib=4864)))
    (memory,) = problems_of(cloud, request(image="far/debian", hwp="small"))
    assert isinstance(memory, Capacity)
    assert memory.message == (
        "the realm far is limited to memory 5120 MiB: memory 4864 MiB in use, memory 512 MiB more asked for"
    )
    labs["far"].put(Instance("i-4", "second", State.STOPPED, realm="far"))
    assert [p.exit_status for p in problems_of(cloud, request(image="far/debian", hwp="small"))] == [10, 10]


@pytest.mark.parametrize(
    "name", ["", "-a", ".a", "a b", "a/b", "../a", "[red]a", "a\x1b[1m", "a\u202eb", "é", "a" * 21]
)
def test_names_that_could_hurt_are_refused_and_shown_without_harm(cloud: Cloud, name: str) -> None:
    (problem,) = problems_of(cloud, request(name=name))
    assert isinstance(problem, Usage)
    assert problem.message.isprintable()


def test_an_image_in_a_realm_that_does_not_answer_is_not_called_missing(cloud: Cloud, labs: dict[str, Lab]) -> None:
    labs["far"].unreachable = True
    (problem,) = problems_of(cloud, request())
    assert isinstance(problem, Unreachable)


# Doing and waiting


def test_create_waits_until_it_settles(cloud: Cloud, labs: dict[str, Lab]) -> None:
    labs["far"].on_read = lambda lab: lab.state("token-1", State.RUNNING) if "token-1" in lab.instances else None
    assert cloud.execute(cloud.plan_create(request(), FRESH)).state is State.RUNNING


def test_create_that_ends_in_error_says_why(cloud: Cloud, labs: dict[str, Lab]) -> None:
    def fails(lab: Lab) -> None:
        if "token-1" in lab.instances:
            lab.put(replace(lab.instances["token-1"], state=State.ERROR, reason="no disk"))

    labs["far"].on_read = fails
    with pytest.raises(Failed, match="calm-otter-10 ended in error: no disk"):
        cloud.execute(cloud.plan_create(request(), FRESH))


def test_a_spontaneous_change_ends_the_wait(cloud: Cloud, labs: dict[str, Lab]) -> None:
    labs["near"].on_read = lambda lab: lab.state("i-2", State.ERROR)
    plan = cloud.plan_all(Action.STOP, ["near/web"])[0][1]
    assert not isinstance(plan, DcctlError)
    labs["near"].on_read = lambda lab: lab.state("i-1", State.ERROR)
    with pytest.raises(Failed, match="web ended in error"):
        cloud.execute(plan)


def test_a_timeout_undoes_nothing_and_says_how_to_go_on(cloud: Cloud, labs: dict[str, Lab]) -> None:
    with pytest.raises(Timeout) as caught:
        cloud.execute(cloud.plan(Action.STOP, "near/web"), timeout=0)
    assert caught.value.exit_status == 8
    assert caught.value.hint == (
        "it goes on; wait for it with: dcctl instance wait near/web --for state=stopped, or pull the plug: dcctl instance stop near/web --power-off"
    )
    assert written(labs) == ["stop"]


def test_a_graceful_stop_escalates_only_when_asked(cloud: Cloud, labs: dict[str, Lab]) -> None:
    stopped = cloud.execute(cloud.plan(Action.STOP, "near/web"), power_off_after=0)
    assert stopped.state is State.STOPPED
    assert written(labs) == ["stop", "power_off"]


def test_an_instance_that_vanishes_while_it_is_waited_for_is_reported(cloud: Cloud, labs: dict[str, Lab]) -> None:
    plan = cloud.plan(Action.STOP, "near/web")
    labs["near"].on_read = lambda lab: lab.instances.clear()
    with pytest.raises(NotFound, match="web is gone"):
        cloud.execute(plan)


def test_events_are_listened_to_before_the_action(
    open_cloud: Callable[[type[Driver]], Cloud], labs: dict[str, Lab]
) -> None:
    cloud = open_cloud(WatchingLabDriver)
    plan = cloud.plan(Action.STOP, "near/web")
    labs["near"].calls.clear()
    labs["near"].on_read = lambda lab: lab.state("i-1", State.STOPPED)
    cloud.execute(plan)
    assert labs["near"].calls == ["watch web", "stop", "changed", "instances", "unwatch"]


def test_waiting_for_an_address(cloud: Cloud, labs: dict[str, Lab]) -> None:
    reads = 0

    def lease_at_the_second_look(lab: Lab) -> None:
        nonlocal reads
        reads += 1
        if reads > 1:
            lab.put(replace(lab.instances["i-1"], addresses=(Address("192.0.2.7"),)))

    instance = cloud.instance("near/web")
    labs["near"].on_read = lease_at_the_second_look
    assert cloud.wait(instance, address=True).addresses[0].value == "192.0.2.7"


def test_waiting_for_an_address_of_something_that_is_off_fails_at_once(cloud: Cloud) -> None:
    """kcli#686, kcli#725: waits for ever for the address of a guest that is off"""
    with pytest.raises(NotAllowed, match="db gets no address while it is stopped"):
        cloud.wait(cloud.instance("db"), address=True)


def test_waiting_for_the_end(cloud: Cloud, labs: dict[str, Lab]) -> None:
    instance = cloud.instance("db")

    def forget(lab: Lab) -> None:
        lab.instances.pop("i-2", None)

    labs["near"].on_read = forget
    assert cloud.wait(instance, goal=State.FINISH).state is State.FINISH


def test_a_foreign_exception_becomes_failed_with_its_words(cloud: Cloud, labs: dict[str, Lab]) -> None:
    plan = cloud.plan(Action.STOP, "near/web")
    labs["near"].raises = RuntimeError("boom")
    with pytest.raises(Failed, match="the driver lab failed: RuntimeError: boom") as caught:
        cloud.execute(plan)
    assert (caught.value.resource, caught.value.realm) == ("web", "near")
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_cancelling_stops_what_runs_and_what_is_begun_later(cloud: Cloud, labs: dict[str, Lab]) -> None:
    plan = cloud.plan(Action.STOP, "near/web")
    labs["near"].on_read = lambda lab: cloud.cancel()
    with pytest.raises(Cancelled):
        cloud.execute(plan)
    with pytest.raises(Cancelled):
        cloud.execute(plan)
    assert written(labs) == ["stop"]


def test_cancelling_the_wait_for_a_new_instance_says_that_it_was_created(cloud: Cloud, labs: dict[str, Lab]) -> None:
    plan = cloud.plan_create(request(), FRESH)
    labs["far"].on_read = lambda lab: cloud.cancel()
    with pytest.raises(Cancelled, match="stopped waiting for calm-otter-10; it is pending and goes on"):
        cloud.execute(plan)
    assert "token-1" in labs["far"].instances


def test_several_at_once_keep_their_order_and_their_errors(cloud: Cloud) -> None:
    def work(number: int) -> int:
        if number == 2:
            raise Failed("two")
        return number * 10

    outcomes = [outcome for _, outcome in cloud.at_once([1, 2, 3], work)]
    assert outcomes[0] == 10
    assert isinstance(outcomes[1], Failed)
    assert outcomes[2] == 30
    with pytest.raises(ZeroDivisionError):
        cloud.at_once([1, 0, 1], lambda number: 1 / number)


# Images, ends


def test_images_are_imported_and_destroyed_where_they_belong(cloud: Cloud, labs: dict[str, Lab]) -> None:
    made = cloud.image_work.import_image(ImageSpec("t", "new", "/dev/null", cloud.realm("far")))
    assert labs["far"].images[-1] == made
    cloud.image_work.destroy_image(cloud.image("far/new"))
    assert [image.name for image in labs["far"].images] == ["debian", "alpine"]
    with pytest.raises(Ambiguous):
        cloud.image("debian")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "../../etc/passwd"},
        {"name": ""},
        {"name": "n" * 64},
        {"user": "a\nb"},
        {"description": ""},
        {"architecture": "x" * 201},
        {"digest": "sha256:12"},
        {"digest": "md5:" + "0" * 64},
    ],
)
def test_what_is_wrong_with_an_import_never_reaches_a_driver(
    cloud: Cloud, labs: dict[str, Lab], wrong: dict[str, str]
) -> None:
    spec = replace(ImageSpec("t", "new", "/dev/null", cloud.realm("far")), **wrong)  # type: ignore[arg-type]
    with pytest.raises(Usage):
        cloud.image_work.check_import(spec)
    with pytest.raises(Usage):
        cloud.image_work.import_image(spec)
    assert not written(labs)


def test_a_driver_that_cannot_import_says_so(open_cloud: Callable[[type[Driver]], Cloud]) -> None:
    class Plain(Driver):
        name = "lab"
        summary = "no optional abilities"
        states = LabDriver.states
        endpoint_of = LabDriver.endpoint_of
        images = instances = create = start = stop = reboot = destroy = lambda *_: []  # type: ignore[assignment, var-annotated]

    cloud = open_cloud(Plain)
    with pytest.raises(NotSupported, match="cannot import images"):
        cloud.image_work.import_image(ImageSpec("t", "new", "/dev/null", cloud.realm("far")))
    with pytest.raises(NotSupported, match="cannot destroy images"):
        cloud.image_work.destroy_image(Image("a", "a", realm="far"))


def test_closing_closes_every_endpoint(cloud: Cloud, labs: dict[str, Lab]) -> None:
    with cloud:
        pass
    assert labs["near"].calls == labs["far"].calls == ["close"]


def test_a_job_can_be_given(cloud: Cloud) -> None:
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        cloud.execute(cloud.plan(Action.STOP, "near/web"), job=job)
