"""How OpenSSH's own programs are called for an instance: their words, and the files that say which host keys to believe.

The person's ``~/.ssh/config``, agent and keys stay in force; only what is about the identity of the host is ours.
"""

from __future__ import annotations

import os
from dataclasses import field

from dcctl import files
from dcctl.errors import Failed, Usage
from dcctl.frozen import frozen
from dcctl.model import AddressKind
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dcctl.model import Address, Instance

PORT = 22


@frozen
class Login:
    """Where somebody logs in. ``alias`` is the host's name in the file ``known_hosts``, whatever its address is.

    ``pinned``: the file holds the keys that the host was given, and no other is believed. Otherwise the first key that it shows is
    believed, remembered there, and from then on no other. ``user`` None: ssh decides. ``through``: by way of this host. ``extra``: keywords of ssh_config(5) with their
    values, which come before ours.
    """

    address: str
    alias: str
    known_hosts: str
    pinned: bool
    user: str | None = None
    through: str | None = None
    extra: Sequence[tuple[str, str]] = field(default_factory=tuple)


def addresses(instance: Instance) -> list[Address]:
    """Where the instance may answer, the likeliest first: public ones, then IPv4."""
    found = [
        address for address in instance.addresses if address.kind is not AddressKind.MAC and _is_host(address.value)
    ]
    return sorted(found, key=lambda address: (not address.public, address.kind is AddressKind.IPV6))


def alias(driver: str, identifier: str) -> str:
    """A name that no other host has, and that neither files of known hosts nor file systems take for something else."""
    if identifier and all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in identifier):
        return f"dcctl-{driver}-{identifier.lower()}"
    from hashlib import sha256  # noqa: PLC0415  4 ms, for odd ids only

    return f"dcctl-{driver}-{sha256(identifier.encode()).hexdigest()[:32]}"


def ssh_options(login: Login) -> list[tuple[str, str]]:
    """What ssh must be told, as keywords of ssh_config(5) with their values. The first that is given for a keyword holds."""
    said = [
        *login.extra,
        ("HostKeyAlias", login.alias),
        ("UserKnownHostsFile", quoted(login.known_hosts)),
        ("StrictHostKeyChecking", "yes" if login.pinned else "accept-new"),
        ("UpdateHostKeys", "no"),
        ("CheckHostIP", "no"),
    ]
    if login.pinned:
        # Nor may anybody else vouch for another key.
        said += [("GlobalKnownHostsFile", "/dev/null"), ("VerifyHostKeyDNS", "no")]
    if login.through is not None:
        said.append(("ProxyJump", quoted(login.through)))
    if login.user is not None:
        said.append(("User", quoted(_checked_user(login.user))))
    return said


def ssh_command(login: Login, command: Sequence[str] = (), *, flags: Iterable[str] = ()) -> list[str]:
    """The words of ``ssh``. What follows the host goes to the guest's shell as ssh sends it: joined by blanks."""
    return ["ssh", *flags, *_words(login), "--", login.address, *command]


def door_command(host: str, port: int, through: str) -> list[str]:
    """The words of an ssh to ``through`` that is connected to a port as that host sees it. It never asks anything."""
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "LogLevel=ERROR", "-W", target, "--", through]


def copy_command(login: Login, sources: Sequence[str], target: str, *, recursive: bool) -> list[str]:
    """The words of ``scp``. Paths are as ``remote_path`` and ``local_path`` make them."""
    return ["scp", *(("-r",) if recursive else ()), *_words(login), "--", *sources, target]


def remote_path(login: Login, path: str) -> str:
    """A path in the guest, for scp."""
    host = f"[{login.address}]" if ":" in login.address else login.address
    return f"{host}:{path}"


def local_path(path: str) -> str:
    """A path here, for scp, which takes a colon before the first slash for the end of a host's name."""
    return f"./{path}" if ":" in path.partition("/")[0] else path


def configuration(name: str, login: Login) -> str:
    """A block of ssh_config(5), so that ``ssh NAME``, rsync and Ansible do the same."""
    said = [("HostName", login.address), *ssh_options(login)]
    return "".join([f"Host {name}\n", *(f"    {keyword} {value}\n" for keyword, value in said)])


def keep_pinned(directory: str, name: str, keys: Sequence[str]) -> str:
    """Write the file that holds a host's keys under its alias, unless it is there; its path. Others may not read or write it.

    One file for each host: two processes that log in at once do not meet. Raises ``Failed``.
    """
    path = os.path.join(directory, name)
    content = "".join(f"{name} {key}\n" for key in keys if key.isprintable()).encode()
    try:
        files.make_private_directory(directory)
        scratch = f"{path}.{os.getpid()}"
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(content)
        os.replace(scratch, path)
    except OSError as error:
        raise Failed(
            f"cannot write {visible(path)}: {error.strerror}", hint="make room, or set XDG_STATE_HOME"
        ) from error
    return path


def _words(login: Login) -> list[str]:
    return [word for keyword, value in ssh_options(login) for word in ("-o", f"{keyword}={value}")]


def quoted(value: str) -> str:
    """A value of ssh_config(5) as one word. Raises ``Failed`` for what cannot be written there."""
    if not value.isprintable() or '"' in value or "\\" in value or "${" in value:
        raise Failed(f"ssh cannot be told '{visible(value)}'", hint="choose a path without quotes, backslashes and ${")
    value = value.replace("%", "%%")
    return f'"{value}"' if " " in value else value


def _is_host(text: str) -> bool:
    """Whether it is a name or an address, and neither an option nor more than one word."""
    return (
        text[:1] != "-"
        and text != ""
        and all(letter.isascii() and (letter.isalnum() or letter in ".:-_%") for letter in text)
    )


def option_given(text: str) -> tuple[str, str]:
    """``KEYWORD=VALUE`` as a person typed it. Raises ``Usage``."""
    keyword, equals, value = text.partition("=")
    if not equals or not keyword.isalnum() or not value.isprintable():
        raise Usage(
            f"--ssh-option '{visible(text)}' is no option of ssh", hint="write KEYWORD=VALUE, as in ForwardAgent=yes"
        )
    return keyword, value


def _checked_user(user: str) -> str:
    if not user or user.startswith("-") or any(not letter.isprintable() or letter in " \"'\\$%@:" for letter in user):
        raise Usage(f"'{visible(user)}' is no name of a user", hint="give another with --user")
    return user
