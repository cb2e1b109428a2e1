"""A real libvirtd over TLS, with certificates of the tests' own: who may in, and what is said to those who may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from libvirt_host.certificates import TLS_PORT, Authority
from libvirt_host.command import Command
from libvirt_host.host import HostUnavailable, LibvirtHost
from libvirt_host.relay import Relay
from libvirt_host.requirement import require


@dataclass(frozen=True)
class Guarded:
    """A host that lets in whom its authority has signed for."""

    host: LibvirtHost
    authority: Authority
    port: int
    folder: Path

    def uri(self, certificates: Path, name: str = "127.0.0.1") -> str:
        return f"qemu+tls://{name}:{self.port}/system?pkipath={certificates}"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority(folder / "authority")
    server = authority.sign(folder / "server", "server")
    try:
        with LibvirtHost(certificates=server) as host, Relay(host, TLS_PORT) as relay:
            yield Guarded(host, authority, relay.port, folder)
    except HostUnavailable as problem:
        require(str(problem))


@pytest.fixture(scope="module")
def client(guarded: Guarded) -> Path:
    return guarded.authority.sign(guarded.folder / "client", "client")


def test_whoever_was_signed_for_works_as_over_any_other_way(
    guarded: Guarded, client: Path, image_file: Path, tmp_path: Path
) -> None:
    command = Command(tmp_path / "home", {"lab": {"uri": guarded.uri(client)}})
    command("image", "import", str(image_file), "--user", "root")
    command("instance", "create", "--image", "tiny", "--hwp", "tiny", "--name", "web")
    assert command.instances() == {"web": "running"}
    command("instance", "destroy", "web", "--force", "--power-off", "--yes")
    command("image", "destroy", "tiny", "--yes")


@pytest.mark.parametrize("what", ["nobody's", "another authority's", "expired", "half"])
def test_whoever_may_not_in_is_told_to_look_at_the_certificates(
    guarded: Guarded, client: Path, tmp_path: Path, what: str
) -> None:
    other = Authority(tmp_path / "other", "Somebody else")
    folder = tmp_path / "client"
    match what:
        case "nobody's":
            folder.mkdir()
        case "another authority's":
            other.sign(folder, "client")
            (folder / "cacert.pem").write_bytes(guarded.authority.certificate.read_bytes())
        case "expired":
            guarded.authority.sign(folder, "client", days=-1)
        case "half":
            guarded.authority.sign(folder, "client")
            (folder / "clientkey.pem").unlink()
    refused = Command(tmp_path / "home", {"lab": {"uri": guarded.uri(folder)}}).run("instance", "list", "-o", "json")
    assert refused.exit_status == 7, refused.stderr
    assert refused.error["code"] in ("auth", "unreachable")
    assert "certificate" in refused.error["hint"], refused.error
    assert refused.stdout == ""


@pytest.mark.parametrize("what", ["another name", "another authority's"])
def test_a_server_that_cannot_prove_who_it_is_is_not_believed(
    guarded: Guarded, client: Path, tmp_path: Path, what: str
) -> None:
    folder, name = client, "127.0.0.1"
    if what == "another name":
        name = "localhost"
    else:
        folder = guarded.authority.sign(tmp_path / "client", "client")
        (folder / "cacert.pem").write_bytes(Authority(tmp_path / "other").certificate.read_bytes())
    refused = Command(tmp_path / "home", {"lab": {"uri": guarded.uri(folder, name)}}).run(
        "instance", "list", "-o", "json"
    )
    assert (refused.exit_status, refused.error["code"]) == (7, "auth"), refused.stderr
    assert "certificate" in refused.error["hint"]
