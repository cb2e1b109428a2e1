"""Counting, in the runs that try them all, which sentences of the contract are proved to be checked, and how many wrong drivers were caught."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dcctl.testing import sentences

if TYPE_CHECKING:
    from collections.abc import Callable

_CAUGHT = pytest.StashKey[list[int]]()


@pytest.fixture
def record_catch(pytestconfig: pytest.Config) -> Callable[[int], None]:
    """Takes the number of the sentence that a wrong driver was caught breaking."""
    return pytestconfig.stash.setdefault(_CAUGHT, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """A sentence counts as checked when a driver that breaks it was caught."""
    caught = config.stash.get(_CAUGHT, [])
    if not caught:
        return
    from contract.wrong import WRONG

    terminalreporter.write_line(
        f"sentences checked: {len(set(caught))} of {len(sentences())}; wrong drivers caught: {len(caught)} of {len(WRONG)}"
    )
