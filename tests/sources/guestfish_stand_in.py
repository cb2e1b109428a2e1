"""A program that answers as guestfish does, about a folder instead of a disk: `main(FOLDER)`.

The folder has `facts.json`, what inspection finds, and `root`, the guest's files as they are once everything is mounted; it writes down what it
was asked into `asked`.
"""

from __future__ import annotations

import codecs
import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path


def main(folder: str) -> int:
    facts = json.loads(Path(folder, "facts.json").read_text())
    with Path(folder, "asked").open("a") as asked:
        for line in sys.stdin:
            command, *words = map(_unescaped, shlex.split(line))
            if command != "echo":
                print(command, *words, file=asked, flush=True)
            if command in facts["fails"]:
                print(f"libguestfs: error: {command}: {facts['fails'][command]}", file=sys.stderr)
                return 1
            for answer in _answers(command, words, facts, os.path.join(folder, "root")):
                print(answer)
            sys.stdout.flush()
    return 0


def _unescaped(word: str) -> str:
    return codecs.decode(word, "unicode_escape").encode("latin1").decode()


def _answers(command: str, words: list[str], facts: dict[str, list[str]], root: str) -> list[str]:
    if command in facts:
        return facts[command]
    if command in ("run", "umount-all", "mount", "shutdown", *facts["ignored"]):
        return []
    path = root + words[-1] if words and words[-1].startswith("/") else root
    return ANSWERS[command](path, words, root)


def _is(kind: Callable[[str], bool]) -> Callable[[str, list[str], str], list[str]]:
    return lambda _, words, root: ["true" if kind(root + words[0]) else "false"]


def _remove(path: str) -> list[str]:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)
    return []


def _truncate(path: str) -> list[str]:
    os.truncate(path, 0)
    return []


ANSWERS: dict[str, Callable[[str, list[str], str], list[str]]] = {
    "echo": lambda _path, words, _root: words,
    "is-dir": _is(os.path.isdir),
    "is-file": _is(os.path.isfile),
    "is-symlink": _is(os.path.islink),
    "realpath": lambda path, _words, root: [os.path.realpath(path).removeprefix(root)],
    "readlink": lambda path, _words, _root: [os.readlink(path)],
    "filesize": lambda path, _words, _root: [str(os.stat(path).st_size)],
    "head-n": lambda path, words, _root: Path(path).read_text().splitlines()[: int(words[0])],
    "ls": lambda path, _words, _root: sorted(os.listdir(path)),
    "truncate": lambda path, _words, _root: _truncate(path),
    "rm": lambda path, _words, _root: _remove(path),
    "rm-rf": lambda path, _words, _root: _remove(path),
}
"""What each command answers, given its last word as a path, all its words, and the folder."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
