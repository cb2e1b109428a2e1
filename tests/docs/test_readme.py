"""The README's promises: its example runs, its links lead somewhere, its table is true, and so is the demonstration."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import dcctl.cloud
from dcctl import errors

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text()


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DCCTL_", "XDG_"))}
    scripts = Path(sys.executable).parent
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8", "PATH": f"{scripts}:{kept['PATH']}"}


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
