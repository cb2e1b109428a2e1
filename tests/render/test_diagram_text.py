"""The texts for Graphviz and Mermaid, and the drawing in the terminal."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcctl.model import State, Trigger
from dcctl.render.diagram import dot, mermaid, terminal
from dcctl.render.diagram.picture import Picture, arrows
from dcctl.render.diagram.terminal import words
from dcctl.states import StateMachine
from dcctl_drivers.libvirt.states import MACHINE as LIBVIRT
from dcctl_drivers.mock import MockDriver
from render.diagram_machines import SMALL, WITHOUT_SUSPEND, machines
from requirement import program

OURS = [MockDriver.states, LIBVIRT, SMALL, WITHOUT_SUSPEND]
NASTY = 'a"b\\ <c> &lt; & %d\n\x1b[31m\\'
QUOTED = r'"(?:[^"\\]|\\.)*"'
currents = st.none() | st.sampled_from(list(State))


# Graphviz


@given(machines(), currents)
def test_graphviz_text_has_each_state_and_each_arrow_once(machine: StateMachine, current: State | None) -> None:
    lines = dot.draw(Picture(machine, "any", current)).splitlines()
    nodes = [m[1] for line in lines if (m := re.fullmatch(r'  "(\w+)"(?: \[.*\])?;', line))]
    edges = [m.groups() for line in lines if (m := re.fullmatch(r'  "(\w+)" -> "(\w+)" \[label="(.*?)", .*\];', line))]
    assert Counter(nodes) == Counter(map(str, machine.states))
    assert Counter(edges) == Counter((a.source, a.target, a.label) for a in arrows(machine))
    assert len(lines) == len(nodes) + len(edges) + 5


@given(st.text())
def test_graphviz_text_quotes_titles_from_outside(title: str) -> None:
    attribute = rf"\w+=(?:{QUOTED}|[\w.]+)"
    line = dot.draw(Picture(SMALL, title)).splitlines()[1]
    assert re.fullmatch(rf"  graph \[{attribute}(?:, {attribute})*\];", line)


@pytest.mark.parametrize("machine", OURS)
def test_graphviz_accepts_its_text_and_shows_the_title_as_it_is(machine: StateMachine) -> None:
    graphviz = program("dot", "apt install graphviz")
    text = dot.draw(Picture(machine, NASTY, State.RUNNING))
    done = subprocess.run([graphviz, "-Tsvg"], input=text, capture_output=True, text=True, check=True)
    assert "a&quot;b\\ &lt;c&gt; &amp;lt; &amp; %d\\u000a\\u001b[31m\\: now running" in done.stdout
    assert "running (now)" in done.stdout


# Mermaid


@given(machines(), currents)
def test_mermaid_text_has_each_state_and_each_arrow_once(machine: StateMachine, current: State | None) -> None:
    lines = mermaid.draw(Picture(machine, "any", current)).splitlines()
    assert lines[0] == lines[2] == "---"
    assert lines[3] == "stateDiagram-v2"
    body = lines[4:]
    states = [m[1] for line in body if (m := re.fullmatch(r"    (?:state \"\w+ \(now\)\" as )?(\w+)", line))]
    drawn = [m.groups() for line in body if (m := re.fullmatch(r"    (\S+) --> (\S+) : \(?(.*?)\)?", line))]
    ends = {State.START: "[*]", State.FINISH: "[*]"}
    assert Counter(states) == Counter(str(s) for s in machine.states if s not in ends)
    assert Counter(drawn) == Counter(
        (ends.get(a.source, a.source), ends.get(a.target, a.target), a.label) for a in arrows(machine)
    )
    marked = current in machine.states and current not in ends
    assert len(body) == len(states) + len(drawn) + 2 * marked


@given(st.text())
def test_mermaid_text_keeps_titles_from_outside_on_their_line(title: str) -> None:
    lines = mermaid.draw(Picture(SMALL, title)).split("\n")
    assert json.loads(lines[1].removeprefix("title: ")) == Picture(SMALL, title).caption
    assert len(lines) == 8


# The terminal


def traced(drawing: str) -> Counter[tuple[str, str, str, bool]]:
    """What the drawing says to somebody who follows its lines: source, words, target, and whether the dot is filled."""
    lines = drawing.split("\n")
    arrivals: dict[int, tuple[str, int]] = {}
    leaving: list[tuple[str, str, int, int]] = []
    state = ""
    for i, line in enumerate(lines):
        if name := re.search(r"[│┃] (\w+) +[│┃├]", line):
            state = name[1]
        if "◀" in line:
            column = max(line.rfind(corner) for corner in "╯╮┤")
            assert column not in arrivals, "two arrivals in one lane"
            arrivals[column] = (state, i)
        elif row := re.search(r"[├┃][─╌┈] ([\w ]+?) [─╌┈●○]", line):
            dots = [c for c, character in enumerate(line) if character in "●○"]
            assert dots, line
            leaving += [(state, row[1], i, column) for column in dots]
    found: Counter[tuple[str, str, str, bool]] = Counter()
    for source, label, i, column in leaving:
        target, arrival = arrivals[column]
        between = range(min(i, arrival) + 1, max(i, arrival))
        assert all(lines[j][column] in "│┼●○" for j in between), "the lane is broken"
        found[(source, label, target, lines[i][column] == "●")] += 1
    return found


def meant(machine: StateMachine) -> Counter[tuple[str, str, str, bool]]:
    return Counter(
        (t.source, words(t), target, t.trigger is not Trigger.SPONTANEOUS and position == 0)
        for t in machine.transitions
        for position, target in enumerate(t.targets)
    )


@given(machines(), currents)
def test_who_follows_the_lines_of_the_drawing_finds_the_machine(machine: StateMachine, current: State | None) -> None:
    drawing = terminal.draw(Picture(machine, "any", current))
    assert traced(drawing) == meant(machine)
    boxes = re.findall(r"[│┃] (\w+) +[│┃├]", drawing)
    assert Counter(boxes) == Counter(map(str, machine.states))


@given(machines(), currents, st.booleans())
def test_any_machine_fits_80_columns(machine: StateMachine, current: State | None, unicode: bool) -> None:
    drawing = terminal.draw(Picture(machine, "any", current), unicode=unicode)
    assert max(map(len, drawing.splitlines())) <= 80
    assert "goes there" in drawing


@given(machines(), currents, st.integers(30, 79), st.booleans())
def test_no_window_is_too_narrow_to_be_told_the_machine(
    machine: StateMachine, current: State | None, width: int, unicode: bool
) -> None:
    drawing = terminal.draw(Picture(machine, "any", current), width=width, unicode=unicode)
    assert max(map(len, drawing.splitlines())) <= width
    assert all(state in drawing for state in machine.states)
    assert all(words(sentence) in drawing for sentence in machine.transitions)


@settings(max_examples=50)
@given(machines(), currents, st.text())
def test_without_unicode_the_drawing_is_ascii_and_nothing_else(
    machine: StateMachine, current: State | None, title: str
) -> None:
    drawing = terminal.draw(Picture(machine, title, current), unicode=False)
    assert drawing.isascii()
    assert all(character.isprintable() or character == "\n" for character in drawing)


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("current", MockDriver.states.states)
def test_the_current_state_is_marked_without_colour(current: State, unicode: bool) -> None:
    drawing = terminal.draw(Picture(MockDriver.states, "instance web", current), unicode=unicode)
    now = [line for line in drawing.splitlines() if line.startswith(" now ")]
    assert [re.search(r"(\w+) ", line[7:]).group(1) for line in now] == [current]  # type: ignore[union-attr]
    assert f"instance web: now {current}" in drawing


def test_a_current_state_that_the_machine_does_not_know_is_said_in_words() -> None:
    drawing = terminal.draw(Picture(SMALL, "instance web", State.UNKNOWN))
    assert drawing.startswith("instance web: now unknown, which is not part of its machine\n")


def test_colour_adds_nothing_but_colour() -> None:
    painted = terminal.draw(
        Picture(LIBVIRT, "any", State.RUNNING),
        paint=lambda text, style: text if style is None else f"\x1b[1m{text}\x1b[0m",
    )
    assert "\x1b[1m" in painted
    assert re.sub(r"\x1b\[\dm", "", painted) == terminal.draw(Picture(LIBVIRT, "any", State.RUNNING))


@given(st.text())
def test_titles_from_outside_control_no_terminal(title: str) -> None:
    drawing = terminal.draw(Picture(SMALL, title))
    assert all(character.isprintable() or character == "\n" for character in drawing)
