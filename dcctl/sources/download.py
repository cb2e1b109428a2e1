"""A URL to a file that has been checked, going on where an earlier attempt, also of another process, broke off."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

from dcctl.errors import DcctlError, Failed, Usage
from dcctl.sources import http, parts
from dcctl.sources.checksums import LARGEST_FILE, file_digest, wrong_digest
from dcctl.sources.http import BrokenOff, check_url
from dcctl.sources.parts import Hold, Origin, Part, held, local_failure
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.job import Job
    from dcctl.sources.http import Answer

MOST_ATTEMPTS = 4
"""In a row that brought nothing. Connections that break off again and again, but bring something, are endured."""

PAUSE_SECONDS = 0.5
"""Before the second attempt; twice as long before each further one that follows a vain one."""


class _Anew(Exception):
    """What has come belongs to another version of the file."""


@contextmanager
def downloaded(url: str, digest: str | None, directory: str, job: Job, *, purpose: str | None = None) -> Iterator[str]:
    """The path of the whole file, while the block runs; nobody changes it meanwhile. ``purpose``: what others are told it is for.

    Raises ``Usage`` when it is not the one that was meant. If the block raises, the file stays for the next attempt.
    """
    check_url(url)
    if digest is None and not url.startswith("https:"):
        raise Usage(
            f"{visible(url)} comes over http, where anybody may change it",
            hint="give its digest with --digest or --digest-from, or in the catalogue; or use https",
        )
    parts.remove_old(directory)
    try:
        with held(directory, url, job) as (hold, writing):
            if writing:
                try:
                    _complete(hold.part, digest, purpose, job)
                except DcctlError as error:
                    raise _with_remainder(error, hold.part) from error
                hold.share()
            elif digest is not None:
                _check(hold, digest, job)
            yield hold.part.path
    except OSError as error:
        raise local_failure(error) from error


def text_of(url: str) -> str:
    """The content of a small text file. Raises ``Usage`` when it is large, or comes over http."""
    check_url(url)
    if not url.startswith("https:"):
        raise Usage(
            f"{visible(url)} comes over http, where anybody may change it: it proves nothing",
            hint="use https, or a file that you trust",
        )
    content = b""
    with http.get(url) as answer:
        for chunk in answer.chunks():
            content += chunk
            if len(content) > LARGEST_FILE:
                raise Usage(f"{visible(url)} is too large for a checksum file", hint="check the address")
    return content.decode(errors="replace")


def path_of(url: str) -> str:
    """``/path/debian-12.qcow2`` of ``https://host/path/debian-12.qcow2?version=1``."""
    from urllib.parse import unquote  # noqa: PLC0415  loaded already

    return unquote(urlsplit(url).path)


def _complete(part: Part, digest: str | None, purpose: str | None, job: Job) -> None:
    """Fetch what is missing, and check it. What was begun by an earlier attempt, and is wrong, is fetched anew once."""
    for resumed in (part.size() > 0, False):
        part.note(replace(part.origin(), purpose=purpose))
        _fetch(part, digest, job)
        if digest is None:
            return
        job.stage("check")
        found = file_digest(part.path, digest.partition(":")[0], job)
        if found == digest:
            return
        part.begin_anew()
        if not resumed:
            raise wrong_digest(part.url, found, digest)


def _check(hold: Hold, digest: str, job: Job) -> None:
    """Another process has fetched it, perhaps without a digest. It is that one's to remove."""
    job.stage("check")
    found = file_digest(hold.part.path, digest.partition(":")[0], job)
    if found != digest:
        raise wrong_digest(hold.part.url, found, digest)


def _fetch(part: Part, digest: str | None, job: Job) -> None:
    """Attempts until everything is there."""
    job.stage("download")
    vain, reached, furthest = 0, False, part.size()
    while True:
        try:
            _attempt(part, digest, job)
        except _Anew as error:
            part.begin_anew()
            vain += 1
            if vain >= MOST_ATTEMPTS:
                raise Failed(f"cannot fetch {visible(part.url)}: the server's answers make no sense") from error
            continue
        except BrokenOff:
            reached = True
            # Further than ever: of servers that begin anew each time, and break off here and there, there would be no end.
            vain = 0 if part.size() > furthest else vain + 1
            furthest = max(furthest, part.size())
            if vain >= MOST_ATTEMPTS:
                raise
        except DcctlError as error:
            # A host that is not there at the first attempt is a mistake of the person's; later it is the network's.
            if error.code != "unreachable" or not reached or vain + 1 >= MOST_ATTEMPTS:
                raise
            vain += 1
        else:
            return
        job.pause(PAUSE_SECONDS * 2 ** max(vain - 1, 0))


def _attempt(part: Part, digest: str | None, job: Job) -> None:
    """One request. Returns when all of the file is there."""
    known, have = part.origin(), part.size()
    if known.complete and digest is not None:
        return  # the digest will tell
    if have and known.validator is None and digest is None:
        part.begin_anew()  # nothing could tell whether the rest belongs to it
        known, have = Origin(part.url, purpose=known.purpose), 0
    with http.get(part.url, have=have, validator=known.validator) as answer:
        if digest is None and not answer.url.startswith("https:"):
            raise Usage(f"{visible(part.url)} leads to http, where anybody may change it", hint="give its digest")
        if answer.unchanged:
            part.note(replace(known, total=have, complete=True))
            return
        if answer.response is None or _another_version(answer, known):
            raise _Anew
        if answer.start == 0 and have:
            part.begin_anew()
        total = answer.total
        validator = answer.validator or (known.validator if answer.start else None)
        part.note(replace(known, validator=validator, total=total, complete=False))
        done = _append(part, answer, total, job)
    if total is not None and done != total:
        raise BrokenOff(
            f"cannot fetch {visible(part.url)}: it broke off after {done} of {total} bytes", hint="try again"
        )
    part.note(replace(part.origin(), total=done, complete=True))


def _another_version(answer: Answer, known: Origin) -> bool:
    """Whether the rest that a server sends belongs to another file: some ignore If-Range."""
    if answer.start == 0:
        return False
    changed = None not in (answer.validator, known.validator) and answer.validator != known.validator
    return changed or (None not in (answer.total, known.total) and answer.total != known.total)


def _append(part: Part, answer: Answer, total: int | None, job: Job) -> int:
    """Write what comes; how many bytes there are then."""
    descriptor = part.writer()
    with open(descriptor, "ab") as file:
        done = os.fstat(descriptor).st_size
        if done != answer.start:
            raise _Anew
        for chunk in answer.chunks():
            try:
                file.write(chunk)
                file.flush()
            except OSError as error:
                part.begin_anew()  # a full disk is not to stay full of what is of no use
                raise local_failure(error) from error
            done += len(chunk)
            job.progress(done, total or 0)
    return done


def _with_remainder(error: DcctlError, part: Part) -> DcctlError:
    """The error, saying that what has come is not lost."""
    size = part.size()
    if size and error.code in ("unreachable", "auth", "cancelled"):
        kept = f"{size / (1 << 20):.1f} MiB are kept for a week: the same command goes on from there"
        error.hint = kept if error.hint in (None, "try again") else f"{error.hint}; {kept}"
    return error
