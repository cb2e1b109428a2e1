"""One command from its words to its exit status. Everything that can go wrong becomes a sentence here, and nowhere else."""

from __future__ import annotations

from dcctl.cli.session import Session, failure_of
from dcctl.errors import Cancelled, DcctlError, Failed, Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from typer._click.core import Context
    from typer._click.exceptions import ClickException

    from dcctl.cli.environment import Environment

PIPE_BROKEN = 128 + 13


def run(arguments: Sequence[str], environment: Environment) -> int:
    """Run the command and return its exit status: 128 plus the number of the signal if one ended it."""
    session = Session(environment, arguments)
    try:
        status = _run(arguments, session)
        environment.stdout.flush()
        return _ended(session, status)
    except BrokenPipeError:
        # Whoever read our output has seen enough; the provider's broken pipes were translated at its border.
        return PIPE_BROKEN
    except Cancelled as error:
        if session.signal is None:  # what the provider broke off by itself is no Ctrl-C, and ends no loop of the shell
            failed = Failed(error.message, hint=error.hint, resource=error.resource, realm=error.realm)
            session.report(failed)
            return failed.exit_status
        session.report(error)
        return 128 + session.signal
    except DcctlError as error:
        session.report(error)
        return _ended(session, error.exit_status)
    except OSError as error:
        lost = _about_output(error)
        session.report(Failed(f"cannot write output: {error.strerror}") if lost else failure_of(error))
        return 1
    except Exception as error:  # noqa: BLE001  the last place where a person can be spared the traceback
        session.report(failure_of(error))
        return 1
    finally:
        session.close()


def _ended(session: Session, status: int) -> int:
    """The exit status. Whoever pressed Ctrl-C wants the shell's loop to end, also where it came too late to undo anything."""
    return status if session.signal is None else 128 + session.signal


def _about_output(error: OSError) -> bool:
    """Whether it is the person's output that could not be written: drivers' own errors were translated at their border."""
    from errno import EBADF, EFBIG, EIO, ENOSPC  # noqa: PLC0415  on errors only

    return error.filename is None and error.errno in (EBADF, EFBIG, EIO, ENOSPC)


def _run(arguments: Sequence[str], session: Session) -> int:
    import typer  # noqa: PLC0415  35 ms; nothing before here needs it
    from typer._click.exceptions import ClickException, NoArgsIsHelpError  # noqa: PLC0415  Typer has no public name for it

    from dcctl.cli.app import root  # noqa: PLC0415  it needs Typer

    try:
        command = root(rich=session.draws)
        with command.make_context("dcctl", list(arguments), obj=session, terminal_width=session.narrow) as context:
            context.command.invoke(context)
    except NoArgsIsHelpError as error:
        # The help that was not asked for goes where errors go, and it was an error: nothing was done.
        session.environment.stderr.write(error.format_message() + "\n")
        return Usage.exit_status
    except ClickException as error:
        raise _usage(error) from error
    except typer.Exit as error:
        return error.exit_code
    return 0


def _options_of(context: Context) -> set[str]:
    return {word for option in context.command.params for word in option.opts}


def _usage(error: ClickException) -> Usage:
    """Typer's complaint about the arguments as one of our errors: a sentence, and where to read on."""
    message = error.format_message().strip().rstrip(".")
    context = getattr(error, "ctx", None)
    misplaced = getattr(error, "option_name", None)
    path = "dcctl" if context is None else context.command_path
    if context is not None and context.parent is not None and misplaced in _options_of(context.find_root()):
        return Usage(f"{misplaced} stands before the noun", hint=f"dcctl {misplaced} ... {path.partition(' ')[2]}")
    if misplaced == "--for" and "no such option" in message.lower():
        return Usage(
            "no such option: --for", hint="create and wait have it; afterwards: dcctl instance wait NAME --for ssh"
        )
    hint = f"see: {path} --help"
    for mark in (" (Possible options: ", ". Did you mean ", " Did you mean "):
        message, found, alternatives = message.partition(mark)
        if found:
            hint = f"did you mean {alternatives.rstrip('?)').replace(', ', ' or ')}? {hint[:1].upper()}{hint[1:]}"
    return Usage(message[:1].lower() + message[1:].rstrip("."), hint=hint)
