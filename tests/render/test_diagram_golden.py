"""The drawings of mock's machine, as a person last looked at them and called them good.

After a change that is wanted: ``python tests/render/test_diagram_golden.py`` writes them anew; look at them before you commit.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dcctl.model import State
from dcctl.render.diagram import dot, mermaid, svg, terminal
from dcctl.render.diagram.picture import Picture
from dcctl_drivers.mock import MockDriver

GOLDEN = Path(__file__).parent / "golden"


def drawings() -> dict[str, str]:
    plain = Picture(MockDriver.states, title="driver mock")
    current = Picture(MockDriver.states, title="instance web", current=State.RUNNING)
    return {
        "mock.svg": svg.draw(plain),
        "mock.dot": dot.draw(plain),
        "mock.mmd": mermaid.draw(plain),
        "mock.txt": terminal.draw(plain),
        "mock-running.svg": svg.draw(current),
        "mock-running.dot": dot.draw(current),
        "mock-running.mmd": mermaid.draw(current),
        "mock-running.txt": terminal.draw(current),
        "mock-running-ascii.txt": terminal.draw(current, unicode=False),
        "mock-running-narrow.txt": terminal.draw(current, width=30),
    }


@pytest.mark.parametrize("name", sorted(drawings()))
def test_a_drawing_of_mocks_machine_is_the_one_that_was_looked_at(name: str) -> None:
    assert drawings()[name] == (GOLDEN / name).read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(drawings())


if __name__ == "__main__":
    for name, text in drawings().items():
        (GOLDEN / name).write_text(text, encoding="utf-8")
