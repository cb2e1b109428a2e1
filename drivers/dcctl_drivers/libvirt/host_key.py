"""A guest's ssh host key, made before the guest: whoever logs in first knows already whom they must meet.

It travels on the seed, and cloud-init puts it in place instead of making one. The public half stands in the domain's record.
"""

from __future__ import annotations

import os
from typing import NamedTuple


class HostKey(NamedTuple):
    """``private`` is the text of an OpenSSH key file and goes to the seed, nowhere else; ``public`` is its kind and its number, no comment."""

    private: str
    public: str


def make() -> HostKey | None:
    """A new ed25519 key, by ssh-keygen: 7 ms. None where that is missing or makes no such keys (FIPS): the guest then makes its own."""
    import subprocess  # noqa: PLC0415  for create only
    from tempfile import TemporaryDirectory  # noqa: PLC0415  likewise

    # Only the user may look into either; the first is in memory, too.
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    with TemporaryDirectory(prefix="dcctl-", dir=runtime if os.path.isdir(runtime) else None) as directory:
        path = os.path.join(directory, "key")
        try:
            subprocess.run(  # noqa: S603  no word of it comes from outside
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path],  # noqa: S607  where it is, PATH says
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
            )
        except (OSError, subprocess.CalledProcessError):
            return None
        with open(path, encoding="ascii") as private, open(f"{path}.pub", encoding="ascii") as public:
            return HostKey(private.read(), " ".join(public.read().split()[:2]))
