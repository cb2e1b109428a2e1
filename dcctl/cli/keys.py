"""``dcctl key import`` and ``create``: from a file, or from nothing, to a public key that the provider keeps."""

from __future__ import annotations

import os
from contextlib import suppress

from dcctl.cli.progress import Progress
from dcctl.cli.words_given import ssh_keys_given
from dcctl.errors import Failed, Usage
from dcctl.nouns.keys import KINDS, Key, KeySpec, checked
from dcctl.render.nouns.key import KEY
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session


def import_public_key(
    session: Session, source: str, name: str | None, realm: str | None, shown: Shown, *, dry_run: bool
) -> None:
    """Keep the one public key that ``source`` has: a file, a key or ``-``. Raises ``Usage``."""
    lines = ssh_keys_given([source], session.environment, option="the public key")
    if len(lines) != 1:
        raise Usage(
            f"{visible(source)} has {len(lines)} keys", hint="a name is for one key; import each with a name of its own"
        )
    spec = KeySpec(_name(source, name), checked(lines[0]), session.place(realm))
    session.cloud.keys.check(spec)
    _keep(session, spec, shown, dry_run=dry_run)


def create_pair(session: Session, name: str, file: str, realm: str | None, shown: Shown, *, dry_run: bool) -> None:
    """Make a pair with ssh-keygen and keep its public half. What was made is removed when that fails."""
    from shutil import which  # noqa: PLC0415  for making pairs only

    where = session.place(realm)
    path = os.path.abspath(os.path.expanduser(file))
    for taken in (path, f"{path}.pub"):
        if os.path.lexists(taken):
            raise Usage(f"{visible(taken)} exists already", hint="choose another --file; nothing is ever overwritten")
    generator = which("ssh-keygen", path=session.environment.environ.get("PATH"))
    if generator is None:
        raise Failed(
            "ssh-keygen was not found",
            hint="install it: apt install openssh-client; or import a public key that you have",
        )
    # A key of nobody, so that name and realm are checked before a file is written.
    session.cloud.keys.check(KeySpec(name, _NOBODYS, where))
    if dry_run:
        session.cloud.keys.check_free(name, where)
        session.output(KEY, shown).list([Key("", name, where.id)])
        return
    _generate(generator, path, name)
    try:
        with open(f"{path}.pub", encoding="utf-8") as public:
            spec = KeySpec(name, checked(public.read().strip()), where)
        _keep(session, spec, shown, dry_run=False)
    except BaseException:
        for made in (path, f"{path}.pub"):
            with suppress(OSError):
                os.unlink(made)
        raise
    session.note(f"the private key is in {visible(path)}: ssh -i {visible(path)} …")


_NOBODYS = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def _generate(generator: str, path: str, name: str) -> None:
    """Without a passphrase: scripts use it, and ``ssh-keygen -p`` sets one. ssh-keygen makes the file for its owner only."""
    from subprocess import DEVNULL, PIPE, STDOUT, run  # noqa: PLC0415  12 ms, for making pairs only

    command = [generator, "-q", "-t", KINDS[0].removeprefix("ssh-"), "-N", "", "-C", name, "-f", path]
    done = run(command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, check=False, text=True)  # noqa: S603  no shell; the words are ours but for a path and a checked name
    if done.returncode != 0:
        raise Failed(f"ssh-keygen could not write {visible(path)}", hint=visible(done.stdout.strip()) or None)


def _keep(session: Session, spec: KeySpec, shown: Shown, *, dry_run: bool) -> None:
    output = session.output(KEY, shown)
    if dry_run:
        session.cloud.keys.check_free(spec.name, spec.realm)
        key = Key("", spec.name, spec.realm.id, spec.public_key)
    else:
        session.begin_work()
        with Progress(session, f"import {spec.name}") as progress:
            key = session.cloud.keys.import_key(spec, progress.job(spec.name))
    output.list([key])


def _name(source: str, given: str | None) -> str:
    """The given name, else the file's without ``.pub``."""
    if given is not None:
        return given
    if source == "-" or source.startswith(KINDS):
        raise Usage("the key needs a name", hint="give it one with --name")
    return os.path.basename(source).removesuffix(".pub")
