"""What of the mock driver gets inside of machines that do not exist: their consoles, screens and programs."""

from __future__ import annotations

from abc import abstractmethod

from dcctl.abilities import Commands, Console, ConsoleLog, Screens
from dcctl.errors import NotAllowed
from dcctl.model import State
from dcctl_drivers.mock.trouble import strike

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from socket import socket
    from sqlite3 import Connection

    from dcctl.job import Job
    from dcctl.model import Instance
    from dcctl.nouns.commands import Ended
    from dcctl.nouns.consoles import ConsolePart
    from dcctl.nouns.screens import Screen
    from dcctl.settings import Values
    from dcctl_drivers.mock.store import Store


class Inside(Console, ConsoleLog, Commands, Screens):
    """A part of ``MockDriver``."""

    _settings: Values
    _store: Store

    @abstractmethod
    def _one(self, connection: Connection, identifier: str) -> Instance:
        """The instance with this id. Raises ``NotFound``."""

    def console(self, instance: Instance, *, force: bool = False) -> AbstractContextManager[socket]:
        from dcctl_drivers.mock.consoles import connected  # noqa: PLC0415  consoles only

        strike(self._settings, "console")
        with self._store.reading() as connection:
            now = self._one(connection, instance.id)
        if now.state not in (State.RUNNING, State.SUSPENDED, State.STOPPING):
            raise NotAllowed(f"the console of {now.name} is silent: it is {now.state}", resource=now.name)
        return connected(now)

    def screen(self, instance: Instance) -> Screen:
        from dcctl.nouns.screens import Screen  # noqa: PLC0415  for this only

        strike(self._settings, "screen")
        with self._store.reading() as connection:
            now = self._one(connection, instance.id)
        if now.state not in (State.RUNNING, State.SUSPENDED, State.STOPPING):
            raise NotAllowed(f"the screen of {now.name} is dark: it is {now.state}", resource=now.name)
        return Screen(now.addresses[0].value, 5900)

    def begin_command(self, instance: Instance, command: Sequence[str], stdin: bytes, job: Job) -> str:
        from shlex import join  # noqa: PLC0415  5 ms, for this only

        strike(self._settings, "command", job)
        with self._store.reading() as connection:
            now = self._one(connection, instance.id)
        if now.state is not State.RUNNING:
            raise NotAllowed(f"nothing runs in {now.name}: it is {now.state}", resource=now.name)
        return join(command)

    def end_of_command(self, instance: Instance, word: str) -> Ended:
        """Nothing is run: it says what would have been, and that it went well."""
        from dcctl.nouns.commands import Ended  # noqa: PLC0415  for this only

        return Ended(0, f"{word}\n".encode())

    def console_log(self, instance: Instance, start: int, most: int) -> ConsolePart:
        from dcctl_drivers.mock.consoles import part  # noqa: PLC0415  consoles only

        strike(self._settings, "console-log")
        with self._store.reading() as connection:
            return part(self._one(connection, instance.id), start, most)
