"""Hardware profiles: Deltacloud's rules, and those that it never enforced."""

from __future__ import annotations

import pytest

from dcctl.errors import Usage
from dcctl.hardware import Choices, Fixed, Hardware, HardwareProfile, Property, Range, Value

CPU, MEMORY, STORAGE, ARCHITECTURE, ROOT_TYPE = Property

LARGE = HardwareProfile(
    "m1-large",
    {
        CPU: Range(1, 6, 1),
        MEMORY: Range(7680, 15360, 10240),
        STORAGE: Choices((850, 1024), 850),
        ARCHITECTURE: Fixed("x86_64"),
    },
)
OPAQUE = HardwareProfile("opaque")


def test_without_overrides_every_property_has_its_default() -> None:
    assert LARGE.resolve({}) == Hardware(cpu=1, memory_mib=10240, storage_gib=850, architecture="x86_64")
    assert OPAQUE.resolve({}) == Hardware()


def test_an_override_replaces_the_default_and_nothing_else() -> None:
    assert LARGE.resolve({CPU: 6, STORAGE: 1024}) == Hardware(6, 10240, 1024, "x86_64")


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {CPU: 1},
        {CPU: 6},
        {MEMORY: 7680},
        {MEMORY: 15360},
        {STORAGE: 1024},
        {ARCHITECTURE: "x86_64"},
    ],
)
def test_what_is_inside_or_equal_is_accepted(overrides: dict[Property, Value]) -> None:
    assert LARGE.problems(overrides) == []


@pytest.mark.parametrize(
    ("wanted", "value", "message", "hint"),
    [
        (CPU, 7, "cpu cannot be 7: the hardware profile m1-large allows 1 to 6", "see: dcctl hwp show m1-large"),
        (CPU, 0, "cpu cannot be 0: the hardware profile m1-large allows 1 to 6", "see: dcctl hwp show m1-large"),
        (
            MEMORY,
            7679,
            "memory cannot be 7679 MiB: the hardware profile m1-large allows 7680 MiB to 15360 MiB",
            "see: dcctl hwp show m1-large",
        ),
        (
            STORAGE,
            900,
            "storage cannot be 900 GiB: the hardware profile m1-large allows 850 GiB or 1024 GiB",
            "see: dcctl hwp show m1-large",
        ),
        (
            ARCHITECTURE,
            "i386",
            "architecture cannot be i386: the hardware profile m1-large is fixed at x86_64",
            "see: dcctl hwp show m1-large",
        ),
        (
            ROOT_TYPE,
            "transient",
            "root_type cannot be set: the hardware profile m1-large has no root_type",
            "it has: cpu, memory, storage, architecture",
        ),
        (CPU, "2", "cpu cannot be 2: the hardware profile m1-large allows 1 to 6", "see: dcctl hwp show m1-large"),
    ],
)
def test_what_is_outside_is_refused_naming_what_is_allowed(
    wanted: Property, value: Value, message: str, hint: str
) -> None:
    (problem,) = LARGE.problems({wanted: value})
    assert isinstance(problem, Usage)
    assert (problem.message, problem.hint, problem.resource) == (message, hint, "m1-large")


def test_all_problems_are_told_at_once() -> None:
    assert len(LARGE.problems({CPU: 7, MEMORY: 1, STORAGE: 850, ARCHITECTURE: "i386"})) == 3


def test_the_opaque_profile_takes_no_overrides() -> None:
    (problem,) = OPAQUE.problems({CPU: 1})
    assert problem.message == "cpu cannot be set: the hardware profile opaque leaves every size to the provider"
    assert OPAQUE.opaque
    assert not LARGE.opaque


@pytest.mark.parametrize(
    ("wanted", "value", "expected"),
    [
        (CPU, 3, True),
        (CPU, 7, False),
        (CPU, "3", False),
        (STORAGE, 1024, True),
        (STORAGE, 1000, False),
        (ARCHITECTURE, "x86_64", True),
        (ARCHITECTURE, "i386", False),
        (ROOT_TYPE, "transient", False),
    ],
)
def test_a_filter_keeps_profiles_that_allow_the_value(wanted: Property, value: Value, expected: bool) -> None:
    assert LARGE.matches(wanted, value) is expected


def test_a_property_that_a_profile_lacks_never_matches() -> None:
    assert not any(OPAQUE.matches(wanted, value) for wanted in Property for value in (1, "x86_64", "persistent"))


def test_a_label_with_digits_is_never_read_as_a_number() -> None:
    numbered = HardwareProfile("odd", {ARCHITECTURE: Choices(("386", "x86_64"), "386")})
    assert numbered.problems({ARCHITECTURE: "386"}) == []
    assert len(numbered.problems({ARCHITECTURE: 386})) == 1
    assert numbered.resolve({}).architecture == "386"


@pytest.mark.parametrize(
    ("of", "value", "expected"), [(MEMORY, 512, "512 MiB"), (STORAGE, 10, "10 GiB"), (CPU, 2, "2")]
)
def test_values_are_shown_with_their_unit(of: Property, value: int, expected: str) -> None:
    assert of.text(value) == expected
    assert Fixed(value).text(of) == expected
    assert Fixed(value).default == value
