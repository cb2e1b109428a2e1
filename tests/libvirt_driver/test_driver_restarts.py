"""A daemon that is killed and started again, or grows slow, in the middle of a command.

What waits goes on; what was being made ends in one sentence, can be named and is taken away; guests notice nothing.
"""

from __future__ import annotations

import signal
import subprocess
from threading import Event
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from libvirt_driver.bare_lab import BOUND, until

if TYPE_CHECKING:
    from libvirt_driver.bare_lab import BareLab
    from libvirt_host.proxy import During

OTHER = "instance destroy other --force --power-off --yes --ignore-missing"
SECOND = "image destroy second --yes --ignore-missing"

MADE: tuple[tuple[str, str, During, tuple[str, ...]], ...] = (
    ("instance create --name other --image bare --hwp tiny", "domain_define_xml", "after", (OTHER,)),
    ("instance create --name other --image bare --hwp tiny", "storage_vol_upload", "during", (OTHER,)),
    ("instance create --name other --image bare --hwp tiny", "domain_create", "during", (OTHER,)),
    ("image import {image} --name second", "storage_vol_upload", "during", (SECOND,)),
    ("instance clone web other", "storage_vol_create_xml_from", "during", (OTHER,)),
    ("image create second --from web", "storage_vol_create_xml_from", "during", (SECOND,)),
    ("volume create data --size 1GiB", "storage_vol_create_xml", "during", ("volume destroy data --yes",)),
    ("snapshot create web first", "domain_snapshot_create_xml", "during", ("snapshot destroy web first --yes",)),
    ("instance start web", "domain_create", "during", ()),
    ("instance start web", "domain_create", "before", ()),
)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=BOUND)
    assert "Traceback" not in said
    return process.returncode, said


def restarted_at(lab: BareLab, call: str, when: During) -> Event:
    """Have the daemon start anew at the next call of that name; set when it is there again."""
    there_again = Event()

    def restart() -> None:
        lab.host.restart_daemon()
        there_again.set()

    lab.proxy.do_at(call, restart, when=when)
    return there_again


@pytest.mark.parametrize(("line", "call", "when", "cleaning"), MADE, ids=lambda value: str(value).split(" --")[0])
def test_what_is_made_while_the_daemon_starts_anew(
    bare_lab: BareLab, line: str, call: str, when: During, cleaning: tuple[str, ...]
) -> None:
    lab = bare_lab
    clean, bystander = lab.volumes(), lab.qemu("bystander")
    there_again = restarted_at(lab, call, when)
    answer = lab.fragile.run(*lab.words(line), "-o", "json", timeout=BOUND)
    assert there_again.wait(BOUND)
    # In the middle may also be: just when it was done.
    assert answer.exit_status in (0, 7), answer.stderr
    if answer.exit_status:
        assert (answer.error["code"], "dcctl doctor" in answer.error["hint"]) == ("unreachable", True)
    # Nobody works on it any more; what was just being started the daemon itself puts an end to, in a moment.
    end = monotonic() + BOUND
    while not set(lab.here.instances().values()) <= {"running", "stopped", "error"}:
        assert monotonic() < end
    for step in cleaning:
        lab.here.run(*lab.words(step))
    lab.off("web")
    assert lab.volumes() == clean
    lab("doctor check")
    assert (lab.state("bystander"), lab.qemu("bystander")) == ("running", bystander)


def test_a_destroy_while_the_daemon_starts_anew_is_completed_by_the_next(bare_lab: BareLab) -> None:
    lab = bare_lab
    clean = lab.volumes()
    lab("instance clone web other")
    there_again = restarted_at(lab, "storage_vol_delete", "before")
    answer = lab.fragile.run("instance", "destroy", "other", "--yes", "-o", "json", timeout=BOUND)
    assert there_again.wait(BOUND)
    assert (answer.exit_status, answer.error["code"]) == (7, "unreachable"), answer.stderr
    assert lab.state("other") == "error"
    lab("instance destroy other --yes")
    assert lab.volumes() == clean


def test_waiting_outlasts_a_daemon_that_starts_anew(bare_lab: BareLab) -> None:
    lab = bare_lab
    lab("instance start web")
    lab.proxy.reset()
    stop = lab.fragile.start("instance", "stop", "web", "--power-off-after", "8s")
    until(lambda: lab.proxy.names.count("domain_shutdown_flags") + lab.proxy.names.count("domain_shutdown") > 1, stop)
    lab.host.restart_daemon()
    assert ended(stop)[0] == 0
    assert lab.state("web") == "stopped"


def test_who_waits_for_a_state_sees_it_after_the_daemon_is_back(bare_lab: BareLab) -> None:
    lab = bare_lab
    lab("instance start web")
    lab.proxy.reset()
    wait = lab.fragile.start("instance", "wait", "web", "--for", "state=stopped")
    until(lambda: "connect_domain_event_callback_register_any" in lab.proxy.names, wait)
    lab.host.restart_daemon()
    lab.off("web")
    assert ended(wait)[0] == 0


def test_waiting_for_a_daemon_that_stays_away_ends(bare_lab: BareLab) -> None:
    lab = bare_lab
    lab.proxy.reset()
    words = ("--realm-timeout", "1", "instance", "wait", "web", "--for", "state=running", "-o", "json")
    wait = lab.fragile.start(*words)
    until(lambda: "connect_domain_event_callback_register_any" in lab.proxy.names, wait)
    lab.host.kill_daemon()
    try:
        status, said = ended(wait)
    finally:
        lab.host.start_daemon()
    assert (status, '"unreachable"' in said) == (7, True)


def test_a_console_says_that_it_is_the_connection_that_ended(bare_lab: BareLab) -> None:
    lab = bare_lab
    lab("instance start web")
    lab.proxy.reset()
    console = lab.fragile.start("instance", "console", "web", "--read-only")
    assert console.stderr is not None
    assert console.stderr.readline() == "dcctl: reading the console of web\n"
    lab.host.restart_daemon()
    status, said = ended(console)
    assert (status, "dcctl: libvirt: " in said) == (7, True), said
    lab.off("web")


def test_who_follows_a_log_reads_on_after_the_daemon_is_back(bare_lab: BareLab) -> None:
    lab = bare_lab
    lab("instance start web")
    lab.proxy.reset()
    logs = lab.fragile.start("instance", "logs", "web", "--follow")
    until(lambda: lab.proxy.names.count("domain_get_metadata") > 3, logs)
    lab.host.restart_daemon()
    lab.off("web")
    assert ended(logs)[0] == 0


SILENT = (
    ("instance create --name other --image bare --hwp tiny", "storage_vol_create_xml", (OTHER,)),
    ("image import {image} --name second", "storage_vol_upload", (SECOND,)),
    ("instance clone web other", "storage_vol_create_xml_from", (OTHER,)),
    ("instance start web", "domain_create", ()),
    ("instance wait web --for state=running", "connect_domain_event_callback_register_any", ()),
)


@pytest.mark.parametrize(("line", "call", "cleaning"), SILENT, ids=lambda value: str(value).split(" --")[0])
def test_a_daemon_that_falls_silent_is_waited_for_as_long_as_was_said(
    bare_lab: BareLab, line: str, call: str, cleaning: tuple[str, ...]
) -> None:
    lab = bare_lab
    clean = lab.volumes()
    lab.proxy.fall_silent_at(call)
    answer = lab.fragile.run("--realm-timeout", "1", *lab.words(line), "-o", "json", timeout=BOUND)
    assert lab.proxy.sprung is not None
    assert (answer.exit_status, answer.error["code"]) == (7, "unreachable"), answer.stderr
    for step in cleaning:
        lab(step)
    assert (lab.volumes(), lab.state("web")) == (clean, "stopped")


def test_ctrl_c_twice_while_the_daemon_is_silent(bare_lab: BareLab) -> None:
    """The first asks to stop, which needs an answer; the second ends it at once."""
    lab = bare_lab
    lab.proxy.fall_silent_at("domain_create")
    start = lab.fragile.start("--realm-timeout", "300", "instance", "start", "web")
    until(lambda: lab.proxy.sprung is not None, start)
    start.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        start.wait(0.5)
    start.send_signal(signal.SIGINT)
    assert ended(start)[0] == -signal.SIGINT
    assert lab.state("web") == "stopped"


def test_ctrl_c_once_while_the_daemon_is_silent_ends_the_loop_of_a_shell(bare_lab: BareLab) -> None:
    lab = bare_lab
    lab.proxy.fall_silent_at("domain_create")
    start = lab.fragile.start("--realm-timeout", "1", "instance", "start", "web")
    until(lambda: lab.proxy.sprung is not None, start)
    start.send_signal(signal.SIGINT)
    assert ended(start)[0] == -signal.SIGINT


def test_ctrl_c_while_the_daemon_is_slow_leaves_nothing(bare_lab: BareLab) -> None:
    lab = bare_lab
    clean = lab.volumes()
    lab.proxy.reset()
    lab.proxy.delay(0.2)
    create = lab.fragile.start("instance", "create", "--name", "other", "--image", "bare", "--hwp", "tiny")
    until(lambda: "storage_vol_create_xml" in lab.proxy.names, create)
    create.send_signal(signal.SIGINT)
    assert ended(create)[0] == -signal.SIGINT
    lab.proxy.delay(0)
    assert "other" not in lab.here.instances()
    assert lab.volumes() == clean


def test_ctrl_c_just_as_the_guest_starts_leaves_a_finished_instance(bare_lab: BareLab) -> None:
    """A guest that runs is not taken away from whoever has seen it; it is whole, and goes on and off as any other."""
    lab = bare_lab
    clean = lab.volumes()
    creators: list[subprocess.Popen[str]] = []

    def press() -> None:
        creators[0].send_signal(signal.SIGINT)
        sleep(0.5)  # it is heard while the call is under way

    lab.proxy.do_at("domain_create", press, when="during")
    creators.append(lab.fragile.start("instance", "create", "--name", "other", "--image", "bare", "--hwp", "tiny"))
    assert ended(creators[0])[0] == -signal.SIGINT
    assert lab.state("other") == "running"
    lab.off("other")
    lab("instance start other")
    lab(OTHER)
    assert lab.volumes() == clean
