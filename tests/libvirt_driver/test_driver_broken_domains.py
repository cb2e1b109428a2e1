"""A thousand domains of which some are broken, or called by names that nobody would type: a list shows all of them, and says why."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shlex import join
from typing import Any
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

import pytest

from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost

COUNT = 1000

STRANGE = [
    "two words",
    " begins with a blank",
    "quotes ' and \"",
    "<b>markup<b> [red]",
    "a$(touch x)`b`;|&",
    "-n",
    "größe-日本-🐧",
    "right\u202eto left",
    "percent%s %d {} {0}",
    "a=b,c",
    "n" * 200,
    "--help",
    "it's",
    "back\\slash",
    "*",
    "ends with a blank ",
    "tab\tinside",
    "control\u009b[31m",
]
"""Everything that libvirt accepts: it refuses a slash, a name of nothing and line ends."""

RECORD = "urn:dcctl:instance"


def domain_xml(name: str, record: str | None = None, devices: str = "") -> str:
    root = Element("domain", {"type": "qemu"})
    SubElement(root, "name").text = name
    SubElement(root, "uuid").text = str(uuid.uuid4())
    SubElement(root, "memory", {"unit": "MiB"}).text = "64"
    SubElement(root, "vcpu").text = "1"
    SubElement(SubElement(root, "os"), "type", {"arch": "x86_64"}).text = "hvm"
    root.append(fromstring(f"<devices>{devices}</devices>"))
    text = tostring(root, encoding="unicode")
    return text if record is None else text.replace("<memory", f"<metadata>{record}</metadata><memory", 1)


BROKEN = {
    "no-record": f"<d:instance xmlns:d='{RECORD}'/>",
    "half-a-record": f"<d:instance xmlns:d='{RECORD}' schema='x' uuid='' phase='on-the-moon'><d:facts/></d:instance>",
    "newer": (
        f"<d:instance xmlns:d='{RECORD}' schema='99' uuid='0' phase='ready' shape='round'><d:facts image='i' hwp='h'"
        " realm='lab' pool='default' created='yesterday'/></d:instance>"
    ),
}


MISSING = {
    "no-disk": "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/nowhere/gone.qcow2'/><target dev='vda'/></disk>",
    "no-pool": "<disk type='volume' device='disk'><source pool='gone' volume='disk'/><target dev='vda'/></disk>",
    "no-stick": (
        "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1d6b'/><product id='0xbeef'/></source></hostdev>"
        "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x7f' slot='1' function='0'/></source></hostdev>"
    ),
    "no-network": "<interface type='network'><source network='gone'/></interface>",
    "no-console": "<serial type='dev'><source path='/dev/gone'/></serial>",
}
"""What the host has lost since they were defined: they cannot start."""


ASCII_ONLY = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""Python would rather take UTF-8 where the locale is C. So it does what it would in any locale of another encoding."""


def defined(host: LibvirtHost, texts: list[str]) -> Iterator[None]:
    """Domains, for as long as a fixture lasts."""
    import libvirt

    connection = libvirt.open(host.uri)
    domains: list[Any] = []
    try:
        domains.extend(connection.defineXML(text) for text in texts)
        yield
    finally:
        for domain in domains:
            with suppress(libvirt.libvirtError):  # a test has removed it
                domain.undefine()
        connection.close()


@pytest.fixture
def crowd(libvirt_host: LibvirtHost) -> Iterator[None]:
    """Ordinary domains, broken ones among them, and those with strange names."""
    texts = [domain_xml(f"crowd-{number}") for number in range(COUNT - len(BROKEN) - len(STRANGE) - len(MISSING))]
    texts += [domain_xml(name, record) for name, record in BROKEN.items()]
    texts += [domain_xml(name) for name in STRANGE]
    texts += [domain_xml(name, devices=devices) for name, devices in MISSING.items()]
    yield from defined(libvirt_host, texts)


@pytest.fixture
def strangers(libvirt_host: LibvirtHost) -> Iterator[None]:
    """Only those with strange names."""
    yield from defined(libvirt_host, [domain_xml(name) for name in STRANGE])


def test_a_list_of_a_thousand_shows_also_the_broken_ones_and_nothing_is_done_to_them(
    command: Command, crowd: None
) -> None:
    """kcli#465, kcli#674, cockpit#14001, cockpit#10121: one strange guest breaks the list of all"""
    for _ in range(2):  # with a cold index, and with a warm one
        listed = command("instance", "list", "-o", "json").json
        assert len(listed) == COUNT
        found = {row["name"]: row for row in listed}
        assert set(STRANGE) | set(BROKEN) | set(MISSING) <= set(found)
        assert {row["state"] for row in listed} == {"stopped"}
    for name in BROKEN:
        refused = command.run("instance", "destroy", name, "--yes", "-o", "json")
        assert (refused.exit_status, refused.error["code"]) == (5, "not-allowed"), refused.stderr
    for name in MISSING:
        assert command("instance", "show", name, "-o", "json").json["state"] == "stopped"
    refused = command.run("instance", "start", *MISSING, "-o", "json")
    errors = [json.loads(line)["error"] for line in refused.stderr.splitlines()]
    assert {error["resource"] for error in errors if error["hint"] or error["code"] == "failed"} >= set(MISSING), (
        refused.stderr
    )
    assert [error["message"] for error in errors if "/nowhere/gone.qcow2" in error["message"]]


@pytest.mark.parametrize("variables", [{}, ASCII_ONLY], ids=["utf-8", "ascii"])
def test_strange_names_are_shown_whole_and_can_be_named(
    command: Command, strangers: None, variables: dict[str, str]
) -> None:
    command.environ |= variables
    for name in ("-n", "größe-日本-🐧", "right\u202eto left"):
        assert command("instance", "show", "-o", "json", "--", name).json["name"] == name
    plans = command("instance", "start", "-n", "-o", "json", "--", *STRANGE).json
    assert [plan["instance"] for plan in plans] == STRANGE
    refused = command.run("instance", "destroy", "--yes", "-o", "json", "--", *STRANGE)
    errors = [json.loads(line)["error"] for line in refused.stderr.splitlines()]
    assert {error["resource"] for error in errors if error["code"] == "not-allowed"} == set(STRANGE)
    assert {row["name"] for row in command("instance", "list", "-o", "json").json} == set(STRANGE)
    listed = command("instance", "list", "--no-header").stdout
    assert len(listed.splitlines()) == len(STRANGE)
    assert not {"\u009b", "\u202e", "\t"} & set(listed)
    for output in ("csv", "yaml", "wide"):
        assert command("instance", "list", "-o", output).stderr == ""
    # No two of them become one, as with question marks for what the encoding lacks.
    column = command("instance", "list", "-o", "csv", "-c", "name", "--no-header").stdout
    assert len(set(column.splitlines())) == len(STRANGE)


@pytest.mark.parametrize("variables", [{}, ASCII_ONLY], ids=["utf-8", "ascii"])
def test_strange_names_go_through_xargs_and_back(command: Command, strangers: None, variables: dict[str, str]) -> None:
    """A name that xargs, a shell or an encoding would change is called by its id."""
    command.environ |= variables
    handles = set(command("instance", "list", "-q").stdout.splitlines())
    assert handles & set(STRANGE) == {"a=b,c", "n" * 200} | (set() if variables else {"größe-日本-🐧"})
    script = (
        f"{join(command.argv('instance', 'list', '-q'))} | xargs {join(command.argv('instance', 'start'))} -n -o json"
    )
    done = subprocess.run(
        ["bash", "-c", script], env=command.environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    assert {plan["instance"] for plan in json.loads(done.stdout)} == set(STRANGE)
    piped = subprocess.run(
        command.argv("instance", "start", "-", "-n", "-o", "json"),
        env=command.environ,
        input="größe-日本-🐧",
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert piped.stderr == ""
    assert [plan["instance"] for plan in json.loads(piped.stdout)] == ["größe-日本-🐧"]


def test_strange_names_are_taken_on_at_once_and_changed_also_where_a_list_still_calls_them_foreign(
    command: Command, strangers: None, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    """What somebody names is read, whatever this machine remembers of it."""
    elsewhere = Command(tmp_path / "elsewhere", {"lab": {"uri": libvirt_host.uri}})
    for each in (command, elsewhere):
        assert all(row["foreign"] for row in each("instance", "list", "-o", "json").json)
    command("instance", "adopt", "--", *STRANGE)
    assert not any(row["foreign"] for row in command("instance", "list", "-o", "json").json)
    elsewhere("instance", "autostart", "--", *STRANGE)
    gone = elsewhere("instance", "destroy", "--yes", "-o", "json", "--", *STRANGE).json
    assert {row["name"] for row in gone} == set(STRANGE)
    assert command("instance", "list", "-o", "json").json == []


def test_a_path_that_the_locale_has_no_letters_for_is_refused_with_the_remedy(command: Command) -> None:
    command.environ |= ASCII_ONLY
    answer = command.run("image", "import", "größe.img", "-o", "json")
    assert (answer.exit_status, answer.error["code"]) == (2, "usage")
    assert "C.UTF-8" in answer.error["hint"]
