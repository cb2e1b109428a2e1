"""``dcctl driver check``: the conformance suite without a test file, for people, scripts and CI."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from cli.screen import watch
from cli.test_render_schema import valid

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl

EXEC = """\
exec: 1
name: rack
summary: boards
states:
  start: {create: running}
  running: {destroy: finish}
programs: {images: ./images, instances: ./images, create: ./images, destroy: ./images}
"""
SUBJECT = """\
from contract.memory import MemoryDriver
from dcctl.model import Action, State
from dataclasses import replace

class Good(MemoryDriver):
    name = "good"
    summary = "keeps every sentence"

class Wrong(MemoryDriver):
    name = "wrong"
    summary = "forgets to stop"

    def stop(self, instance, job):
        return replace(instance, state=State.STOPPING)

class Practice(Good):
    name = "practice"
    summary = "nothing real is made"
    simulated = True
"""


@pytest.fixture
def subjects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module outside of any package, with drivers of which two may only be tried where the configuration says so."""
    (tmp_path / "subjects.py").write_text(SUBJECT)
    monkeypatch.syspath_prepend(str(tmp_path))
    catalogue = tmp_path / "profiles.yaml"
    realm = "{name: Rack, good: {}, wrong: {}, practice: {}, mock: {}}"
    catalogue.write_text(f"version: 1\nhardware_profiles: {{opaque: {{}}}}\nrealms: {{rack: {realm}}}\n")
    monkeypatch.setenv("DCCTL_CATALOGUE", str(catalogue))
    monkeypatch.delenv("DCCTL_DRIVER")
    return "subjects"


def configure(dcctl: Dcctl, driver: str, *, conformance: str) -> str:
    file = f"{dcctl.variables['HOME']}/config.yaml"
    with open(file, "w", encoding="utf-8") as written:
        written.write(
            f"version: 1\ncontext: lab\ncontexts:\n  lab: {{driver: '{driver}', conformance: {conformance}}}\n"
        )
    return file


def broken(report: Any) -> dict[int, str]:
    return {check["sentence"]: check["story"] for check in report["checks"] if check["outcome"] == "broken"}


def test_a_driver_of_which_nothing_real_is_made_can_be_tried_at_once(dcctl: Dcctl, subjects: str) -> None:
    result = dcctl.ok("driver", "check", f"{subjects}:Practice")
    assert result.lines[0] == f"practice: nothing real is made ({subjects}:Practice)"
    assert "realm rack, image img1, hardware profile conformance" in result.stdout
    assert " 0 broken, " in result.lines[-1]
    assert "the harness cannot hold an instance in pending" in result.stdout
    assert "kept    " not in result.stdout


def test_with_v_every_check_is_a_line(dcctl: Dcctl, subjects: str) -> None:
    result = dcctl.ok("-v", "driver", "check", f"{subjects}:Practice")
    assert "kept    running: stop leads to stopping, then stopped" in result.lines


@pytest.mark.parametrize(("conformance", "driver"), [("false", "Good"), ("true", "Wrong")])
def test_nothing_is_destroyed_where_the_context_does_not_allow_it(
    dcctl: Dcctl, subjects: str, conformance: str, driver: str
) -> None:
    """Either it says no, or it is for another driver than the one to be tried."""
    file = configure(dcctl, f"{subjects}:{driver}", conformance=conformance)
    result = dcctl("--config", file, "driver", "check", f"{subjects}:Good")
    assert (result.exit_status, result.stdout) == (5, "")
    assert "conformance: true" in result.stderr
    assert file in result.stderr


def test_a_driver_that_breaks_its_word_is_told_which_sentence_says_so(dcctl: Dcctl, subjects: str) -> None:
    file = configure(dcctl, f"{subjects}:Wrong", conformance="true")
    result = dcctl("--config", file, "driver", "check", "--timeout", "200ms")
    assert result.exit_status == 1
    assert "broken  running: stop leads to stopping, then stopped" in result.lines
    assert "sentence 9: The state returned, and each state reported later, MUST be one" in result.stdout
    assert "the driver wrong breaks" in result.stderr


def test_guests_that_ignore_stop_are_told_of_and_lose_their_power_in_the_end(dcctl: Dcctl) -> None:
    before = dcctl.ok("instance", "list", "-q").lines
    result = dcctl("driver", "check", "mock", "--image", "img1", "--timeout", "300ms", DCCTL_MOCK_STOPPING="1h")
    assert "if the guests of the image img1 ignore it, take another image" in result.stdout
    assert "could not be destroyed" not in result.stdout
    assert dcctl.ok("instance", "list", "-q").lines == before


def test_the_report_as_json_keeps_the_schema(dcctl: Dcctl, subjects: str) -> None:
    file = configure(dcctl, f"{subjects}:Wrong", conformance="true")
    result = dcctl("--config", file, "driver", "check", "--timeout", "200ms", "-o", "json")
    valid("report", result.json)
    assert 9 in broken(result.json)
    assert sum(result.json["counts"].values()) == len(result.json["checks"]) > 60
    assert (result.errors[-1]["code"], result.errors[-1]["exit_status"]) == ("failed", 1)


def test_the_report_for_ci_counts_failures_and_skips(dcctl: Dcctl, subjects: str) -> None:
    file = configure(dcctl, f"{subjects}:Wrong", conformance="true")
    suite = ElementTree.fromstring(
        dcctl("--config", file, "driver", "check", "--timeout", "200ms", "-o", "junit").stdout
    )
    assert suite.tag == "testsuite"
    for attribute, path in (("tests", "testcase"), ("failures", "testcase/failure"), ("skipped", "testcase/skipped")):
        assert int(suite.get(attribute, "")) == len(suite.findall(path)) > 0


def test_what_was_there_before_is_there_afterwards(dcctl: Dcctl) -> None:
    before = dcctl.ok("instance", "list", "-o", "json").json
    dcctl.ok("driver", "check", "--realm", "eu", "--image", "img1", "--hwp", "m1-large")
    assert dcctl.ok("instance", "list", "-o", "json").json == before


def test_ctrl_c_ends_it_and_leaves_nothing_of_the_suite(dcctl: Dcctl) -> None:
    before = dcctl.names()
    process = dcctl.begin("-v", "driver", "check", DCCTL_MOCK_PENDING="50ms")
    assert process.stdout is not None
    for line in process.stdout:
        if "create: a new instance is what was asked for" in line:
            process.send_signal(signal.SIGINT)
            break
    rest, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (-signal.SIGINT, "dcctl: cancelled\n")
    assert "checks of" not in rest
    assert dcctl.names() == before


def test_what_is_named_must_exist(dcctl: Dcctl) -> None:
    for option in ("--realm", "--hwp", "--image"):
        result = dcctl("driver", "check", option, "nonesuch")
        assert result.exit_status == 4, result.stderr
        assert "nonesuch" in result.stderr
    assert dcctl("driver", "check", "--image", "img2", "--hwp", "m1-large").exit_status == 2  # i386, x86_64
    assert dcctl("driver", "check", "--timeout", "soon").exit_status == 2
    assert dcctl("driver", "check", "nonesuch").exit_status == 3


def test_with_a_file_importing_is_tried_too(dcctl: Dcctl, tmp_path: Path) -> None:
    (tmp_path / "disk").write_bytes(b"an image" * 1000)
    report = dcctl.ok("driver", "check", "--image-file", str(tmp_path / "disk"), "-o", "json").json
    outcomes = {check["name"]: check["outcome"] for check in report["checks"]}
    assert outcomes["image import: a wrong digest is refused, and nothing is left behind"] == "kept"
    assert outcomes["image destroy: twice does no harm"] == "kept"
    assert dcctl("driver", "check", "--image-file", str(tmp_path / "nonesuch")).exit_status == 2


def test_a_file_for_a_driver_that_imports_nothing_is_refused(dcctl: Dcctl, tmp_path: Path) -> None:
    description = tmp_path / "rack.yaml"
    description.write_text(EXEC)
    program = tmp_path / "images"
    program.write_text('#!/bin/sh\necho \'{"protocol": 1, "images": [{"id": "i1", "name": "tiny"}]}\'\n')
    program.chmod(0o755)
    file = configure(dcctl, f"exec:{description}", conformance="true")
    (tmp_path / "profiles.yaml").write_text("version: 1\nrealms: {here: {name: Here, rack: {}}}\n")
    words = ("--config", file, "--catalogue", str(tmp_path / "profiles.yaml"), "driver", "check")
    refused = dcctl(*words, "--image-file", str(program), DCCTL_DRIVER="")
    assert refused.exit_status == 6, refused.stderr


def test_on_a_terminal_no_line_is_too_long_and_what_is_being_tried_is_shown_and_gone(dcctl: Dcctl) -> None:
    person = watch(dcctl, "driver", "check", "--realm", "eu", "--image", "img1")
    assert re.search(r"\r\x1b\[K\d+ of \d+: create: ids are never the same", person.output)
    assert not [line for line in person.display if re.match(r"\d+ of \d+: ", line)]
    assert max(map(len, person.display)) < 80
    written = re.sub(r"\r\x1b\[K[^\r\n]*(?=\r\x1b\[K)|\x1b\[[0-9;]*[mK]", "", person.output)
    assert max(len(line.strip("\r")) for line in written.split("\n")) < 80


def test_the_report_for_ci_has_the_shape_that_ci_systems_know(dcctl: Dcctl, subjects: str) -> None:
    """The elements and attributes of Jenkins' junit-10.xsd, which the others follow."""
    file = configure(dcctl, f"{subjects}:Wrong", conformance="true")
    done = dcctl("--config", file, "driver", "check", "--timeout", "200ms", "-o", "junit")
    allowed = {
        "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id"},
        "testcase": {"name", "classname", "time", "status", "assertions"},
        "failure": {"message", "type"},
        "skipped": {"message", "type"},
    }
    children = {"testsuite": {"testcase"}, "testcase": {"failure", "skipped"}, "failure": set(), "skipped": set()}
    root = ElementTree.fromstring(done.stdout)
    for element in root.iter():
        assert set(element.attrib) <= allowed[element.tag]
        assert {child.tag for child in element} <= children[element.tag]
        if element.tag == "testcase":
            assert len(element) <= 1
            assert element.get("name")
            assert element.get("classname")
            assert float(element.get("time", "")) >= 0
    names = [case.get("name") for case in root]
    assert len(set(names)) == len(names)
