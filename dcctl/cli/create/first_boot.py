"""What is typed for the first boot: files, and a password that nobody else is to see."""

from __future__ import annotations

import os

from dcctl.cli.words_given import bytes_given, must_be_text_if_given, ssh_keys_given
from dcctl.errors import Failed, Usage
from dcctl.files import private
from dcctl.nouns.first_boot import FirstBoot
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.cli.create.wanted import Wanted
    from dcctl.cli.environment import Environment

MOST = 1 << 20
"""Bytes of a document for cloud-init: more than any has."""
MOST_PASSWORD = 255
"""openssl passwd cuts longer ones off, which nobody would notice before the login."""


def check_standard_input(wanted: Wanted) -> None:
    """Refuse several options that would read the same standard input."""
    read = {
        "--user-data": wanted.user_data,
        "--meta-data": wanted.meta_data,
        "--network-config": wanted.network_config,
        "--password-file": wanted.password_file,
    }
    taken = [option for option, path in read.items() if path == "-"]
    taken += ["--ssh-key"] * ("-" in wanted.ssh_key)
    if len(taken) > 1:
        raise Usage(f"standard input cannot be read by {' and '.join(taken)}", hint="put all but one into files")


def first_boot_given(wanted: Wanted, environment: Environment) -> FirstBoot | None:
    """The values; None if there are none. Raises ``Usage``."""
    user = must_be_text_if_given(wanted.user)
    if user is None and wanted.password_file is wanted.meta_data is wanted.network_config is None:
        return None
    hashed = None
    if wanted.password_file is not None:
        hashed = password_hash(_password(wanted.password_file, environment))
    meta_data: dict[str, object] = {}
    if wanted.meta_data is not None:
        meta_data = _mapping("--meta-data", wanted.meta_data, environment)[1]
    network_config = None
    if wanted.network_config is not None:
        network_config = _network_config(wanted.network_config, environment)
    return FirstBoot(user, hashed, meta_data, network_config)


def _mapping(option: str, path: str, environment: Environment) -> tuple[bytes, dict[str, object]]:
    """A YAML document (JSON is YAML, too) whose top is a mapping, as it came and as it is read."""
    from dcctl import strict_yaml  # noqa: PLC0415  few creates bring documents of their own

    content = bytes_given(option, path, environment, most=MOST)
    if len(content) > MOST:
        raise Usage(f"{option} {visible(path)} is longer than {MOST} bytes", hint="is it the right file?")
    document = strict_yaml.plain(strict_yaml.parse(content, path, Usage))
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise Usage(f"{option} {visible(path)} is not a YAML mapping", hint="lines such as: key: value")
    return content, document


def _network_config(path: str, environment: Environment) -> bytes:
    """https://cloudinit.readthedocs.io/en/latest/reference/network-config.html"""
    content, document = _mapping("--network-config", path, environment)
    inner = document.get("network", document)
    if not isinstance(inner, dict) or inner.get("version") not in (1, 2):
        raise Usage(
            f"--network-config {visible(path)} has no version", hint="it begins with: version: 2 (or 1), as netplan's"
        )
    return content


def _password(path: str, environment: Environment) -> str:
    """The one line of the file; typed unseen where ``-`` is a terminal."""
    if path == "-" and environment.stdin.isatty():
        from getpass import getpass  # noqa: PLC0415  for people who type it only

        text = getpass("Password of the new instance: ")
        if getpass("The same again: ") != text:
            raise Usage("the two passwords differ", hint="type the same twice")
    else:
        if path != "-":
            _must_be_private(path)
        text = bytes_given("--password-file", path, environment, most=4096).decode(errors="surrogateescape")
        text = text.removesuffix("\n").removesuffix("\r")
    if not text or len(text.encode(errors="surrogateescape")) > MOST_PASSWORD or not text.isprintable():
        raise Usage(
            f"--password-file {visible(path)} holds no password",
            hint=f"one line of at most {MOST_PASSWORD} bytes, without control characters",
        )
    return text


def _must_be_private(path: str) -> None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return  # reading it tells why
    if os.path.isfile(path) and not private(found):
        raise Usage(f"--password-file {visible(path)} may be read by others", hint=f"run: chmod 600 {visible(path)}")


def password_hash(password: str) -> str:
    """As crypt(3) writes it, by SHA-512, which cloud-init and every Linux know.

    ``openssl passwd`` makes it: Python has nothing from 3.13 on. The password goes through a pipe, never into arguments.
    """
    import subprocess  # noqa: PLC0415  passwords only

    try:
        done = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"],  # noqa: S607  the system's own
            input=password.encode() + b"\n",
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise Failed(f"cannot run openssl, which hashes passwords: {error.strerror}", hint="install openssl") from error
    found = done.stdout.decode(errors="replace").strip()
    if done.returncode or not found.startswith("$6$"):
        said = visible(done.stderr.decode(errors="replace").strip())
        raise Failed(f"openssl has hashed no password: {said}", hint="is openssl 1.1.1 or newer installed?")
    return found


def agent_keys(environment: Environment) -> tuple[str, ...]:
    """The public keys that the ssh agent has. Raises ``Usage`` when it has none or is not there."""
    import subprocess  # noqa: PLC0415  those who ask for the agent only

    try:
        done = subprocess.run(
            ["ssh-add", "-L"],  # noqa: S607  the system's own
            env=dict(environment.environ),
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise Usage(f"cannot run ssh-add: {error.strerror}", hint="install openssh-client") from error
    if done.returncode == 2:
        raise Usage("no ssh agent answers", hint='start one: eval "$(ssh-agent)"; or give files with --ssh-key')
    lines = done.stdout.decode(errors="replace").splitlines() if done.returncode == 0 else []
    # Without certificates, which authorized_keys does not take as keys.
    keys = [line for line in lines if line.strip() and "-cert-v01@" not in line.split()[0]]
    if not keys:
        raise Usage("the ssh agent has no keys", hint="add one: ssh-add; or give files with --ssh-key")
    return ssh_keys_given(keys, environment, option="the ssh agent's key")
