"""From a name to a running ssh or scp: the instance looked up and waited for, its host key put where ssh looks, and then ssh itself."""

from __future__ import annotations

import os

from dcctl import ssh
from dcctl.cli.becoming import become
from dcctl.cli.progress import Progress
from dcctl.cli.reach.log import with_last_lines
from dcctl.cli.words_given import names_given, seconds_given
from dcctl.errors import ConfigError, DcctlError, NotAllowed, Usage
from dcctl.frozen import frozen
from dcctl.lookup import or_raise
from dcctl.model import Field, State
from dcctl.render.noun import handle
from dcctl.words import as_placed, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.cli.session import Session
    from dcctl.model import Address, Instance


@frozen
class Wanted:
    """How somebody wants to log in, as typed."""

    user: str | None = None
    identity: str | None = None
    ssh_options: Sequence[str] = ()
    accept_new: bool = False
    wait: bool = True
    timeout: str | None = None


def log_in(session: Session, name: str, command: Sequence[str], wanted: Wanted, *, tty: bool, printed: bool) -> None:
    """Become ssh, or print how."""
    login = _login(session, name, wanted, waits=wanted.wait and not printed)
    _go(session, ssh.ssh_command(login, command, flags=("-t",) if tty else ()), printed=printed)


def copy(session: Session, source: str, target: str, wanted: Wanted, *, recursive: bool, printed: bool) -> None:
    """Become scp, or print how. Raises ``Usage`` unless exactly one side is an instance."""
    (from_instance, from_path), (to_instance, to_path) = _side(source), _side(target)
    if (from_instance is None) == (to_instance is None):
        raise Usage(
            "exactly one of the two must be in an instance, as in web:/tmp/file",
            hint="a path here that has a colon is written with a ./ before it",
        )
    login = _login(session, from_instance or to_instance or "", wanted, waits=wanted.wait and not printed)
    if from_instance is not None:
        words = ssh.copy_command(
            login, [ssh.remote_path(login, from_path)], ssh.local_path(to_path), recursive=recursive
        )
    else:
        words = ssh.copy_command(
            login, [ssh.local_path(from_path)], ssh.remote_path(login, to_path), recursive=recursive
        )
    _go(session, words, printed=printed)


def print_configuration(session: Session, names: Sequence[str] | None, wanted: Wanted) -> None:
    """A block for each instance that has an address. Those that were named and have none are errors."""
    found: list[Instance | DcctlError]
    if names:
        asked = names_given(names, session)
        found = [found for _, found in session.cloud.instances_called(asked, Field.ADDRESSES, Field.CREDENTIALS)]
    else:
        listing = session.cloud.instances(Field.ADDRESSES, Field.CREDENTIALS)
        found = [*listing.failures, *(instance for instance in listing.items if ssh.addresses(instance))]
    failures: list[DcctlError] = []
    taken: set[str] = set()
    for each in found:
        try:
            instance = or_raise(each)
            login = login_of(session, instance, _address(instance), wanted)
        except DcctlError as error:
            failures.append(error)
            continue
        called = _pattern(instance, taken)
        taken.add(called)
        session.screen.write(ssh.configuration(called, login))
    session.conclude(failures, len(found), "instance", "written")


def _pattern(instance: Instance, taken: set[str]) -> str:
    """What to call it in ssh's configuration: its name if that is one word without wildcards and not another's, else its id."""
    plain = not any(letter in "*?!\"'#=," for letter in instance.name)
    name = handle(instance.name, instance.id) if plain else instance.id
    return instance.id if name in taken else name


def _side(text: str) -> tuple[str | None, str]:
    """``NAME:PATH`` apart; None for a path here: one without a colon, or with a slash before it that is no realm's."""
    name, colon, path = text.partition(":")
    here = not colon or not name or name.startswith((".", "/")) or name.count("/") > 1
    return (None, text) if here else (name, path)


def _login(session: Session, name: str, wanted: Wanted, *, waits: bool) -> ssh.Login:
    instance = session.cloud.instance(name, Field.ADDRESSES, Field.CREDENTIALS)
    if not waits:
        return login_of(session, instance, _address(instance), wanted)
    seconds = seconds_given("--timeout", wanted.timeout, session.config.timeout.value)
    with Progress(session, f"reach {instance.name}") as progress:
        job = progress.job(instance.name)
        with with_last_lines(session, instance):
            reached = session.cloud.inside.wait_for_ssh(instance, timeout=seconds, job=job)
    return login_of(session, instance, reached.address, wanted)


_TO_HAVE_ONE = {State.STOPPED: "start", State.SUSPENDED: "resume", State.ERROR: "show"}
"""What to do first with an instance that gets no address by waiting."""


def _address(instance: Instance) -> Address:
    """The likeliest address. Raises ``NotAllowed`` when there is none."""
    for address in ssh.addresses(instance):
        return address
    command = _TO_HAVE_ONE.get(instance.state, "wait --for address")
    why = instance.reason if instance.state is State.RUNNING else None
    raise NotAllowed(
        f"{instance.name} has no address: {why or f'it is {instance.state}'}",
        hint=f"try: dcctl instance {command} {as_placed(instance)}",
        resource=instance.name,
        realm=instance.realm,
    )


def login_of(session: Session, instance: Instance, address: Address, wanted: Wanted) -> ssh.Login:
    """How to log in there. The file of known hosts is written. ``instance`` has its credentials."""
    alias = ssh.alias(session.cloud.driver.name, instance.id)
    pinned = bool(instance.host_keys) and not wanted.accept_new
    return ssh.Login(
        address.value,
        alias,
        _known_hosts(session, alias, instance.host_keys) if pinned else _remembered_hosts(session),
        pinned,
        user=wanted.user if wanted.user is not None else instance.user,
        through=address.through,
        extra=_extra(wanted),
    )


def _extra(wanted: Wanted) -> list[tuple[str, str]]:
    options = [ssh.option_given(text) for text in wanted.ssh_options]
    if wanted.identity is None:
        return options
    path = os.path.abspath(os.path.expanduser(wanted.identity))
    if not os.path.exists(path):
        raise Usage(f"there is no file {visible(path)}", hint="check --identity")
    return [("IdentityFile", ssh.quoted(path)), *options]


def _known_hosts(session: Session, alias: str, keys: Sequence[str]) -> str:
    from dcctl.paths import cache_directory  # noqa: PLC0415  loaded already

    directory = cache_directory(session.environment.environ)
    return ssh.keep_pinned(os.path.join(_existing(directory), "ssh"), alias, keys)


def _remembered_hosts(session: Session) -> str:
    """The one file that ssh itself adds to. It must not be lost, as what is in the cache may."""
    from dcctl.files import make_private_directory  # noqa: PLC0415  loaded already
    from dcctl.paths import state_directory  # noqa: PLC0415  loaded already

    directory = _existing(state_directory(session.environment.environ))
    make_private_directory(directory)
    return os.path.join(directory, "known_hosts")


def _existing(directory: str | None) -> str:
    if directory is None:
        raise ConfigError("there is no home directory for files of known hosts", hint="set HOME")
    return directory


def _go(session: Session, command: Sequence[str], *, printed: bool) -> None:
    if printed:
        from shlex import join  # noqa: PLC0415  for --print only

        session.screen.write(f"{join(command)}\n")
        return
    become(session, command, package="openssh-client")
