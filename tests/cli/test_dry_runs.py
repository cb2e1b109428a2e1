"""A dry run sends nothing that writes: not a byte of the provider's file or of ours is another one afterwards."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from cli.test_tree import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl

ARGUMENTS = {
    ("instance", "create"): ["--image", "img1", "--hwp", "m1-large", "--name", "web"],
    ("instance", "start"): ["inst0"],
    ("image", "import"): ["{file}", "--name", "new", "--realm", "us"],
    ("image", "destroy"): ["img2"],
    ("network", "create"): ["new", "--realm", "us"],
    ("network", "destroy"): ["lab"],
    ("key", "import"): ["{key}", "--name", "new"],
    ("key", "create"): ["new", "--file", "{folder}/made"],
    ("key", "destroy"): ["mine"],
    ("config", "init"): [],
    ("context", "use"): ["other"],
}
"""What has no line here is tried on an instance. It may be refused, it may not write."""


def files_below(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path): (sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "cache" not in path.parts
    }


@pytest.mark.parametrize(
    ("noun", "verb"),
    [(noun, verb) for noun, verb, command in COMMANDS if any("--dry-run" in each.opts for each in command.params)],
)
def test_a_dry_run_writes_nothing(dcctl: Dcctl, tmp_path: Path, noun: str, verb: str) -> None:
    given = {"file": tmp_path / "new.qcow2", "key": tmp_path / "new.pub", "folder": tmp_path}
    given["file"].write_bytes(b"QFI\xfb" + bytes(508))
    given["key"].write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me\n")
    configuration = tmp_path / "config" / "dcctl" / "config.yaml"
    configuration.parent.mkdir(parents=True)
    configuration.write_text("version: 1\ncontexts: {one: {driver: mock}, other: {driver: mock}}\ncontext: one\n")
    configuration.chmod(0o600)
    dcctl.ok("key", "import", str(given["key"]), "--name", "mine")
    dcctl.ok("network", "create", "lab", "--realm", "us")
    dcctl.ok("instance", "stop", "inst0")
    before = files_below(tmp_path)
    words = [word.format_map(given) for word in ARGUMENTS.get((noun, verb), ["inst3"])]
    result = dcctl(noun, verb, *words, "--dry-run")
    if (noun, verb) in ARGUMENTS:
        assert (result.exit_status, result.stderr) == (0, "")
        assert result.stdout != ""
    assert files_below(tmp_path) == before
