"""What of the driver gets inside of guests: consoles, screens and the agent, each method as one line of the story told in its neighbours."""

from __future__ import annotations

from abc import abstractmethod

from dcctl.abilities import Commands, Console, ConsoleLog, Screens
from dcctl_drivers.libvirt.options import jump_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from socket import socket

    import libvirt

    from dcctl.driver import Endpoint
    from dcctl.job import Job
    from dcctl.model import Instance
    from dcctl.nouns.commands import Ended
    from dcctl.nouns.consoles import ConsolePart
    from dcctl.nouns.screens import Screen
    from dcctl_drivers.libvirt.connection import Connection


class Inside(Console, ConsoleLog, Commands, Screens):
    """A part of ``LibvirtDriver``."""

    endpoint: Endpoint
    _connection: Connection

    @abstractmethod
    def _domain(self, instance: Instance) -> libvirt.virDomain:
        """The domain of the instance. Raises ``NotFound``."""

    def console(self, instance: Instance, *, force: bool = False) -> AbstractContextManager[socket]:
        from dcctl_drivers.libvirt.console import connected  # noqa: PLC0415  consoles only

        return connected(self._connection.host, self._domain(instance), force=force)

    def console_log(self, instance: Instance, start: int, most: int) -> ConsolePart:
        from dcctl_drivers.libvirt import records  # noqa: PLC0415  consoles only
        from dcctl_drivers.libvirt.console import log_part  # noqa: PLC0415  likewise

        record, _ = records.read(self._domain(instance))
        return log_part(self._connection.host, instance.name, record, start, most)

    def screen(self, instance: Instance) -> Screen:
        from dcctl_drivers.libvirt.screen import screen  # noqa: PLC0415  9 ms with XML

        return screen(self._domain(instance), jump_of(self.endpoint.realms[0], self._connection.uri))

    def begin_command(self, instance: Instance, command: Sequence[str], stdin: bytes, job: Job) -> str:
        from dcctl_drivers.libvirt import agent  # noqa: PLC0415  json and base64, 8 ms

        job.check()
        return agent.begin(self._domain(instance), command, stdin)

    def end_of_command(self, instance: Instance, word: str) -> Ended | None:
        from dcctl_drivers.libvirt import agent  # noqa: PLC0415  loaded already

        return agent.end(self._domain(instance), word)
