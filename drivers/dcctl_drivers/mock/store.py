"""The file in which the mock cloud lives: made once, shared by any number of processes, never overwritten when it is damaged.

Each transaction has a connection of its own (0.2 ms), so threads share nothing, and ``close`` has nothing to close. Writers begin with
``BEGIN IMMEDIATE``: what they read stays true until they commit. The rollback journal is kept rather than WAL, so that the cloud is one
file that can be copied, and read where nothing may be written.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager, suppress

from dcctl import paths
from dcctl.errors import Capacity, DcctlError, Failed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# What a process waits for the others: a thousand writers of 5 ms each fit in.
BUSY_SECONDS = 10.0

# Each text leads from one layout of the tables to the next. A step that was released is never changed: files everywhere were made by it.
_STEPS = (
    """
CREATE TABLE images (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- AUTOINCREMENT: an id that was destroyed never comes back
    name TEXT NOT NULL,
    realm TEXT,
    architecture TEXT,
    owner TEXT,
    description TEXT,
    size_bytes INTEGER,
    digest TEXT,
    user TEXT,
    created REAL NOT NULL
);
CREATE TABLE instances (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    becomes TEXT,                              -- the state that follows by itself, from the time ``settles`` on
    settles REAL,
    reason TEXT,
    realm TEXT NOT NULL,
    image TEXT NOT NULL,
    hwp TEXT NOT NULL,
    cpu INTEGER,
    memory_mib INTEGER,
    storage_gib INTEGER,
    architecture TEXT,
    root_type TEXT,
    overridden TEXT NOT NULL DEFAULT '',       -- names of properties, separated by commas
    owner TEXT,
    created REAL NOT NULL,
    user TEXT,
    key TEXT,
    password TEXT,
    ssh_keys TEXT,
    user_data BLOB
);
""",
    """
CREATE TABLE keys (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    public_key TEXT NOT NULL,
    created REAL NOT NULL
);
""",
    """
CREATE TABLE networks (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    reach TEXT NOT NULL,
    cidr TEXT,
    ours INTEGER NOT NULL                      -- 0: it came with the cloud
);
INSERT INTO networks (name, reach, cidr, ours) VALUES ('default', 'nat', '10.66.0.0/24', 0);
-- names, separated by blanks (SQLite takes no comment behind a new column)
ALTER TABLE instances ADD COLUMN networks TEXT NOT NULL DEFAULT ''
""",
    """
CREATE TABLE volumes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    realm TEXT NOT NULL,
    size_gib INTEGER NOT NULL,
    created REAL NOT NULL,
    instance INTEGER,                          -- the number of the one that it is attached to
    device TEXT,
    UNIQUE (realm, name)
);
""",
    """
-- key=value, separated by blanks
ALTER TABLE instances ADD COLUMN labels TEXT NOT NULL DEFAULT '';
ALTER TABLE instances ADD COLUMN description TEXT;
ALTER TABLE instances ADD COLUMN protected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instances ADD COLUMN autostart INTEGER NOT NULL DEFAULT 0
""",
    """
CREATE TABLE snapshots (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    instance INTEGER NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    created REAL NOT NULL,
    description TEXT,
    current INTEGER NOT NULL DEFAULT 0,
    UNIQUE (instance, name)
);
""",
    """
-- sizes, separated by blanks
ALTER TABLE instances ADD COLUMN disks_gib TEXT NOT NULL DEFAULT ''
""",
    """
-- firmware, tpm and type, separated by commas
ALTER TABLE instances ADD COLUMN machine TEXT
""",
    """
ALTER TABLE instances ADD COLUMN disk_mode TEXT NOT NULL DEFAULT 'overlay'
""",
    """
-- of a suspended one: whether its memory is on disk
ALTER TABLE instances ADD COLUMN saved INTEGER NOT NULL DEFAULT 0
""",
    """
-- of one that was adopted: the disks that were, too, separated by blanks
ALTER TABLE instances ADD COLUMN adopted TEXT
""",
    """
-- what it is told for its first boot
ALTER TABLE instances ADD COLUMN password_hash TEXT;
ALTER TABLE instances ADD COLUMN meta_data TEXT;
ALTER TABLE instances ADD COLUMN network_config BLOB
""",
    """
-- mac/address for each of the networks, separated by blanks
ALTER TABLE instances ADD COLUMN interfaces TEXT NOT NULL DEFAULT ''
""",
    """
-- processors and MiB that it was started with, where a resize waits for its next start
ALTER TABLE instances ADD COLUMN started_cpu INTEGER;
ALTER TABLE instances ADD COLUMN started_memory_mib INTEGER
""",
)

SCHEMA = len(_STEPS)
"""The layout of the tables; kept in the file as ``user_version``."""


def default_path() -> str:
    """``$XDG_STATE_HOME/dcctl/mock.sqlite3``. A relative XDG_STATE_HOME is ignored, as its specification demands.

    Empty for a user without a home directory: opening it says so.
    """
    directory = paths.state_directory(os.environ)
    return "" if directory is None else os.path.join(directory, "mock.sqlite3")


class Store:
    """The database at ``path``. Making the object opens nothing."""

    def __init__(self, path: str) -> None:
        self.path = path

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for one SELECT."""
        with closing(self._open()) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection inside a transaction that excludes all other writers; committed unless the block raises."""
        with closing(self._open()) as connection:
            # Nobody waits for the disk (up to 5 ms for each of four syncs): a killed process loses nothing, only a machine without power might.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN IMMEDIATE")
            yield connection  # closing a connection rolls back what was not committed
            connection.execute("COMMIT")

    def translate(self, error: Exception) -> DcctlError | None:
        """What went wrong with the file, as an error that says where it is and what to do."""
        if isinstance(error, sqlite3.Error):
            return self._database_error(error)
        if isinstance(error, OSError):
            return self._file_error(error)
        return None

    def _open(self) -> sqlite3.Connection:
        if not self.path:
            raise Failed(
                "there is no home directory for the mock database",
                hint="name a place with XDG_STATE_HOME, or a file with DCCTL_MOCK_PATH",
            )
        if not os.path.exists(self.path):
            _make_private_file(self.path)
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            if _version(connection) != SCHEMA:
                self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Fill a new file, or bring an older one up to date, unless another process was faster. Refuse a file that is not ours."""
        connection.execute("BEGIN IMMEDIATE")
        version = _version(connection)
        if version > SCHEMA:
            raise Failed(
                f"the mock database {self.path} was made by a newer dcctl",
                hint=f"it has layout {version}, this dcctl knows {SCHEMA}; {self._start_anew()}",
            )
        if version == 0 and os.path.getsize(
            self.path
        ):  # SQLite itself would take a file of a few bytes for an empty one
            raise Failed(f"{self.path} is not a mock database of dcctl", hint=self._start_anew())
        if 0 < version < SCHEMA:
            connection.execute(
                "SELECT 1 FROM instances LIMIT 1"
            )  # another program's file with our number is left alone
        for step in _STEPS[version:]:
            for statement in step.split(";"):  # executescript() would commit, and several processes would do the same
                connection.execute(statement)
        if version == 0:
            from dcctl_drivers.mock.fixtures import seed  # noqa: PLC0415  needed once in the life of a file

            seed(connection)
        if version < SCHEMA:
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute("COMMIT")

    def _database_error(self, error: sqlite3.Error) -> DcctlError:
        name = getattr(error, "sqlite_errorname", "")  # absent when the module itself complains, not the library
        if name.startswith("SQLITE_FULL"):
            return Capacity(f"no space is left for the mock database {self.path}", hint="nothing was changed")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return Failed(
                f"another process has held the mock database {self.path} for {BUSY_SECONDS:g} seconds",
                hint="nothing was changed; try again",
            )
        if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
            return Failed(
                f"cannot write the mock database {self.path}: {error}",
                hint="its folder must be writable; the setting path of the mock driver chooses another place",
            )
        if name.startswith("SQLITE_IOERR"):
            return Failed(f"cannot read or write the mock database {self.path}: {error}", hint="nothing was changed")
        return Failed(f"the mock database {self.path} is damaged: {error}", hint=self._start_anew())

    def _file_error(self, error: OSError) -> DcctlError:
        import errno  # noqa: PLC0415  needed on errors only

        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return Capacity(f"no space is left for the mock database {self.path}", hint="nothing was changed")
        return Failed(
            f"cannot use the mock database {self.path}: {error.strerror or error}",
            hint="the setting path of the mock driver chooses another place",
        )

    def _start_anew(self) -> str:
        return f"to start anew, move it away: mv '{self.path}' '{self.path}.old'"


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _make_private_file(path: str) -> None:
    """An empty file that only its owner can read: it will hold passwords, if invented ones."""
    _make_private_folder(os.path.dirname(path))
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))


def _make_private_folder(folder: str) -> None:
    if not os.path.isdir(folder):
        _make_private_folder(os.path.dirname(folder))
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)
