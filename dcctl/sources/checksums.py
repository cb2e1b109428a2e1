"""Digests of files: as people type them, and in the files that sha256sum and its relatives write. Pure but for ``check_file``.

Formats: coreutils (``HEX  NAME``, ``HEX *NAME``, with a backslash before HEX when NAME is escaped; also with one blank), BSD
(``SHA256 (NAME) = HEX``), openssl (``SHA2-256(NAME)= HEX``), and a file with nothing but the number; each also inside a signed message
(RFC 4880, chapter 7), as Fedora and openSUSE publish them.
"""

from __future__ import annotations

import re

from dcctl.errors import NotFound, Usage
from dcctl.words import as_name, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.job import Job

DIGITS = {"sha256": 64, "sha512": 128}
"""The kinds that are known, the better one last, with how many hexadecimal digits each has."""

LARGEST_FILE = 4 << 20
"""More than any distribution's list of checksums has."""

_COREUTILS = re.compile(r"(\\?)([0-9A-Fa-f]{64}|[0-9A-Fa-f]{128})(?: [ *]?|\t)(.+)")
_TAGGED = re.compile(r"(\\?)SHA(?:2-)?(256|512) ?\((.+)\) ?= ?([0-9A-Fa-f]+)")
_BARE = re.compile(r"(?:sha256:)?[0-9A-Fa-f]{64}|(?:sha512:)?[0-9A-Fa-f]{128}")
_SIGNED = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[^\n]+\n)*\n(.*?)^-----BEGIN PGP SIGNATURE-----", re.DOTALL | re.MULTILINE
)
_CHUNK = 1 << 20


def digest_given(given: str) -> str:
    """``sha256:…`` or ``sha512:…`` in lower case; a bare number is what sha256sum or sha512sum prints. Raises ``Usage``."""
    kind, separator, number = given.strip().lower().partition(":")
    if not separator:
        kind, number = _kind_of(kind), kind
    if len(number) != DIGITS.get(kind, -1) or not set(number) <= set("0123456789abcdef"):
        raise Usage(
            f"not a digest: {as_name(given)}",
            hint="expected: sha256: and 64 hexadecimal digits, or sha512: and 128, as sha256sum and sha512sum print them",
        )
    return f"{kind}:{number}"


def digest_listed(text: str, path: str, origin: str) -> str:
    """The digest of the file at ``path``, from the content of a checksum file that came from ``origin``, a path or a URL.

    Of files of one name in several folders it is that of the folder. A checksum file that is called after the file and lists one only is
    about it, whatever the name there: openSUSE's says which build a name without a number leads to. The better kind wins where a file has
    both. Raises ``NotFound`` when the file is not in it, ``Usage`` when it is there twice with different numbers.
    """
    name = _base(path)
    lines = [line.strip("\r\n") for line in _signed(text).splitlines()]
    entries = list(_entries(lines))
    fitting = _fitting(entries, path)
    if not fitting and _base(origin).startswith(f"{name}.") and len({listed for listed, _ in entries}) == 1:
        fitting = {digest for _, digest in entries}
    if not entries:
        alone = [line.strip() for line in lines if line.strip()]
        fitting = {digest_given(alone[0])} if len(alone) == 1 and _BARE.fullmatch(alone[0]) else set()
    for kind in reversed(DIGITS):
        digests = sorted(digest for digest in fitting if digest.startswith(kind))
        if len(digests) > 1:
            raise Usage(
                f"{visible(origin)} has different digests of {visible(name)}",
                hint="take a checksum file of one version, or give the digest with --digest",
            )
        if digests:
            return digests[0]
    raise NotFound(
        f"{visible(origin)} has no sha256 and no sha512 of {visible(name)}",
        hint=f"it has: {', '.join(sorted({visible(_base(listed)) for listed, _ in entries})[:10])}"
        if entries
        else "is it a checksum file?",
        resource=name,
    )


def check_file(path: str, digest: str, job: Job, *, shown: str) -> None:
    """Raises ``Usage`` if the file, which people know as ``shown``, is another one than was meant."""
    found = file_digest(path, digest.partition(":")[0], job)
    if found != digest:
        raise wrong_digest(shown, found, digest)


def file_digest(path: str, kind: str, job: Job) -> str:
    """``sha256:…`` of a file. Raises ``Usage`` when it cannot be read."""
    from hashlib import new  # noqa: PLC0415  3 ms, only where a file is read

    number = new(kind)
    try:
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                number.update(chunk)
                job.check()
    except OSError as error:
        raise Usage(f"cannot read {visible(path)}: {error.strerror or error}", hint="check the file") from error
    return f"{kind}:{number.hexdigest()}"


def wrong_digest(source: str, found: str, meant: str) -> Usage:
    return Usage(f"{visible(source)} is not the file that was meant", hint=f"its digest is {found}, not {meant}")


def _signed(text: str) -> str:
    """What somebody has signed, if anybody has: neither the signature nor what stands beside it."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    found = _SIGNED.search(text)
    return text if found is None else re.sub(r"^- ", "", found[1], flags=re.MULTILINE)


def _fitting(entries: list[tuple[str, str]], path: str) -> set[str]:
    """The digests of a file of this name; those of the path itself where some are listed by it."""
    called = [(listed.removeprefix("./"), digest) for listed, digest in entries if _base(listed) == _base(path)]
    there = [(listed.count("/"), digest) for listed, digest in called if f"/{path}".endswith(f"/{listed}")]
    deepest = max((depth for depth, _ in there), default=0)
    return {digest for depth, digest in there if depth == deepest} or {digest for _, digest in called}


def _entries(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Every name with its digest; lines that are something else are skipped: signatures, comments, other kinds of digests."""
    for line in lines:
        if (match := _COREUTILS.fullmatch(line)) is not None:
            escaped, number, name = match.groups()
            yield (_unescaped(name) if escaped else name), f"{_kind_of(number)}:{number.lower()}"
        elif (match := _TAGGED.fullmatch(line)) is not None:
            escaped, bits, name, number = match.groups()
            if len(number) == DIGITS[f"sha{bits}"]:
                yield (_unescaped(name) if escaped else name), f"sha{bits}:{number.lower()}"


def _kind_of(number: str) -> str:
    return next((kind for kind, digits in DIGITS.items() if len(number) == digits), "")


def _base(name: str) -> str:
    """``debian.qcow2`` of ``./debian.qcow2``: lists are often made one folder above."""
    return name.rpartition("/")[2]


def _unescaped(name: str) -> str:
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "r": "\r"}.get(match[1], match[1]), name)
