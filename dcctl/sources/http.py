"""One request to a web server, and what its answer means: RFC 9110, with what servers get wrong."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import BadStatusLine, HTTPException, IncompleteRead, RemoteDisconnected
from queue import Empty, SimpleQueue
from threading import Semaphore, Thread
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
    getproxies,
    proxy_bypass,
)

from dcctl.errors import AuthenticationFailed, Failed, NotFound, Unreachable, Usage
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from http.client import HTTPResponse

    from dcctl.errors import DcctlError

SILENCE_SECONDS = 30.0
"""After which a server that says nothing is given up."""

CHUNK_BYTES = 1 << 20
_CHUNKS_AHEAD = 4
_NOTICE_SECONDS = 0.2
_ABANDONED_SECONDS = 60.0  # in which nobody took a chunk: whoever wanted the file has gone

_OK, _PARTIAL, _NOT_MODIFIED, _RANGE_REFUSED = 200, 206, 304, 416
_PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


class BrokenOff(Unreachable):
    """The answer ended before it was complete, or the server says that it will be able to answer later."""


@dataclass
class Answer:
    """What a server sends. ``start``: where in the file its bytes begin; ``total``: of the whole file, None if it does not say.

    ``unchanged``: nothing is sent, since what we have is what the server has. Without a response and not unchanged: what it sent is of
    no use, and only the whole file would be.
    """

    response: HTTPResponse | None
    url: str
    start: int = 0
    total: int | None = None
    validator: str | None = None
    unchanged: bool = False
    received: bool = False  # by a thread, which closes the response at its end

    def chunks(self) -> Iterator[bytes]:
        """What has arrived, as it arrives; nothing at all in between while the server is silent, so that Ctrl-C can be noticed.

        Raises ``BrokenOff`` when the connection does.
        """
        if self.response is None:
            return
        arrived: SimpleQueue[bytes | Exception] = SimpleQueue()
        room = Semaphore(_CHUNKS_AHEAD)
        self.received = True
        Thread(target=_receive, args=(self.response, arrived, room), daemon=True).start()
        while True:
            try:
                chunk = arrived.get(timeout=_NOTICE_SECONDS)
            except Empty:
                yield b""
                continue
            if isinstance(chunk, Exception):
                raise BrokenOff(f"cannot fetch {visible(self.url)}: {_reason(chunk)}", hint="try again") from chunk
            if not chunk:
                return
            yield chunk
            room.release()


def _receive(response: HTTPResponse, arrived: SimpleQueue[bytes | Exception], room: Semaphore) -> None:
    """Hand over what comes, at the end nothing, or why there is no more. Ends at the latest when the server was silent for too long."""
    with response:
        try:
            while room.acquire(timeout=_ABANDONED_SECONDS):
                chunk = response.read1(CHUNK_BYTES)
                arrived.put(chunk)
                if not chunk:
                    return
            arrived.put(TimeoutError("nobody took what came"))
        except (HTTPException, OSError) as error:
            arrived.put(error)


class _Redirects(HTTPRedirectHandler):
    """Follows to http and https, and never from https to http: anybody on the way could have changed what comes from there."""

    def redirect_request(self, req: Request, fp: object, code: int, msg: str, headers: object, newurl: str) -> Request:
        if urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme != "https":
            raise Usage(
                f"{visible(req.full_url)} leads to {visible(newurl)}, from https to http",
                hint="give a URL that stays with https; or the http one, with its --digest",
            )
        again = super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]
        if again is None:
            raise Failed(f"cannot fetch {visible(req.full_url)}: the server redirects in a way that makes no sense")
        return again


@contextmanager
def get(url: str, *, have: int = 0, validator: str | None = None) -> Iterator[Answer]:
    """Ask for a file of which the first ``have`` bytes are there already, in the version that ``validator`` names.

    Raises ``Unreachable``, ``NotFound`` or ``Failed``, each saying what the server said; ``Usage`` for a URL that cannot be one.
    """
    answer = _asked(url, have, validator)
    try:
        yield answer
    finally:
        if answer.response is not None and not answer.received:
            answer.response.close()


def _asked(url: str, have: int, validator: str | None) -> Answer:
    try:
        return _answer(url, _opener().open(_request(url, have, validator), timeout=SILENCE_SECONDS), have)
    except HTTPError as error:
        with error:
            return _other_answer(url, error, have)
    except URLError as error:
        raise _unreachable(url, error) from error
    except (HTTPException, OSError, ValueError) as error:
        raise BrokenOff(f"cannot fetch {visible(url)}: {_reason(error)}", hint="try again") from error


def check_url(url: str) -> None:
    """Raises ``Usage`` for what is no http or https URL, and for passwords: everybody on the machine can read a command line."""
    try:
        parts = urlsplit(url)
        port_is_possible = parts.port is None or parts.port > 0
    except ValueError as error:
        raise Usage(f"{visible(url)} is not a URL: {error}", hint="check it") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_possible or not _plain(url):
        raise Usage(
            f"{visible(url)} cannot be fetched", hint="give a URL that begins with https:// or http://, without blanks"
        )
    if parts.username is not None:
        raise Usage(
            f"the URL of {parts.hostname} holds a user or a password, which everybody on this machine could read",
            hint="fetch it with a program that keeps passwords, and import the file, or - from its output",
        )


def _plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and " " not in url


def _opener() -> OpenerDirector:
    """http and https, through the proxies of the environment; no other scheme, also where a server leads to one."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler,
        UnknownHandler,
        HTTPHandler,
        HTTPSHandler,
        HTTPDefaultErrorHandler,
        HTTPErrorProcessor,
        _Redirects,
    ):
        opener.add_handler(handler())
    return opener


def _request(url: str, have: int, validator: str | None) -> Request:
    headers = {"User-Agent": "dcctl"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if validator is not None:
            headers["If-Range"] = validator
    return Request(url, headers=headers)  # noqa: S310  the opener knows http and https only


def _answer(url: str, response: HTTPResponse, have: int) -> Answer:
    answer = Answer(response, response.url, validator=_validator(response.headers))
    if response.status == _PARTIAL:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None or match[1] is None or int(match[1]) != have:
            response.close()
            return Answer(None, url)
        answer.start = have
        answer.total = None if match[2] == "*" else int(match[2])
    else:
        length = response.headers.get("Content-Length", "")
        answer.total = int(length) if length.isascii() and length.isdecimal() else None
    return answer


def _other_answer(url: str, error: HTTPError, have: int) -> Answer:
    """What is no success but tells that everything is there: the range that we lack is empty. Raises for all others."""
    if error.code == _RANGE_REFUSED:
        match = _CONTENT_RANGE.fullmatch(error.headers.get("Content-Range", ""))
        total = None if match is None or match[2] == "*" else int(match[2])
        return Answer(None, url, start=have, total=total, unchanged=total == have)
    raise _refusal(url, error)


def _refusal(url: str, error: HTTPError) -> DcctlError:
    if 300 <= error.code < 400:  # urllib puts several lines into the reason, where redirects have no end
        return Failed(f"cannot fetch {visible(url)}: its server leads from one address to the next, and nowhere")
    said = f"cannot fetch {visible(url)}: {error.code} {visible(str(error.reason))}"
    if error.code == 407:
        return AuthenticationFailed(said, hint="name and password go into the variable: http://NAME:PASSWORD@PROXY")
    if error.code in (401, 403):
        return AuthenticationFailed(said, hint="fetch it with a program that can log in, and import the file")
    if error.code in (404, 410):
        return NotFound(said, hint="check the address; distributions move their images")
    if error.code in _PASSING:
        return BrokenOff(said, hint="try again later")
    return Failed(said)


def _unreachable(url: str, error: URLError) -> DcctlError:
    from ssl import SSLCertVerificationError  # noqa: PLC0415  on errors only

    if isinstance(error.reason, SSLCertVerificationError):
        return AuthenticationFailed(
            f"cannot trust the server of {visible(url)}: {error.reason.verify_message}",
            hint="a certificate authority of your own: name its file with the variable SSL_CERT_FILE",
        )
    proxy = _proxy(url)
    hint = "try again, or fetch it yourself" if proxy is None else f"the way leads through the proxy {visible(proxy)}"
    return Unreachable(f"cannot fetch {visible(url)}: {_reason(error)}", hint=hint)


def _proxy(url: str) -> str | None:
    """The proxy's address without its password, and the variable that names it; None where the way is straight."""
    scheme, host = urlsplit(url).scheme, urlsplit(url).hostname or ""
    given = getproxies().get(scheme)
    if given is None or proxy_bypass(host):
        return None
    return f"{given.rpartition('@')[2].rpartition('//')[2]} of {scheme}_proxy"


def _validator(headers: Message) -> str | None:
    """What proves that two answers are of one version, byte for byte: RFC 9110, sections 8.8.1 and 8.8.2.2."""
    tag = headers.get("ETag")
    if tag is not None:
        return tag if tag.startswith('"') else None
    changed, now = headers.get("Last-Modified"), headers.get("Date")
    try:
        settled = (parsedate_to_datetime(now or "") - parsedate_to_datetime(changed or "")).total_seconds() >= 60
    except (TypeError, ValueError):
        return None
    return changed if settled else None


def _reason(error: Exception) -> str:
    if isinstance(error, IncompleteRead):
        return "it broke off"
    if isinstance(error, BadStatusLine) and not isinstance(error, RemoteDisconnected):
        return "something else than a web server answers"
    reason = getattr(error, "reason", None) or error
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return visible(str(text))
