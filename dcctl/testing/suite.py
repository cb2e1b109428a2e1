"""The conformance suite for pytest: a class to derive from. The only module of dcctl that imports pytest."""

from __future__ import annotations

from typing import ClassVar

import pytest

from dcctl.driver import Driver
from dcctl.testing import Broken, Check, Gap, Harness, World, checks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Conformance:
    """Derive a class whose name begins with ``Test``, and name the driver. One test is made for each check of the contract.

    A driver that needs more than an image overrides the fixture ``harness``, with the scope of the class::

        @pytest.fixture(scope="class")
        @classmethod
        def harness(cls, tmp_path_factory):
            return Harness(FooDriver, image="tiny", settings={...})

    ``gaps``, where given, are the names of the checks that cannot be made here. A check that joins or leaves them fails, so that the
    list stays true; it belongs under version control.
    """

    driver: ClassVar[type[Driver]]
    image: ClassVar[str]
    gaps: ClassVar[frozenset[str] | None] = None

    @pytest.fixture(scope="class")
    @classmethod
    def harness(cls) -> Harness:
        return Harness(cls.driver, image=cls.image)

    @pytest.fixture(scope="class")
    @classmethod
    def world(cls, harness: Harness) -> Iterator[World]:
        world = World(harness)
        yield world
        world.close()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "check" in metafunc.fixturenames:
            wanted = checks(self.driver)
            metafunc.parametrize("check", wanted, ids=[check.name for check in wanted])

    def test_contract(self, check: Check, world: World) -> None:
        """The driver keeps its word in the situation that the check makes."""
        broken, gap = _outcome(check, world)
        if broken is not None:
            pytest.fail(str(broken), pytrace=False)
        if self.gaps is not None:
            if gap is not None and check.name not in self.gaps:
                pytest.fail(f'a gap that the list does not know, "{check.name}": {gap}', pytrace=False)
            if gap is None and check.name in self.gaps:
                pytest.fail("this is no gap any more: take it off the list", pytrace=False)
        if gap is not None:
            pytest.skip(gap)

    def test_gaps_are_names_of_checks(self) -> None:
        """The list of gaps names no check that does not exist."""
        assert set(self.gaps or ()) <= {check.name for check in checks(self.driver)}


def _outcome(check: Check, world: World) -> tuple[Broken | None, str | None]:
    """Which rule is broken, or why nobody can tell; returned, so that no traceback through the suite hides the story."""
    try:
        check.perform(world)
    except Broken as broken:
        return broken, None
    except Gap as gap:
        return None, str(gap)
    return None, None
