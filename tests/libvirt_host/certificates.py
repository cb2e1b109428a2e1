"""Certificates for libvirt over TLS, made by openssl in a second: https://libvirt.org/kbase/tlscerts.html."""

from __future__ import annotations

import subprocess
from pathlib import Path

TLS_PORT = 16514
"""libvirtd's."""


class Authority:
    """Somebody who signs, in a folder of their own."""

    def __init__(self, folder: Path, name: str = "Lab") -> None:
        folder.mkdir()
        self.certificate = folder / "cacert.pem"
        self._folder, self._key = folder, folder / "cakey.pem"
        self._openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"),
            *("-keyout", str(self._key), "-out", str(self.certificate), "-subj", f"/CN={name}"),
        )

    def sign(self, folder: Path, kind: str, *, names: str = "IP:127.0.0.1", days: int = 1) -> Path:
        """A key and a certificate in the folder, which is made, called as libvirt's pkipath wants them; the authority's beside them.

        ``kind``: server or client. A negative number of days: it has expired already.
        """
        folder.mkdir(exist_ok=True)
        key, request, certificate = (folder / f"{kind}{suffix}" for suffix in ("key.pem", ".csr", "cert.pem"))
        self._openssl(
            *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", str(key), "-out", str(request), "-subj", f"/CN={kind}"),
        )
        extensions = folder / f"{kind}.ext"
        extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage={kind}Auth\n")
        self._openssl(
            *("x509", "-req", "-in", str(request), "-out", str(certificate), "-days", str(days)),
            *("-CA", str(self.certificate), "-CAkey", str(self._key), "-CAcreateserial", "-extfile", str(extensions)),
        )
        (folder / "cacert.pem").write_bytes(self.certificate.read_bytes())
        return folder

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self._folder, check=True, capture_output=True)
