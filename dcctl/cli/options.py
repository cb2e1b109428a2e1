"""Options that several commands share, with the words that they have everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.render.options import Format

Output = Annotated[
    Format | None,
    typer.Option("--output", "-o", help="How to show it.", show_default=False, rich_help_panel="Output"),
]
Columns = Annotated[
    list[str],
    typer.Option("--columns", "-c", help="Only these columns, as in name,state.", metavar="KEYS", show_default=False),
]
Sort = Annotated[
    list[str],
    typer.Option("--sort", help="By these columns; -KEY for the other way.", metavar="KEYS", show_default=False),
]
Filters = Annotated[
    list[str],
    typer.Option(
        "--filter",
        "-f",
        help="Only what fits: key=value, key!=value or key~pattern. Several hold together.",
        metavar="CONDITION",
        show_default=False,
    ),
]
NoHeader = Annotated[bool, typer.Option("--no-header", help="Leave the titles out.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Names only, one on a line.")]

RealmOption = Annotated[str | None, typer.Option("--realm", help="In this realm.", metavar="REALM", show_default=False)]
Names = Annotated[
    list[str], typer.Argument(help="Names, ids or REALM/NAME; - reads them from standard input.", metavar="NAME...")
]
Name = Annotated[str, typer.Argument(help="A name, an id or REALM/NAME.", metavar="NAME")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it has settled.")]
Timeout = Annotated[
    str | None,
    typer.Option("--timeout", help="How long to wait, as in 90s or 5m. It goes on all the same.", metavar="TIME"),
]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Show what would be done, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Force = Annotated[bool, typer.Option("--force", help="Do first what must come first, such as stop before destroy.")]
PowerOffFlag = Annotated[bool, typer.Option("--power-off", help="Pull the plug instead of asking the guest.")]
PowerOffAfter = Annotated[
    str | None, typer.Option("--power-off-after", help="Pull the plug if it has not stopped by then.", metavar="TIME")
]
IgnoreMissing = Annotated[bool, typer.Option("--ignore-missing", help="What does not exist is as good as destroyed.")]
ShowSecrets = Annotated[bool, typer.Option("--show-secrets", help="Show passwords.")]
