"""``image import NAME``: images that the catalogue knows, from a server that behaves and from servers that do not."""

from __future__ import annotations

import hashlib
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.helpers import Dcctl

CONTENT = b"QFI\xfb" + bytes(3 << 20)


class Handler(BaseHTTPRequestHandler):
    """Serves one image whole, one short, one for ever, and nothing else."""

    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if self.path == "/short":
            self.wfile.write(CONTENT[:1000])
        elif self.path == "/slow":
            self.wfile.write(CONTENT[:1000])
            self.wfile.flush()
            while not self.server.ending.wait(0.05):  # type: ignore[attr-defined]
                try:
                    self.wfile.write(b"x")
                    self.wfile.flush()
                except OSError:
                    return
        else:
            self.wfile.write(CONTENT)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.ending = threading.Event()  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.ending.set()  # type: ignore[attr-defined]
        server.shutdown()


@pytest.fixture
def catalogue(tmp_path: Path, server: str) -> dict[str, str]:
    """The variables that select a catalogue with images on that server."""
    disk = tmp_path / "local.raw"
    disk.write_bytes(CONTENT)
    right, wrong = hashlib.sha256(CONTENT).hexdigest(), "f" * 64
    right512 = hashlib.sha512(CONTENT).hexdigest()
    path = tmp_path / "profiles.yaml"
    path.write_text(
        "version: 1\nrealms:\n  us: {mock: {}}\nimages:\n"
        f"  good: {{source: '{server}/good', sha256: {right}, architecture: x86_64, user: debian}}\n"
        f"  good512: {{source: '{server}/good', sha512: {right512}}}\n"
        f"  local: {{source: local.raw, sha512: {right512}}}\n"
        f"  changed: {{source: '{server}/good', sha256: {wrong}}}\n"
        f"  missing: {{source: '{server}/missing', sha256: {wrong}}}\n"
        f"  short: {{source: '{server}/short', sha256: {wrong}}}\n"
        f"  slow: {{source: '{server}/slow', sha256: {wrong}}}\n"
        f"  gone: {{source: 'http://127.0.0.1:9/', sha256: {wrong}}}\n"
    )
    return {"DCCTL_CATALOGUE": str(path)}


def leftovers(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "cache").rglob("download-*")]


@pytest.mark.parametrize("name", ["good", "good512", "local"])
def test_an_image_of_the_catalogue_is_fetched_checked_and_published(
    dcctl: Dcctl, catalogue: dict[str, str], tmp_path: Path, name: str
) -> None:
    (image,) = dcctl.ok("image", "import", name, "-o", "json", **catalogue).json
    assert (image["name"], image["size_bytes"]) == (name, len(CONTENT))
    assert image["digest"] == f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    if name == "good":
        assert (image["architecture"], image["user"]) == ("x86_64", "debian")
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("changed", 2, "is not the file that was meant"),
        ("missing", 4, "404"),
        ("short", 7, "broke off after 1000"),
        ("gone", 7, "refused"),
        ("nonesuch", 2, "a name of the catalogue: good, good512"),
    ],
)
def test_what_goes_wrong_is_one_line_and_leaves_nothing(
    dcctl: Dcctl, catalogue: dict[str, str], tmp_path: Path, name: str, status: int, words: str
) -> None:
    result = dcctl("image", "import", name, **catalogue)
    assert (result.exit_status, result.stdout) == (status, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert leftovers(tmp_path) == []
    assert len(dcctl.ok("image", "list", "-o", "json").json) == 3


def test_a_digest_that_is_typed_wins_over_the_catalogue(dcctl: Dcctl, catalogue: dict[str, str]) -> None:
    assert dcctl("image", "import", "local", "--sha256", "f" * 64, **catalogue).exit_status == 2
    dcctl.ok("image", "import", "changed", "--sha256", hashlib.sha256(CONTENT).hexdigest(), **catalogue)


def test_a_dry_run_fetches_nothing(dcctl: Dcctl, catalogue: dict[str, str]) -> None:
    (image,) = dcctl.ok("image", "import", "gone", "--dry-run", "-o", "json", **catalogue).json
    assert (image["name"], image["state"]) == ("gone", "pending")


def test_ctrl_c_during_the_download_leaves_nothing(dcctl: Dcctl, catalogue: dict[str, str], tmp_path: Path) -> None:
    process = dcctl.begin("image", "import", "slow", **catalogue)
    while not leftovers(tmp_path):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=40)
    assert (process.returncode, stdout) == (-signal.SIGINT, "")
    assert "Traceback" not in stderr
    assert leftovers(tmp_path) == []
