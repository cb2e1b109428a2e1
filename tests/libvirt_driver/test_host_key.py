"""Host keys of new guests: made by ssh-keygen where it is, and none where it is not."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from dcctl_drivers.libvirt import host_key, seed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder for what lives as long as the session; where keys are made."""
    folder = tmp_path / "runtime"
    folder.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


def test_a_key_is_a_pair_and_leaves_no_file_behind(runtime: Path, tmp_path: Path) -> None:
    made, other = host_key.make(), host_key.make()
    assert made is not None
    assert made != other
    assert list(runtime.iterdir()) == []
    private = tmp_path / "key"
    private.write_text(made.private)
    private.chmod(0o600)
    derived = subprocess.run(["ssh-keygen", "-y", "-f", private], capture_output=True, text=True, check=True).stdout
    assert derived.split()[:2] == made.public.split()
    assert made.public.startswith("ssh-ed25519 ")
    assert len(made.public.split()) == 2


def test_without_ssh_keygen_or_where_it_refuses_there_is_none(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    assert host_key.make() is None
    refusing = programs / "ssh-keygen"
    refusing.write_text("#!/bin/sh\nexit 1\n")
    refusing.chmod(0o755)
    assert host_key.make() is None
    assert list(runtime.iterdir()) == []


def test_a_key_is_vendor_data_and_user_data_of_any_kind_stays_as_it_was() -> None:
    key = host_key.HostKey('-----BEGIN\n"x" \\ é\n', "ssh-ed25519 AAAA")
    for user_data in (b"#!/bin/sh\n", b"\x1f\x8b\x00gzip", b"Content-Type: multipart/mixed; boundary=x\n\n--x--\n"):
        files = seed.files("uuid", "web", (), user_data, key)
        assert files["user-data"] == user_data
        head, _, body = files["vendor-data"].partition(b"\n")
        assert head == b"#cloud-config"
        assert json.loads(body) == {"ssh_keys": {"ed25519_private": key.private, "ed25519_public": key.public}}
    assert "vendor-data" not in seed.files("uuid", "web", (), None, None)


def test_the_folder_for_making_keys_is_private(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen by the program that is called instead of ssh-keygen."""
    programs = tmp_path / "bin"
    programs.mkdir()
    spy = programs / "ssh-keygen"
    spy.write_text(f'#!/bin/sh\nfor last; do :; done\nstat -c %a "$(dirname "$last")" >{tmp_path}/mode\nexit 1\n')
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    host_key.make()
    assert (tmp_path / "mode").read_text() == "700\n"
