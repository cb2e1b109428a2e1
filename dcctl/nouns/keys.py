"""The noun of public ssh keys that a provider keeps, and what the text of one says. Pure."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64

from dcctl.errors import Usage
from dcctl.frozen import frozen
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from dcctl.model import Realm

KINDS = (
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
"""What OpenSSH's sshd accepts as a public key in authorized_keys, but for certificates and DSA, which it no longer takes."""

_STRINGS = dict(zip(KINDS, (2, 3, 3, 3, 3, 3, 4), strict=True))
"""Of how many strings, each with its length before it, a key of each kind consists: RFC 8709, 4253 and 5656, and OpenSSH's PROTOCOL.u2f."""

LONGEST_BLOB = 2100
"""Bytes of the longest key that anybody has: RSA with 16,384 bits, which is the most that OpenSSH makes."""

_EXPECTED = "a line such as: ssh-ed25519 AAAA... comment"


@frozen
class Key:
    """A public key. ``realm`` is None when every realm of the endpoint can use it.

    ``public_key`` is the key in OpenSSH's format without a comment; None for one whose import was interrupted: only destroy is left.
    """

    id: str
    name: str
    realm: str | None = None
    public_key: str | None = None
    created: datetime | None = None

    @property
    def kind(self) -> str | None:
        """The first word: ``ssh-ed25519``."""
        return None if self.public_key is None else self.public_key.partition(" ")[0]

    @property
    def fingerprint(self) -> str | None:
        """As ``ssh-keygen -l`` prints it: ``SHA256:…``."""
        return None if self.public_key is None else fingerprint(self.public_key)


@frozen
class KeySpec:
    """A request to keep a public key: ``public_key`` as ``checked`` returns it."""

    name: str
    public_key: str
    realm: Realm


def checked(line: str) -> str:
    """The key in a line of OpenSSH's format, without its comment. Raises ``Usage`` for what is none (RFC 4253, section 6.6)."""
    words = line.split()
    if len(words) < 2 or not line.isprintable():
        raise Usage(f"not a public ssh key: {visible(line[:60])}", hint=f"expected: {_EXPECTED}")
    kind, encoded = words[0], words[1]
    if kind not in KINDS:
        raise Usage(f"not a kind of ssh key that can log in: {visible(kind[:60])}", hint=f"known: {', '.join(KINDS)}")
    try:
        blob = b64decode(encoded, validate=True)
    except NotBase64:
        blob = b""
    if kind_of(blob) != kind or len(blob) > LONGEST_BLOB or not _whole(kind, blob):
        raise Usage(f"the {kind} key is damaged", hint="copy the whole line of the .pub file")
    return f"{kind} {b64encode(blob).decode()}"


def _whole(kind: str, blob: bytes) -> bool:
    """Whether the key consists of as many strings as its kind has, and ends with the last one."""
    position, count = 0, 0
    while position < len(blob):
        position += 4 + int.from_bytes(blob[position : position + 4])
        count += 1
    return position == len(blob) and count == _STRINGS[kind]


def blob_of(public_key: str) -> bytes:
    """The key itself: what stands in base64 after its kind."""
    return b64decode(public_key.split()[1])


def from_blob(blob: bytes) -> str | None:
    """The key in OpenSSH's format; None for bytes that are no key."""
    kind = kind_of(blob)
    return f"{kind} {b64encode(blob).decode()}" if kind in KINDS else None


def kind_of(blob: bytes) -> str | None:
    """The kind that the key names itself: a string of RFC 4251, its length in four bytes before it; something must follow."""
    end = 4 + int.from_bytes(blob[:4])
    return blob[4:end].decode(errors="replace") if len(blob) > end else None


def fingerprint(public_key: str) -> str:
    """``SHA256:`` and the digest in base64 without padding."""
    from hashlib import sha256  # noqa: PLC0415  3 ms that creating with a key need not pay

    return f"SHA256:{b64encode(sha256(blob_of(public_key)).digest()).decode().rstrip('=')}"
