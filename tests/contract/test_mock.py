"""The mock driver runs the conformance suite; it has no other contract tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contract.mock_harness import MockHarness
from dcctl.testing.suite import Conformance
from dcctl_drivers.mock import MockDriver

if TYPE_CHECKING:
    from dcctl.testing import Harness


class TestMock(Conformance):
    driver = MockDriver
    gaps = frozenset(
        (
            # A file has no round trips to count.
            "listing takes as many round trips for three instances as for one",
            "listing images takes as many round trips when two more are there",
        )
    )

    @pytest.fixture(scope="class")
    @classmethod
    def harness(cls, tmp_path_factory: pytest.TempPathFactory) -> Harness:
        return MockHarness(tmp_path_factory.mktemp("mock"))
