"""``image import`` of what lies elsewhere: on servers that behave and on servers that do not, in the catalogue, on standard input."""

from __future__ import annotations

import hashlib
import os
import signal
import ssl
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.helpers import PROGRAM
from cli.image_server import Served, Server, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.helpers import Dcctl

CONTENT = b"QFI\xfb" + os.urandom(3 << 20)
RIGHT, RIGHT_512 = hashlib.sha256(CONTENT).hexdigest(), hashlib.sha512(CONTENT).hexdigest()
WRONG = "f" * 64
PATH = "/images/debian-12.qcow2"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        server.files[PATH] = Served(CONTENT)
        yield server


@pytest.fixture
def served(server: Server) -> Served:
    return server.files[PATH]


@pytest.fixture
def catalogue(tmp_path: Path, server: Server) -> dict[str, str]:
    """The variables that select a catalogue with images on that server."""
    (tmp_path / "local.raw").write_bytes(CONTENT)
    path = tmp_path / "profiles.yaml"
    path.write_text(
        "version: 1\nrealms:\n  us: {mock: {}}\nimages:\n"
        f"  good: {{source: '{server.url(PATH)}', sha256: {RIGHT}, architecture: x86_64, user: debian}}\n"
        f"  good512: {{source: '{server.url(PATH)}', sha512: {RIGHT_512}}}\n"
        f"  local: {{source: local.raw, sha512: {RIGHT_512}}}\n"
        f"  changed: {{source: '{server.url(PATH)}', sha256: {WRONG}}}\n"
        f"  missing: {{source: '{server.url('/missing')}', sha256: {WRONG}}}\n"
        f"  gone: {{source: 'http://127.0.0.1:9/', sha256: {WRONG}}}\n"
    )
    return {"DCCTL_CATALOGUE": str(path)}


def kept(tmp_path: Path) -> list[int]:
    """The sizes of what is there of downloads."""
    return [path.stat().st_size for path in (tmp_path / "cache").rglob("*.part")]


def leftovers(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "cache" / "dcctl" / "downloads").glob("*")]


def import_url(server: Server, *options: str) -> tuple[str, ...]:
    return ("image", "import", server.url(PATH), "--digest", f"sha256:{RIGHT}", "-o", "json", *options)


# What is named how


@pytest.mark.parametrize("name", ["good", "good512", "local"])
def test_an_image_of_the_catalogue_is_fetched_checked_and_published(
    dcctl: Dcctl, catalogue: dict[str, str], tmp_path: Path, name: str
) -> None:
    (image,) = dcctl.ok("image", "import", name, "-o", "json", **catalogue).json
    assert (image["name"], image["size_bytes"]) == (name, len(CONTENT))
    assert image["digest"] == f"sha256:{RIGHT}"
    if name == "good":
        assert (image["architecture"], image["user"]) == ("x86_64", "debian")
    assert leftovers(tmp_path) == []


def test_a_url_is_fetched_and_the_image_is_called_as_its_file(dcctl: Dcctl, server: Server, tmp_path: Path) -> None:
    (image,) = dcctl.ok(*import_url(server)).json
    assert (image["name"], image["digest"]) == ("debian-12", f"sha256:{RIGHT}")
    assert leftovers(tmp_path) == []


def test_standard_input_is_an_image_that_needs_a_name(dcctl: Dcctl, tmp_path: Path) -> None:
    def piped(*options: str) -> subprocess.CompletedProcess[bytes]:
        command = [*PROGRAM, "image", "import", "-", "-o", "json", *options]
        return subprocess.run(command, input=CONTENT, env=dcctl.environ(), capture_output=True, check=False)

    assert piped().returncode == 2
    wrong = piped("--name", "piped", "--digest", WRONG)
    assert (wrong.returncode, b"standard input is not the file that was meant" in wrong.stderr) == (2, True)
    assert piped("--name", "piped", "--sha512", RIGHT_512).returncode == 0
    assert dcctl.ok("image", "show", "piped", "-o", "json").json["digest"] == f"sha256:{RIGHT}"
    nothing = dcctl("image", "import", "-", "--name", "empty")
    assert (nothing.exit_status, "nothing on standard input" in nothing.stderr) == (2, True)
    assert leftovers(tmp_path) == []


def test_a_local_file_needs_no_place_for_downloads_and_a_download_says_that_it_does(
    dcctl: Dcctl, catalogue: dict[str, str], server: Server
) -> None:
    nowhere = {"XDG_CACHE_HOME": "/dev/null", **catalogue}
    dcctl.ok("image", "import", "local", **nowhere)
    result = dcctl(*import_url(server), **nowhere)
    assert (result.exit_status, "XDG_CACHE_HOME" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a.qcow2",
        "file:///etc/passwd",
        "http://",
        "https://name:secret@example.org/a.qcow2",
        "https://example.org:port/a.qcow2",
        "https://example.org/a b.qcow2",
        "https://[::1/a.qcow2",
    ],
)
def test_what_is_no_url_of_an_image_is_refused_before_anything_is_asked(dcctl: Dcctl, url: str) -> None:
    result = dcctl("image", "import", url, "--digest", RIGHT, "--dry-run")
    assert (result.exit_status, result.stdout) == (2, "")
    assert "secret" not in result.stderr


def test_http_without_a_digest_is_refused(dcctl: Dcctl, server: Server) -> None:
    result = dcctl("image", "import", server.url(PATH))
    assert (result.exit_status, "anybody may change it" in result.stderr) == (2, True)
    assert server.requests == []


def test_a_digest_that_is_typed_wins_over_the_catalogue(dcctl: Dcctl, catalogue: dict[str, str]) -> None:
    assert dcctl("image", "import", "local", "--sha256", WRONG, **catalogue).exit_status == 2
    dcctl.ok("image", "import", "changed", "--sha256", RIGHT, **catalogue)


def test_a_dry_run_fetches_nothing(dcctl: Dcctl, catalogue: dict[str, str], server: Server) -> None:
    (image,) = dcctl.ok("image", "import", "good", "--dry-run", "-o", "json", **catalogue).json
    assert (image["name"], image["state"]) == ("good", "pending")
    assert server.requests == []


def test_nothing_is_fetched_for_a_name_that_is_taken(
    dcctl: Dcctl, catalogue: dict[str, str], server: Server, tmp_path: Path
) -> None:
    dcctl.ok("image", "import", "local", "--name", "good", "--realm", "us", **catalogue)
    for more in ((), ("--dry-run",)):
        taken = dcctl("image", "import", "good", "--realm", "us", *more, **catalogue)
        assert (taken.exit_status, taken.stdout) == (5, "")
        assert "there is an image us/good already: it is available" in taken.stderr
    assert (server.requests, leftovers(tmp_path)) == ([], [])


# What goes wrong


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("changed", 2, "is not the file that was meant"),
        ("missing", 4, "404"),
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
    states = {row["name"]: row["state"] for row in dcctl.ok("image", "list", "-o", "json", **catalogue).json}
    assert states.get(name, "not-imported") == "not-imported"


def test_a_server_that_wants_a_password_and_one_that_is_broken_are_told_apart(
    dcctl: Dcctl, server: Server, served: Served
) -> None:
    served.status = 403
    assert dcctl(*import_url(server)).exit_status == 7
    served.status = 501
    assert dcctl(*import_url(server)).exit_status == 1


def test_a_file_that_is_shorter_than_its_server_says_is_unreachable(
    dcctl: Dcctl, server: Server, served: Served
) -> None:
    served.claims, served.ranges = len(CONTENT) + 1000, False
    result = dcctl(*import_url(server))
    assert result.exit_status == 7
    assert f"after {len(CONTENT)} of {len(CONTENT) + 1000}" in result.stderr


def test_redirects_are_followed_within_http_and_not_to_other_schemes(dcctl: Dcctl, server: Server) -> None:
    server.files["/latest"] = Served(b"", location=PATH)
    dcctl.ok("image", "import", server.url("/latest"), "--digest", RIGHT)
    for location in ("file:///etc/passwd", "ftp://localhost/x", "/latest-2"):
        server.files["/latest-2"] = Served(b"", location=location)
        result = dcctl("image", "import", server.url("/latest-2"), "--digest", RIGHT)
        assert result.exit_status in (1, 7), result.stderr
        assert "Traceback" not in result.stderr
        assert "u000a" not in result.stderr, "one line, and no others hidden in it"


def test_the_way_may_lead_through_a_proxy_which_is_named_where_it_fails(dcctl: Dcctl, server: Server) -> None:
    elsewhere = "http://elsewhere.example/web.qcow2"
    server.files[elsewhere] = Served(CONTENT)
    command = ("image", "import", elsewhere, "--digest", RIGHT)
    assert dcctl.process(*command, http_proxy=server.base).exit_status == 0
    server.files[elsewhere].status = 407
    refused = dcctl.process(*command, "--name", "other", http_proxy=server.base)
    assert (refused.exit_status, "NAME:PASSWORD@PROXY" in refused.stderr) == (7, True)
    gone = dcctl.process(*command, "--name", "other", http_proxy="http://ann:secret@127.0.0.1:9")
    assert (gone.exit_status, "the proxy 127.0.0.1:9 of http_proxy" in gone.stderr) == (7, True)
    assert "secret" not in gone.stderr


# Going on


def test_a_connection_that_breaks_off_is_taken_up_where_it_broke(dcctl: Dcctl, server: Server, served: Served) -> None:
    """lima#5171, lima#2722: downloads that broke off pile up and begin anew"""
    served.breaks_after = [1 << 20, 1 << 20]
    dcctl.ok(*import_url(server))
    assert server.ranges(PATH) == [None, f"bytes={1 << 20}-", f"bytes={2 << 20}-"]


def test_what_was_fetched_is_kept_for_the_next_command_and_only_for_its_owner(
    dcctl: Dcctl, server: Server, served: Served, tmp_path: Path
) -> None:
    served.breaks_after = [1 << 20, 0, 0, 0, 0]
    broken = dcctl(*import_url(server))
    assert broken.exit_status == 7
    assert "1.0 MiB are kept" in broken.stderr
    assert kept(tmp_path) == [1 << 20]
    for path in (tmp_path / "cache" / "dcctl" / "downloads").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
    served.breaks_after.clear()
    dcctl.ok(*import_url(server))
    assert server.ranges(PATH)[-1] == f"bytes={1 << 20}-"
    assert leftovers(tmp_path) == []


def test_ctrl_c_keeps_what_was_fetched(dcctl: Dcctl, server: Server, served: Served, tmp_path: Path) -> None:
    served.stalls_after = 1 << 20
    process = dcctl.begin(*import_url(server))
    while kept(tmp_path) != [1 << 20]:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)  # though the server is silent
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert "Traceback" not in stderr
    served.go.set()
    dcctl.ok(*import_url(server))
    assert server.ranges(PATH)[-1] == f"bytes={1 << 20}-"


@pytest.mark.parametrize("heeds_if_range", [True, False])
def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(
    dcctl: Dcctl, server: Server, served: Served, heeds_if_range: bool
) -> None:
    served.content, served.etag = os.urandom(len(CONTENT)), '"old"'
    served.breaks_after = [1 << 20, 0, 0, 0, 0]
    assert dcctl(*import_url(server)).exit_status == 7
    server.files[PATH] = Served(CONTENT, etag='"new"', heeds_if_range=heeds_if_range)
    (image,) = dcctl.ok(*import_url(server)).json
    assert image["digest"] == f"sha256:{RIGHT}"


def test_a_server_that_knows_no_ranges_sends_all_of_it_again(dcctl: Dcctl, server: Server, served: Served) -> None:
    served.ranges, served.breaks_after = False, [1 << 20]
    (image,) = dcctl.ok(*import_url(server)).json
    assert image["digest"] == f"sha256:{RIGHT}"
    assert len(server.requests) == 2


def test_a_server_that_begins_anew_each_time_and_never_comes_to_its_end_is_given_up(
    dcctl: Dcctl, server: Server, served: Served
) -> None:
    served.ranges, served.breaks_after = False, [1 << 20, 1 << 19] * 10
    assert dcctl(*import_url(server)).exit_status == 7
    assert len(server.requests) == 5


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_proof_of_its_version_the_digest_decides_and_a_wrong_half_is_thrown_away(
    dcctl: Dcctl, server: Server, served: Served, etag: str | None
) -> None:
    served.content, served.etag = os.urandom(len(CONTENT)), etag
    served.breaks_after = [1 << 20, 0, 0, 0, 0]
    assert dcctl(*import_url(server)).exit_status == 7
    server.files[PATH] = Served(CONTENT, etag=etag)
    (image,) = dcctl.ok(*import_url(server)).json
    assert image["digest"] == f"sha256:{RIGHT}"
    assert "if-range" not in server.requests[-1][1]


def test_a_part_that_nobody_wanted_for_a_week_is_removed(dcctl: Dcctl, server: Server, tmp_path: Path) -> None:
    server.files["/other"] = Served(CONTENT, breaks_after=[1 << 20, 0, 0, 0, 0])
    assert dcctl("image", "import", server.url("/other"), "--digest", RIGHT).exit_status == 7
    assert len(kept(tmp_path)) == 1
    dcctl.ok(*import_url(server))
    assert len(kept(tmp_path)) == 1
    for path in (tmp_path / "cache" / "dcctl" / "downloads").glob("*"):
        os.utime(path, (0, time.time() - 8 * 24 * 3600))
    dcctl.ok(*import_url(server, "--name", "again"))
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("late", [False, True], ids=["woken at once", "woken when the other one has ended"])
def test_two_imports_of_the_same_thing_share_one_download(
    dcctl: Dcctl, server: Server, served: Served, tmp_path: Path, late: bool
) -> None:
    served.stalls_after = 1 << 20
    first = dcctl.begin(*import_url(server, "--realm", "us"))
    while kept(tmp_path) != [1 << 20]:
        assert first.poll() is None, first.communicate()
        time.sleep(0.02)
    second = dcctl.begin(*import_url(server, "--realm", "eu"), DCCTL_VERBOSE="1")
    while second.stderr is not None and "another download" not in second.stderr.readline():
        assert second.poll() is None, second.communicate()
    if late:  # as on a busy machine
        second.send_signal(signal.SIGSTOP)
    served.go.set()
    for process in (first, second):
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=40)
        assert process.returncode == 0
    assert len(server.requests) == 1
    assert leftovers(tmp_path) == []


def test_who_waits_for_another_download_goes_on_when_that_one_is_killed(
    dcctl: Dcctl, server: Server, served: Served, tmp_path: Path
) -> None:
    served.stalls_after = 1 << 20
    first = dcctl.begin(*import_url(server))
    while kept(tmp_path) != [1 << 20]:
        assert first.poll() is None, first.communicate()
        time.sleep(0.02)
    second = dcctl.begin(*import_url(server), DCCTL_VERBOSE="1")
    while second.stderr is not None and "another download" not in second.stderr.readline():
        assert second.poll() is None, second.communicate()
    first.kill()
    first.communicate()
    second.communicate(timeout=40)
    assert second.returncode == 0
    assert server.ranges(PATH) == [None, f"bytes={1 << 20}-"]


# https and checksum files


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of localhost that signs itself, with its key in the same file."""
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    about = ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, *about, "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(context) as server:
        server.files[PATH] = Served(CONTENT)
        yield server


def test_https_needs_no_digest_but_a_certificate_that_can_be_trusted(
    dcctl: Dcctl, secure: Server, certificate: Path
) -> None:
    refused = dcctl.process("image", "import", secure.url(PATH))
    assert refused.exit_status == 7
    assert "cannot trust the server" in refused.stderr
    trusted = dcctl.process("image", "import", secure.url(PATH), "-o", "json", SSL_CERT_FILE=str(certificate))
    assert trusted.exit_status == 0, trusted.stderr
    assert trusted.json[0]["digest"] == f"sha256:{RIGHT}"


def test_https_that_leads_to_http_is_refused_without_a_digest_and_with_one(
    dcctl: Dcctl, secure: Server, server: Server, certificate: Path
) -> None:
    secure.files["/latest"] = Served(b"", location=server.url(PATH))
    result = dcctl.process("image", "import", secure.url("/latest"), SSL_CERT_FILE=str(certificate))
    assert (result.exit_status, "from https to http" in result.stderr) == (2, True)
    assert server.requests == []


def test_a_download_over_https_without_a_digest_goes_on_only_in_the_same_version(
    dcctl: Dcctl, secure: Server, certificate: Path
) -> None:
    trusting = {"SSL_CERT_FILE": str(certificate)}
    secure.files[PATH] = Served(os.urandom(len(CONTENT)), etag='"old"', breaks_after=[1 << 20, 0, 0, 0, 0])
    assert dcctl.process("image", "import", secure.url(PATH), **trusting).exit_status == 7
    secure.files[PATH] = Served(CONTENT, etag='"new"')
    again = dcctl.process("image", "import", secure.url(PATH), "-o", "json", **trusting)
    assert again.json[0]["digest"] == f"sha256:{RIGHT}"


def test_the_digest_comes_from_a_checksum_file_beside_the_image(
    dcctl: Dcctl, secure: Server, server: Server, certificate: Path, tmp_path: Path
) -> None:
    trusting = {"SSL_CERT_FILE": str(certificate)}
    secure.files["/SHA512SUMS"] = Served(f"{RIGHT_512}  ./debian-12.qcow2\n{'0' * 128}  other.raw\n".encode())
    sums, image = secure.url("/SHA512SUMS"), server.url(PATH)
    right = dcctl.process("image", "import", image, "--digest-from", sums, **trusting)
    assert right.exit_status == 0, right.stderr
    secure.files["/SHA512SUMS"].content = f"{'0' * 128}  debian-12.qcow2\n".encode()
    wrong = dcctl.process("image", "import", image, "--name", "wrong", "--digest-from", sums, **trusting)
    assert (wrong.exit_status, "is not the file that was meant" in wrong.stderr) == (2, True)
    secure.files["/SHA512SUMS"].content = b"hello\n"
    lacking = dcctl.process("image", "import", image, "--name", "lacking", "--digest-from", sums, **trusting)
    assert (lacking.exit_status, "no sha512 of debian-12.qcow2" in lacking.stderr) == (4, True)
    local = tmp_path / "SHA256SUMS"
    local.write_text(f"SHA256 (debian-12.qcow2) = {RIGHT}\n")
    dcctl.ok("image", "import", image, "--name", "by-file", "--digest-from", str(local))
    over_http = dcctl("image", "import", image, "--name", "plain", "--digest-from", server.url("/SHA512SUMS"))
    assert (over_http.exit_status, "proves nothing" in over_http.stderr) == (2, True)
    twice = dcctl("image", "import", image, "--digest-from", str(local), "--digest", RIGHT)
    assert twice.exit_status == 2
