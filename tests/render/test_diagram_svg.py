"""The SVG of any machine: complete, well formed, and nothing lies on anything else."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcctl.model import State, Trigger
from dcctl.render.diagram import svg
from dcctl.render.diagram.picture import Picture, arrows
from dcctl.states import StateMachine
from dcctl_drivers.libvirt.states import MACHINE as LIBVIRT
from dcctl_drivers.mock import MockDriver
from render.diagram_machines import SMALL, WITHOUT_SUSPEND, machines

SVG = "{http://www.w3.org/2000/svg}"
OURS = [MockDriver.states, LIBVIRT, SMALL, WITHOUT_SUSPEND]


@dataclass(frozen=True)
class Area:
    what: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Area) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, x: float, y: float) -> bool:
        return self.left + 1 < x < self.right - 1 and self.top + 1 < y < self.bottom - 1


def number(element: ET.Element, name: str) -> float:
    return float(element.attrib[name])


def shapes(root: ET.Element) -> list[Area]:
    found = []
    for group in root.iter(f"{SVG}g"):
        if "data-state" not in group.attrib:
            continue
        what = group.attrib["data-state"]
        if (box := group.find(f"{SVG}rect")) is not None:
            x, y = number(box, "x"), number(box, "y")
            found.append(Area(what, x, y, x + number(box, "width"), y + number(box, "height")))
        elif (circle := group.find(f"{SVG}circle")) is not None:
            x, y, r = (number(circle, name) for name in ("cx", "cy", "r"))
            found.append(Area(what, x - r, y - r, x + r, y + r))
    return found


def labels(root: ET.Element) -> list[Area]:
    """Words beside arrows. 0.55: a letter's mean width in Arial and DejaVu Sans, measured for our words."""
    return [
        Area(text.text or "", x, y - 9, x + 12 * 0.55 * len(text.text or ""), y + 3)
        for group in root.iter(f"{SVG}g")
        if "data-from" in group.attrib
        for text in group.iter(f"{SVG}text")
        for x, y in [(number(text, "x"), number(text, "y"))]
    ]


def points(path: str) -> list[tuple[float, float]]:
    """Twenty points of each piece of a line made of M, V and C."""
    found: list[tuple[float, float]] = []
    for command, rest in re.findall(r"([MVC])([^MVC]+)", path):
        values = [float(value) for value in rest.split()]
        if command == "M":
            found.append((values[0], values[1]))
            continue
        x, y = found[-1]
        curve = [x, y, x, y, x, values[0], x, values[0]] if command == "V" else [x, y, *values]
        for step in range(1, 21):
            t = step / 20
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
            found.append(
                (
                    sum(w * v for w, v in zip(weights, curve[::2], strict=True)),
                    sum(w * v for w, v in zip(weights, curve[1::2], strict=True)),
                )
            )
    return found


def said(root: ET.Element) -> Counter[tuple[str, str, str]]:
    """Each arrow that is drawn, and each that is written in a box."""
    found = Counter(
        (group.attrib["data-from"], group.attrib["data-to"], group.attrib["data-label"])
        for group in root.iter(f"{SVG}g")
        if "data-from" in group.attrib
    )
    for group in root.iter(f"{SVG}g"):
        notes = " ".join(text.text or "" for text in group.findall(f"{SVG}text[@class='note']"))
        for target in notes.removeprefix("at any time: ").split(", ") if notes else ():
            found[(group.attrib["data-state"], target, "any time")] += 1
    return found


def check(machine: StateMachine, current: State | None) -> None:
    root = ET.fromstring(svg.draw(Picture(machine, "any", current)))
    boxes = shapes(root)
    assert Counter(box.what for box in boxes) == Counter(map(str, machine.states))
    assert said(root) == Counter((a.source, a.target, a.label) for a in arrows(machine))
    words = labels(root)
    overlapping = [(a, b) for a, b in combinations([*boxes, *words], 2) if a.overlaps(b)]
    assert overlapping == []
    lines = [line for line in root.iter(f"{SVG}path") if line.attrib["class"] == "line" and "H" not in line.attrib["d"]]
    through = [box for line in lines for x, y in points(line.attrib["d"]) for box in boxes if box.holds(x, y)]
    assert [box for box in through if box.what not in ("start", "finish")] == []
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    drawing = next(group for group in root.iter(f"{SVG}g") if "transform" in group.attrib)
    right, down = map(float, re.findall(r"[\d.]+", drawing.attrib["transform"]))
    for area in (*boxes, *words):
        assert area.left + right >= 0
        assert area.right + right <= width
        assert area.top + down >= 0
        assert area.bottom + down <= height


@pytest.mark.parametrize("machine", OURS)
@pytest.mark.parametrize("current", [None, *State])
def test_our_machines_are_drawn_whole_and_nothing_overlaps(machine: StateMachine, current: State | None) -> None:
    check(machine, current)


@settings(max_examples=40, deadline=None)
@given(machines(), st.none() | st.sampled_from(list(State)))
def test_any_machine_is_drawn_whole_and_nothing_overlaps(machine: StateMachine, current: State | None) -> None:
    check(machine, current)


@pytest.mark.parametrize("current", MockDriver.states.states)
def test_the_current_state_is_marked_in_words_and_by_its_border(current: State) -> None:
    root = ET.fromstring(svg.draw(Picture(MockDriver.states, "instance web", current)))
    marked = [group for group in root.iter(f"{SVG}g") if group.get("class") == "now"]
    assert [group.attrib["data-state"] for group in marked] == [current]
    assert "● now" in [text.text for text in marked[0].iter(f"{SVG}text")]
    assert root.findtext(f"{SVG}title") == f"instance web: now {current}"


def test_it_is_described_for_those_who_cannot_see_it() -> None:
    root = ET.fromstring(svg.draw(Picture(SMALL, "driver small")))
    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title") == "driver small"
    assert root.findtext(f"{SVG}desc") == "start to running: create; running to finish: destroy."


def test_the_same_machine_is_always_drawn_alike() -> None:
    picture = Picture(LIBVIRT, "driver libvirt")
    assert svg.draw(picture) == svg.draw(picture)


def test_kinds_of_lines_that_do_not_occur_are_not_explained() -> None:
    root = ET.fromstring(svg.draw(Picture(MockDriver.states, "driver mock")))
    legends = [group.attrib["class"].split()[0] for group in root.iter(f"{SVG}g") if "legend" in group.get("class", "")]
    assert legends == [Trigger.ACTION, Trigger.AUTOMATIC]


@given(st.text())
def test_a_title_from_outside_cannot_break_the_document(title: str) -> None:
    document = svg.draw(Picture(SMALL, title))
    root = ET.fromstring(document)
    assert len(list(root.iter(f"{SVG}g"))) == 7
    caption = Picture(SMALL, title).caption
    assert (next(root.iter(f"{SVG}text")).text or "") == root.findtext(f"{SVG}title") == caption
