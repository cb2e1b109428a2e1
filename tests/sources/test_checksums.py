"""Checksum files, as coreutils, the BSDs, openssl and distributions write them."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING

import pytest

from dcctl.errors import NotFound, Usage
from dcctl.sources.checksums import digest_given, digest_listed

if TYPE_CHECKING:
    from pathlib import Path

A256, A512 = "a" * 64, "a" * 128
FEDORAS = f"""\
-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

# web.qcow2: 327155712 bytes
SHA256 (web.qcow2) = {A256}
-----BEGIN PGP SIGNATURE-----

iQIzBAEBCAAdFiEE
-----END PGP SIGNATURE-----
"""
SIGNED_NUMBER = f"""\
-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

{A256}
-----BEGIN PGP SIGNATURE-----

iQIzBAEBCAAdFiEE
-----END PGP SIGNATURE-----
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{A256}  web.qcow2\n", f"sha256:{A256}"),
        (f"{A256} *web.qcow2\r\n", f"sha256:{A256}"),
        (f"{A256.upper()}  ./images/web.qcow2\n", f"sha256:{A256}"),
        (f"{A256} web.qcow2\n", f"sha256:{A256}"),  # sha256sum -c reads it, too
        (f"\ufeff{A256}  web.qcow2\r\n", f"sha256:{A256}"),  # what editors of Windows put at the beginning
        (f"\ufeff{A256}", f"sha256:{A256}"),
        (f"SHA512 (web.qcow2) = {A512}\n", f"sha512:{A512}"),
        (f"SHA2-256(web.qcow2)= {A256}\n", f"sha256:{A256}"),
        (f"{A256}\n", f"sha256:{A256}"),
        (f"sha512:{A512}\n", f"sha512:{A512}"),
        (f"{A256}  web.qcow2\n{A512}  web.qcow2\n", f"sha512:{A512}"),
        (f"# web.qcow2: 1 byte\n{A256}  other\nSHA256 (web.qcow2) = {'b' * 64}\n", f"sha256:{'b' * 64}"),
        (FEDORAS, f"sha256:{A256}"),
        (FEDORAS.replace("\n", "\r\n"), f"sha256:{A256}"),
        (f"{'b' * 64}  web.qcow2\n{FEDORAS}{'b' * 64}  web.qcow2\n", f"sha256:{A256}"),  # what nobody has signed
        (SIGNED_NUMBER, f"sha256:{A256}"),
    ],
)
def test_the_digest_of_a_file_is_found(text: str, expected: str) -> None:
    assert digest_listed(text, "web.qcow2", "SUMS") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{A256}  web.qcow2.sig\n",
        "d41d8cd98f00b204e9800998ecf8427e  web.qcow2\n",  # md5
        f"SHA256 (web.qcow2) = {A512}\n",
        f"{A256}\n{A256}\n",
        "<html>web.qcow2</html>",
    ],
)
def test_a_file_that_is_not_in_it_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        digest_listed(text, "web.qcow2", "SUMS")


def test_two_different_digests_of_one_file_are_refused() -> None:
    with pytest.raises(Usage, match="different digests"):
        digest_listed(f"{A256}  web.qcow2\n{'b' * 64}  web.qcow2\n", "web.qcow2", "SUMS")


@pytest.mark.parametrize("prefix", ["", "./", "images/", "./images/"])
def test_of_files_of_one_name_it_is_the_one_in_the_same_folder(prefix: str) -> None:
    text = f"{'b' * 64}  {prefix}amd64/web.qcow2\n{A256}  {prefix}arm64/web.qcow2\n{'c' * 64}  web.qcow2\n"
    assert digest_listed(text, "/images/arm64/web.qcow2", "SUMS") == f"sha256:{A256}"
    assert digest_listed(text, "/elsewhere/web.qcow2", "SUMS") == f"sha256:{'c' * 64}"


@pytest.mark.parametrize("origin", ["https://example.org/web.qcow2.sha256", "/tmp/web.qcow2.SHA256SUM"])
def test_a_checksum_file_called_after_one_file_is_about_that_one(origin: str) -> None:
    text = f"{A256}  web-Build7.41.qcow2\n"
    assert digest_listed(text, "/web.qcow2", origin) == f"sha256:{A256}"
    for other, path in (("SHA256SUMS", "/web.qcow2"), (origin, "/other.qcow2")):
        with pytest.raises(NotFound):
            digest_listed(text, path, other)
    with pytest.raises(NotFound):
        digest_listed(f"{text}{'b' * 64}  web-Build7.42.qcow2\n", "/web.qcow2", origin)


@pytest.mark.parametrize("options", [[], ["--tag"], ["--binary"]])
@pytest.mark.parametrize("name", ["web.qcow2", "my web.qcow2", "back\\slash.qcow2"])
def test_what_sha256sum_writes_is_read(tmp_path: Path, options: list[str], name: str) -> None:
    (tmp_path / name).write_bytes(b"disk")
    command = ["sha256sum", *options, name]
    written = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert digest_listed(written, name, "SUMS") == f"sha256:{hashlib.sha256(b'disk').hexdigest()}"


def test_a_digest_is_typed_with_its_kind_or_as_the_bare_number() -> None:
    assert digest_given(f"SHA256:{A256}") == digest_given(A256.upper()) == f"sha256:{A256}"
    assert digest_given(A512) == f"sha512:{A512}"
    for wrong in ("", "sha256:", f"md5:{'a' * 32}", "a" * 63, f"sha512:{A256}", f"sha256:{'g' * 64}"):
        with pytest.raises(Usage):
            digest_given(wrong)
