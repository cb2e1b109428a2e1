"""What the answers of cloud-init, of a shell without it, and of ssh mean. The real thing is tried in tests/libvirt_driver."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import pytest

from dcctl.cloud_init import await_cloud_init
from dcctl.errors import Cancelled, DcctlError, Failed, NotSupported, Timeout
from dcctl.job import Job
from dcctl.model import Instance, State
from dcctl.nouns.commands import Ended
from dcctl.ssh import Login

WEB = Instance("i-1", "web", State.RUNNING, realm="near")
LOGIN = Login("192.0.2.1", "dcctl-lab-i-1", "/nowhere/known_hosts", pinned=True)


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called ssh, for the test to write."""
    program = tmp_path / "ssh"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return program


def wait(ssh: Path, script: str, seconds: float = 10.0, job: Job | None = None) -> bool:
    ssh.write_text(f"#!/bin/sh\n{script}\n")
    return await_cloud_init(WEB, LOGIN, monotonic() + seconds, job or Job())


def test_done_and_degraded_are_both_the_end(ssh: Path) -> None:
    assert wait(ssh, "echo ....; echo; echo 'status: done'; exit 0") is True
    assert wait(ssh, "echo 'status: done'; exit 2") is False


@pytest.mark.parametrize(
    ("script", "kind", "said"),
    [
        ("echo ..; echo 'status: error'; exit 1", Failed, "cloud-init failed in web: status: error"),
        ("printf 'no\\033[2J'; exit 1", Failed, "cloud-init failed in web: no\\u001b[2J"),
        ("exit 1", Failed, "cloud-init failed in web: it says nothing"),
        ("exit 127", NotSupported, "there is no cloud-init in web"),
    ],
)
def test_other_endings_are_errors(ssh: Path, script: str, kind: type[DcctlError], said: str) -> None:
    with pytest.raises(kind) as caught:
        wait(ssh, script)
    assert (caught.value.message, caught.value.resource) == (said, "web")


def test_a_guest_that_does_not_let_us_in_yet_is_asked_again(ssh: Path, tmp_path: Path) -> None:
    script = f"[ -e {tmp_path}/second ] && exit 0; touch {tmp_path}/second; echo 'Permission denied' >&2; exit 255"
    assert wait(ssh, script) is True


def test_a_guest_that_never_lets_us_in_is_a_timeout_that_says_so(ssh: Path) -> None:
    message = "for cloud-init: ssh answers, but does not let us in, and no agent can be asked: Permission denied"
    with pytest.raises(Timeout, match=message):
        wait(ssh, "echo 'Permission denied' >&2; exit 255", seconds=0.5)


def test_a_cloud_init_that_goes_on_is_a_timeout_and_can_be_given_up(ssh: Path) -> None:
    with pytest.raises(Timeout, match="cloud-init has not finished") as caught:
        wait(ssh, "exec sleep 60", seconds=0.3)
    assert "wait near/web --for cloud-init" in (caught.value.hint or "")
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        wait(ssh, "exec sleep 60", job=job)


def test_where_no_network_leads_only_the_agent_is_asked_and_asked_again_while_it_is_silent() -> None:
    answers: list[DcctlError | Ended] = [Failed("it does not answer"), Ended(0, b"status: done\n", b"", False)]

    def agent(command: Sequence[str], seconds: float) -> Ended:
        answer = answers.pop(0)
        if isinstance(answer, DcctlError):
            raise answer
        return answer

    assert await_cloud_init(WEB, None, monotonic() + 10, Job(), agent) is True
    assert answers == []


@pytest.mark.parametrize(
    ("answer", "kind", "said", "hint"),
    [
        (
            Ended(1, b"status: error\n", b"", False),
            Failed,
            "failed in web: status: error",
            "dcctl instance exec near/web --",
        ),
        (Ended(127, b"", b"", False), NotSupported, "there is no cloud-init in web", "wait for state=running instead"),
        (
            Failed("it does not answer"),
            Timeout,
            "for cloud-init: no agent can be asked: it does not answer",
            "cloud-init",
        ),
        (Timeout("/bin/sh takes longer"), Timeout, "for cloud-init: cloud-init has not finished", "cloud-init"),
    ],
)
def test_what_the_agent_alone_says_names_no_ssh(
    answer: DcctlError | Ended, kind: type[DcctlError], said: str, hint: str
) -> None:
    def agent(command: Sequence[str], seconds: float) -> Ended:
        if isinstance(answer, DcctlError):
            raise answer
        return answer

    with pytest.raises(kind, match=said) as caught:
        await_cloud_init(WEB, None, monotonic() + 0.1, Job(), agent)
    assert hint in str(caught.value.hint)
    assert "ssh" not in f"{caught.value.message} {caught.value.hint}"


def test_an_agent_that_waits_for_cloud_init_until_the_end_was_asked_all_the_same(ssh: Path) -> None:
    ssh.write_text("#!/bin/sh\nexit 255\n")

    def agent(command: Sequence[str], seconds: float) -> Ended:
        raise Timeout("/bin/sh takes longer in web than asked to wait")

    with pytest.raises(Timeout, match="for cloud-init: cloud-init has not finished"):
        await_cloud_init(WEB, LOGIN, monotonic() + 0.2, Job(), agent)


def test_ssh_never_asks_and_is_told_whom_to_believe(ssh: Path, tmp_path: Path) -> None:
    wait(ssh, f'printf "%s\\n" "$@" >{tmp_path}/said')
    said = (tmp_path / "said").read_text().splitlines()
    assert {"BatchMode=yes", "StrictHostKeyChecking=yes", "HostKeyAlias=dcctl-lab-i-1"} <= set(said)
    assert said[-3:-1] == ["--", "192.0.2.1"]
