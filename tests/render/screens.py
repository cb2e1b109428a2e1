"""Streams that the tests give to ``Output``: a pipe or a terminal of any width and encoding, and a clock that stands still."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic

from dcctl.hardware import Hardware, Property
from dcctl.model import Action, Address, AddressKind, Instance, State
from dcctl.render.noun import Row
from dcctl.render.nouns.instance import InstanceRow
from dcctl.render.output import Format, Output, OutputOptions
from dcctl.render.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dcctl.render.noun import Noun

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class Stream(io.TextIOWrapper):
    """Like a real one, with an encoding; a terminal if it is told so."""

    def __init__(self, *, interactive: bool, encoding: str) -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding, write_through=True)
        self.interactive = interactive

    def isatty(self) -> bool:
        return self.interactive

    @property
    def written(self) -> str:
        return self.bytes.getvalue().decode(self.encoding)


class Screen(Generic[Row]):
    """A noun, the options that somebody typed, and where it goes."""

    def __init__(
        self,
        noun: Noun[Row],
        options: OutputOptions,
        *,
        interactive: bool = False,
        width: int = 80,
        encoding: str = "utf-8",
        color: str = "never",
    ) -> None:
        self.stdout = Stream(interactive=interactive, encoding=encoding)
        self.stderr = Stream(interactive=interactive, encoding=encoding)
        environ = {"COLUMNS": str(width)}
        self.output = Output(
            noun,
            options,
            Terminal(self.stdout, color=color, environ=environ),
            notes=Terminal(self.stderr, color=color, environ=environ),
            now=lambda: NOW,
        )

    def list(self, rows: Iterable[Row]) -> str:
        self.output.list(rows)
        return self.stdout.written

    def one(self, row: Row) -> str:
        self.output.one(row)
        return self.stdout.written


def options(form: Format | str = Format.TABLE, **others: Any) -> OutputOptions:
    return OutputOptions(Format(form), **others)


WEB = InstanceRow(
    Instance(
        id="i-1",
        name="web",
        state=State.RUNNING,
        realm="us",
        image="debian-12",
        hwp="large",
        hardware=Hardware(cpu=2, memory_mib=8192, storage_gib=20, architecture="x86_64"),
        overrides={Property.MEMORY: 8192},
        at_next_start=(Property.MEMORY,),
        addresses=(
            Address("10.0.0.5", through="root@lab.example"),
            Address("web.example", AddressKind.HOSTNAME, public=True),
        ),
        owner="ann",
        created=NOW - timedelta(hours=3),
        provider_state="RUNNING",
        user="debian",
        password="s3cret",
        refused={Action.REBOOT: "it is locked"},
        host_keys=("ssh-ed25519 AAAAC3Nz",),
    ),
    actions=(Action.STOP,),
    why_not={Action.START: "it is running", Action.REBOOT: "it is locked"},
)
DB = InstanceRow(
    Instance(id="i-2", name="db-with-a-long-name", state=State.ERROR, realm="eu", reason="no space", foreign=True)
)
