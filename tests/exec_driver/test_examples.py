"""Both examples run the conformance suite, as every driver does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dcctl import registry
from dcctl.testing.suite import Conformance
from exec_driver.harness import EXAMPLES, ExampleHarness, ServicesHarness

if TYPE_CHECKING:
    from dcctl.testing import Harness

# A class that was made from a file cannot be imported by its name; a file system has no round trips to count; an instance is pending
# only while its creator is at work, or not at all.
GAPS = frozenset(
    (
        "the class can be asked without the provider's library",
        "listing takes as many round trips for three instances as for one",
        "create: a provider that fails half-way makes it fail, and nothing is left behind",
        *(
            f"pending: {action} is refused, or changes nothing"
            for action in ("start", "stop", "reboot", "suspend", "resume", "destroy")
        ),
    )
)


class TestProcessesInShell(Conformance):
    driver = registry.load(f"exec:{EXAMPLES / 'shell' / 'processes.yaml'}")
    gaps = GAPS | {"an instance that refuses an action is left alone"}

    @pytest.fixture(scope="class")
    @classmethod
    def harness(cls) -> Harness:
        return ExampleHarness("shell/processes.yaml", image="idle")


class TestServicesInPerl(Conformance):
    driver = registry.load(f"exec:{EXAMPLES / 'perl' / 'services.yaml'}")
    gaps = GAPS | {"listing images takes as many round trips when two more are there"}

    @pytest.fixture(scope="class")
    @classmethod
    def harness(cls) -> Harness:
        return ServicesHarness()
