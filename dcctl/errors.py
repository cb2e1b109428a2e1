"""Everything that can go wrong, as data: a code for scripts, an exit status, a hint that says what to do now.

DcctlError                    exit  code
├── Failed                      1   failed         the provider failed, or something unforeseen
├── Usage                       2   usage          the request makes no sense in itself
│   └── Ambiguous               2   ambiguous      a name fits several things
├── ConfigError                 3   config         the configuration file or a variable is wrong
├── CatalogueError              3   catalogue      the catalogue is wrong
├── DriverError                 3   driver         a driver cannot be loaded, or breaks its contract
├── NotFound                    4   not-found      no such instance, image, profile, realm
├── NotAllowed                  5   not-allowed    the state machine or the instance itself forbids it
│   └── Conflict                5   conflict       the name is taken, or somebody else is at work on it
├── NotSupported                6   not-supported  an option or collection that the driver does not declare
├── Unreachable                 7   unreachable    the provider does not answer
│   └── AuthenticationFailed    7   auth           the provider does not let us in
├── Timeout                     8   timeout        it did not settle in time; it goes on
├── Partial                     9   partial        some of several failed; each is named
├── Capacity                   10   capacity       quota, memory, space or addresses are used up
└── Cancelled                 130   cancelled      somebody asked us to stop; what was provisional is rolled back

``Problems`` groups several errors of one request; it has the code and status of the first, since the checks run from the most
fundamental to the least. Only ``dcctl.cli.main`` turns an error into words and an exit status.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class DcctlError(Exception):
    """Base of all errors that dcctl raises on purpose.

    ``message`` is one sentence without a full stop, starting in lower case. ``hint`` says what is allowed or what to do
    next. ``resource`` names what the error is about (``"web"``), ``realm`` or ``where`` the place: a realm, or ``file:line:column``.
    ``realms`` has those of an endpoint with several, all of which it is about. ``console`` has the last lines that the instance's console said, for those who waited for it in vain.
    """

    code = "failed"
    exit_status = 1

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        resource: str | None = None,
        realm: str | None = None,
        where: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.resource = resource
        self.realm = realm
        self.realms: tuple[str, ...] = ()
        self.where = where
        self.console: Sequence[str] = ()

    def as_data(self) -> Mapping[str, object]:
        """The error as the JSON object that scripts read from standard error."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "realm": self.realm,
            "resource": self.resource,
            "where": self.where,
            "console": list(self.console),
            "exit_status": self.exit_status,
        }


class Failed(DcctlError):
    """The provider failed in a way that no other class describes, or something unforeseen happened."""


class Usage(DcctlError):
    """The request makes no sense in itself, whatever the state of the world."""

    code = "usage"
    exit_status = 2


class Ambiguous(Usage):
    """A name fits several things; the hint lists them. Nothing was touched."""

    code = "ambiguous"


class ConfigError(DcctlError):
    """The configuration file, a context or a ``DCCTL_`` variable is wrong."""

    code = "config"
    exit_status = 3


class CatalogueError(DcctlError):
    """The catalogue is wrong, or cannot be read."""

    code = "catalogue"
    exit_status = 3


class DriverError(DcctlError):
    """A driver cannot be found or loaded, lacks a library, or breaks the contract."""

    code = "driver"
    exit_status = 3


class NotFound(DcctlError):
    """No such instance, image, profile or realm. The hint offers close matches."""

    code = "not-found"
    exit_status = 4


class NotAllowed(DcctlError):
    """The state machine or the instance itself forbids the action. The hint says what is allowed."""

    code = "not-allowed"
    exit_status = 5


class Conflict(NotAllowed):
    """The name is taken, or somebody else is working on the same thing."""

    code = "conflict"


class NotSupported(DcctlError):
    """The driver does not declare the option or the collection."""

    code = "not-supported"
    exit_status = 6


class Unreachable(DcctlError):
    """The provider does not answer: no socket, connection refused, connection lost."""

    code = "unreachable"
    exit_status = 7


class AuthenticationFailed(Unreachable):
    """The provider answers, but does not let us in."""

    code = "auth"


class Timeout(DcctlError):
    """It did not settle in time. Nothing was undone; the hint says how to go on waiting."""

    code = "timeout"
    exit_status = 8


class Partial(DcctlError):
    """Some of several things failed. ``failures`` has one error for each; the rest was done."""

    code = "partial"
    exit_status = 9

    def __init__(self, message: str, failures: Sequence[DcctlError], *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.failures = tuple(failures)


class Capacity(DcctlError):
    """A quota, memory, disk space or addresses are used up."""

    code = "capacity"
    exit_status = 10


class Cancelled(DcctlError):
    """Somebody asked to stop (Ctrl-C, SIGTERM); raised by ``Job.check`` in worker threads, which never see KeyboardInterrupt."""

    code = "cancelled"
    exit_status = 130


class Problems(DcctlError):
    """Several things are wrong with one request or one file; ``problems`` has all of them, never empty.

    Code and exit status are those of the first.
    """

    def __init__(self, problems: Sequence[DcctlError]) -> None:
        if not problems:
            raise ValueError("Problems needs at least one problem")
        first = problems[0]
        super().__init__(
            "; ".join(problem.message for problem in problems),
            hint=first.hint,
            resource=first.resource,
            realm=first.realm,
            where=first.where,
        )
        self.problems = tuple(problems)
        self.code = first.code
        self.exit_status = first.exit_status

    def as_data(self) -> Mapping[str, object]:
        return {**self.problems[0].as_data(), "problems": [problem.as_data() for problem in self.problems]}


def raise_all(problems: Sequence[DcctlError]) -> None:
    """Raise nothing, the only problem, or all of them together."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise Problems(problems)
