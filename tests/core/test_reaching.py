"""Whether somebody speaks ssh at an address: tried on real sockets."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from dcctl.errors import Failed
from dcctl.reaching import greeting_problem, greeting_problem_through

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def answering(*said: bytes, hang_up: bool = True) -> Iterator[int]:
    """A port where every caller is told this, piece by piece."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def serve() -> None:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            held.append(caller)
            for piece in said:
                caller.sendall(piece)
            if hang_up:
                caller.close()

        thread = Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()
        for caller in held:
            caller.close()


@pytest.mark.parametrize(
    "said",
    [(b"SSH-2.0-dropbear\r\n",), (b"wel", b"come\r\nSS", b"H-2.0-OpenSSH_9.2\r\n"), (b"a\n" * 50, b"SSH-1.99-x")],
)
def test_ssh_is_known_by_its_greeting_which_may_come_in_pieces_and_late(said: tuple[bytes, ...]) -> None:
    with answering(*said) as port:
        assert greeting_problem("127.0.0.1", port, 5.0) is None


@pytest.mark.parametrize(
    ("said", "hang_up", "problem"),
    [
        ((b"",), True, "the connection is closed at once"),
        ((b"HTTP/1.1 400 Bad Request\r\n" * 300,), False, "something else than ssh answers"),
        ((b"",), False, "nobody answers"),
    ],
)
def test_what_is_there_instead_is_told(said: tuple[bytes, ...], hang_up: bool, problem: str) -> None:
    with answering(*said, hang_up=hang_up) as port:
        assert greeting_problem("127.0.0.1", port, 0.2) == problem


def test_a_closed_port_and_an_unknown_name_are_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert greeting_problem("127.0.0.1", port, 1.0) == "there is nobody (Connection refused)"
    assert "name" in (greeting_problem("no such host.invalid", 22, 1.0) or "")


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("echo SSH-2.0-x; exec sleep 60", None),
        ("echo connect failed: refused >&2; exit 255", "there is nobody through root@gate (connect failed: refused)"),
        ("exit 255", "there is nobody through root@gate (closed at once)"),
        ("exec sleep 60", "nobody answers through root@gate"),
        ("exec yes", "something else than ssh answers"),
    ],
)
def test_another_host_is_asked_to_look_by_ssh(
    script: str, problem: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ssh"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{tmp_path}/said\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    seconds = 0.5 if "sleep" in script and problem else 10.0
    assert greeting_problem_through("root@gate", "fd00::5", 22, seconds) == problem
    said = (tmp_path / "said").read_text().splitlines()
    assert said[-4:] == ["-W", "[fd00::5]:22", "--", "root@gate"]
    assert "BatchMode=yes" in said
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(Failed, match="cannot run ssh"):
        greeting_problem_through("root@gate", "fd00::5", 22, 1.0)
