"""What a new mock cloud holds: the fixtures of Deltacloud's mock driver, which half of its own tests lean on.

Their one oddity that dcctl cannot have, an instance with an empty name, is mended: inst3 is called inst3. inst1 has a password, so that
there is something for ``--show-secrets`` to show.
"""

from __future__ import annotations

from time import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqlite3 import Connection

_IMAGES = (
    # number, name, architecture, owner, description
    (1, "Fedora 10", "x86_64", "fedoraproject", "Fedora 10"),
    (2, "Fedora 10", "i386", "fedoraproject", "Fedora 10"),
    (3, "JBoss", "i386", "mockuser", "JBoss"),
)

_SMALL = (1, 1740, 160, "i386")
_LARGE = (1, 10240, 850, "x86_64")
_LARGE_WITH_MORE_MEMORY = (1, 12288, 850, "x86_64")

_INSTANCES = (
    # number, name, realm, image, hwp, overridden, user, password, then cpu, memory_mib, storage_gib, architecture
    (0, "Mock Instance With Profile Change", "us", "img1", "m1-large", "memory", None, None, *_LARGE_WITH_MORE_MEMORY),
    (1, "MockUserInstance", "us", "img3", "m1-small", "", "mockuser", "mock-password", *_SMALL),
    (2, "AnotherInstance", "us", "img1", "m1-large", "", None, None, *_LARGE),
    (3, "inst3", "eu", "img3", "m1-small", "", None, None, *_SMALL),
)


def seed(connection: Connection) -> None:
    """Insert the fixtures, as part of the caller's transaction."""
    now = time()
    connection.executemany(
        "INSERT INTO images (number, name, architecture, owner, description, created) VALUES (?, ?, ?, ?, ?, ?)",
        [(*image, now) for image in _IMAGES],
    )
    connection.executemany(
        "INSERT INTO instances (number, name, realm, image, hwp, overridden, user, password, cpu, memory_mib,"
        " storage_gib, architecture, state, owner, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', 'mockuser', ?)",
        [(*instance, now) for instance in _INSTANCES],
    )
