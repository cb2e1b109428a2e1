"""The README's promises: its example runs, its links lead somewhere, its table is true, and so is the demonstration."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dcctl.cloud
from dcctl import errors
from requirement import program

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text()


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DCCTL_", "XDG_"))}
    scripts = Path(sys.executable).parent
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8", "PATH": f"{scripts}:{kept['PATH']}"}


def blocks(language: str) -> list[str]:
    """The code of the README in a language; of a console only what is typed after the prompt and is ours."""
    found = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    if language != "console":
        return found
    typed = ("\n".join(re.findall(r"^\$ (dcctl .*)$", block, re.MULTILINE)) for block in found)
    return [block for block in typed if block]


def run(script: str, home: Path) -> str:
    """What a script prints that uses the mock driver; it must not fail."""
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", script],
        cwd=home,
        env={**environment(home), "DCCTL_DRIVER": "mock"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with an image file and a key, as the README takes for granted."""
    (tmp_path / "debian-12.qcow2").write_bytes(b"an image")
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519.pub").write_text(f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{'A' * 43} me@here\n")
    return tmp_path


def test_the_first_commands_run(home: Path) -> None:
    run("dcctl image import debian-12.qcow2", home)
    assert "running" in run(blocks("console")[0], home)


def test_the_first_steps_run_from_the_image_to_the_end(home: Path) -> None:
    (steps,) = (block for block in blocks("console") if "image import" in block)
    assert {"config", "image", "instance"} <= {line.split()[1] for line in steps.splitlines()}
    # Nobody can log in where nothing is real, and the mock cloud lacks nothing; the test of real guests does it as it stands.
    for typed, instead in (("instance ssh web", "instance ssh web --print"), ("realm init local", "realm list")):
        assert typed in steps
        steps = steps.replace(typed, instead)
    run(steps, home)
    assert "web" not in run("dcctl instance list --quiet", home).split()


def test_the_lines_for_scripts_run(home: Path) -> None:
    program("jq", "apt install jq")
    run("dcctl image import debian-12.qcow2", home)
    for name in ("web", "old"):
        run(f"dcctl instance create --image debian-12 --hwp small --name {name}", home)
    run("dcctl instance stop old", home)
    (lines,) = blocks("sh")
    assert run(lines + 'echo "at $address"', home).splitlines()[-1].startswith("at img4.")
    assert run("dcctl instance list --filter state=stopped --quiet", home) == ""


def test_the_python_example_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", example], env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "web running\n"), done.stderr


def test_the_library_s_own_example_runs(tmp_path: Path) -> None:
    text = dcctl.cloud.__doc__ or ""
    example = "\n".join(line[4:] for line in text.splitlines() if line.startswith("    "))
    program = (
        "from dcctl import Cloud\nfrom dcctl.creation import CreateRequest\nfrom dcctl.model import Action\n" + example
    )
    subprocess.run([sys.executable, "-c", program], env=environment(tmp_path), check=True)


def test_every_link_leads_to_a_file() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert len(links) > 5
    assert [link for link in links if not (CHECKOUT / link).exists()] == []


def test_the_table_of_exit_statuses_is_complete() -> None:
    rows = {int(status) for status in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.DcctlError)]
    assert rows == {0} | {kind.exit_status for kind in kinds} - {errors.Cancelled.exit_status}


def test_the_demonstration_runs_through(tmp_path: Path) -> None:
    dcctl = Path(sys.executable).with_name("dcctl")
    shown = subprocess.run(
        [CHECKOUT / "tools" / "demo.sh", dcctl], env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    for promised in ("$ dcctl instance create", "(exit status 5)", "Allowed:", "$ dcctl instance destroy web --yes"):
        assert promised in shown.stdout
