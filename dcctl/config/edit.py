"""Changing the configuration file: select a context without losing a comment, and write the first file."""

from __future__ import annotations

import errno
import os

from dcctl import files
from dcctl.errors import Capacity, ConfigError, Conflict, DcctlError, NotFound, raise_all
from dcctl.words import as_name, suggestion, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.strict_yaml import Node

_INITIAL = """\
# Configuration of dcctl. Flags and DCCTL_... variables win over what stands here: dcctl config show says where a value comes from.
version: 1

# The context that is used unless --context or DCCTL_CONTEXT names another; dcctl context use NAME changes this line.
context: try

contexts:
  # Nothing real is made here: to try dcctl, and to rehearse scripts.
  try:
    driver: mock

  # Virtual machines on this host, or over ssh on others.
  # lab:
  #   driver: libvirt
  #   catalogue: profiles.yaml    # hardware profiles and realms; a relative path begins at this file
  #   realm: local                # where instances are created unless --realm says otherwise
  #   hwp: small                  # and how large
  #   conformance: false          # true: dcctl driver check may make and destroy instances and images here
  #   settings: {}                # what the driver can be told: dcctl driver show libvirt
  #   # A secret setting is {file: PATH}, {environment: NAME} or {command: [PROGRAM, ...]}; literally, only in a file with mode 0600.

# output: table    # or wide, json, jsonl, yaml, csv, name
# color: auto      # or always, never
# timeout: 5m      # how long to wait until an action has settled
# realm_timeout: 30s  # how long a realm may take to answer
"""


def initial_text() -> str:
    """What ``dcctl config init`` writes."""
    return _INITIAL


def write_initial(path: str) -> None:
    """Write the first configuration. Raises ``Conflict`` if there is a file already."""
    try:
        files.make_private_directory(os.path.dirname(path))
    except (OSError, ValueError) as problem:
        raise _unwritable(path, problem) from problem
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as problem:
        raise Conflict(f"{visible(path)} exists already", hint="edit it, or move it away", resource=path) from problem
    except OSError as problem:
        raise _unwritable(path, problem) from problem
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(_INITIAL)
    except OSError as problem:  # a full disk: half a file would be in the way of the next try
        os.unlink(path)
        raise _unwritable(path, problem) from problem


def use_context(path: str, name: str) -> None:
    """Select a context: change one word of the file, or add one line, and nothing else. Mode and links are kept.

    Raises as ``check_context`` does.
    """
    content, status = _selecting(path, name)
    _replace(path, content, status)


def check_context(path: str, name: str) -> None:
    """Whether ``use_context`` would do it.

    Raises ``NotFound`` for a context that the file does not have, ``ConfigError`` for a file that is wrong.
    """
    _selecting(path, name)


def _selecting(path: str, name: str) -> tuple[bytes, os.stat_result]:
    """The file with this context selected, and what the file is now."""
    from dcctl import strict_yaml  # noqa: PLC0415  22 ms that only this command needs
    from dcctl.config.reader import read as read_form  # noqa: PLC0415

    if not os.path.lexists(path):
        raise ConfigError(f"there is no file {visible(path)}", hint="write one with: dcctl config init")
    files.status(path, ConfigError)
    content, status = files.read(path, ConfigError)
    document = strict_yaml.parse(content, path, ConfigError)
    form, problems = read_form(content, path)
    selected = (
        document.value["context"].value if isinstance(document.value, dict) and "context" in document.value else None
    )
    raise_all(problems)
    if name not in form["contexts"]:
        raise NotFound(f"there is no context {as_name(name)}", hint=suggestion(name, form["contexts"]), resource=name)
    text = strict_yaml.decode(content, path, ConfigError)
    edited = _edited(text, document, selected, name)
    _check_edit(path, edited, document, name)
    mark = "\ufeff" if content.startswith(b"\xef\xbb\xbf") else ""
    return (mark + edited).encode("utf-8"), status


def _edited(text: str, document: Node, selected: Node | None, name: str) -> str:
    """The text with another context. Names need no quotes but where they read as a number or another YAML word."""
    word = f'"{name}"' if not name[0].isalpha() or name.lower() in ("true", "false", "null") else name
    if selected is not None:
        # A value that is missing (``context:``) ends where it begins, right behind the colon.
        gap = " " if selected.start == selected.end else ""
        return f"{text[: selected.start]}{gap}{word}{text[selected.end :]}"
    if document.flow:
        return f"{text[: document.start + 1]}context: {word}, {text[document.start + 1 :]}"
    version = document.value["version"].value if isinstance(document.value, dict) else document
    line, _, rest = text[version.end :].partition("\n")
    ending = "\r\n" if line.endswith("\r") else "\n"
    head = text[: version.end] + line.removesuffix("\r")
    return f"{head}{ending}{' ' * (document.column - 1)}context: {word}{ending}{rest}"


def _check_edit(path: str, edited: str, document: Node, name: str) -> None:
    """Refuse an edit that does anything but select the context, whatever curious YAML the file is written in."""
    from dcctl import strict_yaml  # noqa: PLC0415  as above

    before = strict_yaml.plain(document)
    try:
        after = strict_yaml.plain(strict_yaml.parse(edited.encode("utf-8"), path, ConfigError))
    except ConfigError:
        after = None
    if not isinstance(before, dict) or after != {**before, "context": name}:
        raise ConfigError("cannot change this file safely", hint=f"write context: {name} by hand", where=visible(path))


def _replace(path: str, content: bytes, status: os.stat_result) -> None:
    """Put the content in the place of the file, at once or not at all."""
    target = os.path.realpath(path)
    temporary = f"{target}.{os.getpid()}.new"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as file:
                if os.fstat(descriptor).st_uid != status.st_uid:
                    os.fchown(descriptor, status.st_uid, status.st_gid)  # root works on somebody's file
                os.fchmod(descriptor, status.st_mode & 0o7777)
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            os.replace(temporary, target)
        except OSError:
            os.unlink(temporary)
            raise
    except OSError as problem:
        raise _unwritable(path, problem) from problem


def _unwritable(path: str, problem: Exception) -> DcctlError:
    if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return Capacity(f"no space is left for {visible(path)}", hint="make room there; nothing was changed")
    reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
    return ConfigError(f"cannot write {visible(path)}: {reason}", hint="name another file with --config")
