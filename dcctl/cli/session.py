"""What a command works with: the configuration, the cloud, and the two streams. One for each run of the program."""

from __future__ import annotations

from contextlib import suppress

from dcctl.cli import signals
from dcctl.errors import Cancelled, ConfigError, DcctlError, Failed, NotFound, Partial, Usage
from dcctl.render.options import Diagram, Format, OutputOptions
from dcctl.render.terminal import Terminal
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO, TypeVar

    import typer

    from dcctl.catalogue import Catalogue
    from dcctl.cli.environment import Environment
    from dcctl.cli.options import Shown
    from dcctl.cloud import Cloud
    from dcctl.config import Config
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Realm
    from dcctl.render.diagram.picture import Picture
    from dcctl.render.noun import Noun
    from dcctl.render.output import Output

    Row = TypeVar("Row")


ENOUGH_FOR_BOXES = 72


class Session:
    """Opens things when they are first asked for, and closes them at the end."""

    def __init__(self, environment: Environment, arguments: Sequence[str]) -> None:
        self.environment = environment
        self.signal: int | None = None
        """The signal that asked us to stop, if one did."""
        self.debug = _switched_on(environment, "DCCTL_DEBUG")
        self.verbose = _switched_on(environment, "DCCTL_VERBOSE")
        self.flags: dict[str, str | None] = {}
        """The global options that stand before the noun."""
        self.format = _format_asked(arguments, environment)
        """How scripts or people read us; guessed from the words until the options are parsed, so that errors in them fit too."""
        self._color: str | None = None
        self._config: Config | None = None
        self._cloud: Cloud | None = None
        self._jobs: list[Job] = []
        self._unchosen_noted = False

    # Configuration and cloud

    @property
    def config(self) -> Config:
        """Flags, variables and the file. Raises ``ConfigError``."""
        if self._config is None:
            from dcctl.config import read  # noqa: PLC0415  errors in the arguments need none

            self._config = read(self.flags, self.environment.environ)
            self._color = self._config.color.value
        return self._config

    @property
    def config_file(self) -> str:
        """The configuration file that commands write: the named one, else the usual one. Raises ``ConfigError`` without a home."""
        from dcctl.paths import config_file  # noqa: PLC0415  two commands need it

        environ = self.environment.environ
        path = self.flags.get("config") or environ.get("DCCTL_CONFIG") or config_file(environ)
        if path is None:
            raise ConfigError("there is no home directory for a configuration file", hint="name one with --config")
        return path

    @property
    def driver(self) -> type[Driver]:
        """The class of the selected driver. Raises ``DriverError``."""
        from dcctl.registry import load  # noqa: PLC0415  help needs none

        return load(self.config.driver.value)

    @property
    def catalogue(self) -> Catalogue:
        """The selected catalogue; no driver is loaded for it. Raises ``CatalogueError``."""
        from dcctl.catalogue import load  # noqa: PLC0415  help needs none

        return load(self.config.catalogue.value)

    @property
    def cloud(self) -> Cloud:
        """The selected driver with its settings and the catalogue. Raises whatever is wrong with them."""
        if self._cloud is None:
            from dcctl.cloud import Cloud  # noqa: PLC0415  help needs none

            driver = self.driver
            settings = self.config.driver_settings(driver)
            patience = self.config.realm_timeout.value
            self._cloud = Cloud(driver, settings=settings, catalogue=self.config.catalogue.value, patience=patience)
        return self._cloud

    def place(self, given: str | None) -> Realm:
        """The realm where something new goes: the given one, else the configured one, else the first. Raises ``NotFound``."""
        where = self.config.realm.value if given is None else given
        return self.cloud.realms[0] if where is None else self.cloud.realm(where)

    def close(self) -> None:
        """Let go of the cloud. What goes wrong now is told, but changes nothing that was done."""
        if self._cloud is not None:
            try:
                self._cloud.close()
            except DcctlError as error:
                self.report(error)

    # Output

    def output(self, noun: Noun[Row], shown: Shown) -> Output[Row]:
        """Where rows go. Without ``-o`` the configured format holds, except where names alone were asked for.

        Raises ``Usage`` for options that do not make sense.
        """
        from datetime import UTC, datetime  # noqa: PLC0415  loaded already where there are rows

        from dcctl.render.output import Output  # noqa: PLC0415  help needs none

        configured = Format(self.config.output.value)
        self.format = shown.output or (Format.TABLE if shown.quiet else configured)
        options = OutputOptions(
            self.format,
            tuple(shown.columns),
            tuple(shown.sort),
            tuple(shown.filters),
            not shown.no_header,
            shown.quiet,
            shown.show_secrets,
        )
        return Output(
            noun,
            options,
            self._terminal(self.environment.stdout),
            notes=self._terminal(self.environment.stderr),
            now=lambda: datetime.fromtimestamp(self.environment.now(), UTC),
        )

    def check_drawing(self, shown: Shown) -> None:
        """Raises ``Usage`` for options that a picture cannot follow: those about rows, columns and records."""
        contradicting = {
            f"-o {shown.output}": shown.output is not None,
            "-c": bool(shown.columns),
            "--sort": bool(shown.sort),
            "-f": bool(shown.filters),
            "--no-header": shown.no_header,
            "-q": shown.quiet,
            "--show-secrets": shown.show_secrets,
        }
        for option, given in contradicting.items():
            if given:
                raise Usage(f"a picture does not go with {option}", hint=f"pictures are: -o {', '.join(Diagram)}")

    def draw(self, picture: Picture, shown: Shown) -> None:
        """Put a picture on standard output; one for eyes if no kind was asked for."""
        from dcctl.render.diagram.output import write  # noqa: PLC0415  few commands draw

        write(picture, shown.diagram or Diagram.DRAWING, self.screen)

    @property
    def screen(self) -> Terminal:
        """Standard output, for what is no list of rows."""
        return self._terminal(self.environment.stdout)

    def note(self, text: str) -> None:
        """Say something that is good to know, on standard error, if anybody listens."""
        from dcctl.render.messages import note  # noqa: PLC0415  most commands say nothing

        with suppress(OSError):
            note(text, self.format, self._terminal(self.environment.stderr))

    def report(self, error: DcctlError) -> None:
        """Say what went wrong, on standard error; with ``--debug`` also where. If nobody can be told, the exit status still tells."""
        from dcctl.render.messages import error as write  # noqa: PLC0415  most commands report nothing

        if self._cloud is not None and error.exit_status == NotFound.exit_status:
            self._note_if_unchosen(self._cloud)
        with suppress(OSError):
            write(error, self.format, self._errors())
            if self.debug:
                from traceback import format_exception  # noqa: PLC0415  9 ms, for --debug only

                for line in "".join(format_exception(error)).splitlines():
                    self.environment.stderr.write(f"{visible(line)}\n")

    def _errors(self) -> Terminal:
        try:
            return self._terminal(self.environment.stderr)
        except Usage:  # the colour itself is what is wrong
            return Terminal(self.environment.stderr, color="never", environ=self.environment.environ)

    def _terminal(self, stream: TextIO) -> Terminal:
        color = self._color or self.flags.get("color")
        return Terminal(stream, color=color, environ=self.environment.environ)

    @property
    def draws(self) -> bool:
        """Whether there is a terminal on which help may have colours and boxes."""
        both = self.environment.stdout.isatty() and self.environment.stderr.isatty()
        return both and self.environment.environ.get("TERM") != "dumb" and self.narrow is None

    @property
    def narrow(self) -> int | None:
        """The width of a terminal on which boxes would cut off the names of options; None for every other stream."""
        width = self._errors().width if self.environment.stdout.isatty() else ENOUGH_FOR_BOXES
        return width if width < ENOUGH_FOR_BOXES else None

    # Asking

    @property
    def talks_to_person(self) -> bool:
        """Whether there is somebody to ask."""
        return self.environment.stdin.isatty() and self.environment.stderr.isatty()

    def require_consent(self, names: Sequence[str], *, yes: bool) -> None:
        """Refuse at once what would have to ask later and may not. Raises ``Usage``."""
        if not yes and ("-" in names or not self.talks_to_person):
            raise Usage("this destroys for good, and nobody can be asked", hint="say --yes to do it without asking")

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before something is lost. Raises ``Failed`` unless the answer is yes."""
        if yes:
            return
        self.environment.stderr.write(f"{question} [y/N] ")
        self.environment.stderr.flush()
        answer = self.environment.stdin.readline()
        if not answer.endswith("\n"):  # Ctrl-D leaves the cursor behind the question
            self.environment.stderr.write("\n")
        if answer.strip().lower() not in ("y", "yes"):
            raise Failed("nothing was destroyed: the answer was not yes")

    # Doing

    def begin_work(self) -> None:
        """Before something is changed: signals ask the cloud to roll back instead of killing, and memory is collected again."""
        import gc  # noqa: PLC0415  built in

        gc.freeze()  # what start-up made stays; going through it would cost 3 ms
        gc.enable()
        self._note_if_unchosen(self.cloud)
        signals.watch(self._stop)

    def _note_if_unchosen(self, cloud: Cloud) -> None:
        """A cron job that lost its home, and whoever looks for a thing of theirs, must learn that nothing here is real."""
        if self._unchosen_noted or not (cloud.driver.simulated and self.config.driver.origin == "default"):
            return
        self._unchosen_noted = True
        self.note(
            f"no driver is configured, so this is the {cloud.driver.name} driver: nothing real is made"
            " (dcctl config init; or --driver)"
        )

    def _stop(self, number: int) -> None:
        self.signal = self.signal or number
        self.cloud.cancel()
        for job in self._jobs:
            job.cancel()
        stderr = self.environment.stderr
        if stderr.isatty():
            from dcctl.render.messages import note  # noqa: PLC0415  for those who press Ctrl-C

            # Python refuses to write to a stream in whose write the signal found it ("reentrant call").
            with (
                suppress(OSError),
                open(stderr.fileno(), "w", encoding=stderr.encoding, errors=stderr.errors, closefd=False) as apart,
            ):
                apart.write("\n")  # the line of what is being done, and ^C, stay as they are
                text = "stopping, and undoing what is unfinished; Ctrl-C once more stops at once"
                note(text, self.format, self._terminal(apart))

    def add_job(self, job: Job) -> None:
        """Let signals reach a piece of work, also while the cloud has no part in it."""
        self._jobs.append(job)
        if self.signal is not None:
            job.cancel()

    def conclude(self, failures: Sequence[DcctlError], count: int, noun: str, participle: str) -> None:
        """End as the failures ask: not at all, with the only one, or with all that were among ``count`` things."""
        if not failures:
            return
        if count == 1:
            raise failures[0]
        said = f"{len(failures)} of {count} {noun}s were not {participle}"
        if any(isinstance(error, Cancelled) for error in failures):
            for error in failures:
                # To a person that would be the same word for each, and what was made is shown.
                if error.hint or self.format.lines_of_json or not isinstance(error, Cancelled):
                    self.report(error)
            unsaid = [error.resource for error in failures if isinstance(error, Cancelled) and not error.hint]
            names = ", ".join(name for name in unsaid if name)
            raise Cancelled(f"cancelled: {said}" + (f" ({names})" if names else ""))
        raise Partial(said, failures)


def session_of(context: typer.Context) -> Session:
    """The session that ``run`` made."""
    session = context.obj
    assert isinstance(session, Session)
    return session


def raise_unanswered(failures: Sequence[DcctlError], what: str) -> None:
    """After a list: status 9 when some endpoints could not be asked. What the others answered is shown already."""
    if failures:
        realms = {realm for failure in failures for realm in ([failure.realm] if failure.realm else failure.realms)}
        raise Partial(f"the list lacks the {what} of: {', '.join(sorted(realms))}", failures)


def failure_of(error: Exception) -> Failed:
    """Something that nobody foresaw, as an error that can be shown."""
    failed = Failed(
        f"unforeseen: {type(error).__name__}: {error}", hint="see the whole error with dcctl --debug, and report it"
    )
    failed.__cause__ = error
    return failed


def _switched_on(environment: Environment, variable: str) -> bool:
    return environment.environ.get(variable, "").lower() not in ("", "0", "false", "no")


def _format_asked(arguments: Sequence[str], environment: Environment) -> Format:
    asked = environment.environ.get("DCCTL_OUTPUT", "")
    for position, word in enumerate(arguments):
        if word == "--":  # what follows are names, or another program's words
            break
        if word in ("-o", "--output") and position + 1 < len(arguments):
            asked = arguments[position + 1]
        elif word.startswith("--output="):
            asked = word.partition("=")[2]
        elif word.startswith("-o") and not word.startswith("--"):
            asked = word[2:]
    return Format(asked) if asked in list(Format) else Format.TABLE
