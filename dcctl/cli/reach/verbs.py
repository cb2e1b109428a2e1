"""The words of ``dcctl instance ssh``, ``cp``, ``ssh-config``, ``exec``, ``console``, ``logs`` and ``vnc``."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import Verb
from dcctl.cli.session import session_of
from dcctl.cli.words_given import must_be_path, must_be_text_if_given

User = Annotated[
    str | None,
    typer.Option(
        "--user",
        "-u",
        help="Log in as; otherwise the image's usual user, otherwise as ssh decides.",
        metavar="NAME",
        callback=must_be_text_if_given,
    ),
]
SshOption = Annotated[
    list[str],
    typer.Option("--ssh-option", help="For ssh as its -o, such as ForwardAgent=yes.", metavar="KEYWORD=VALUE"),
]
AcceptNew = Annotated[
    bool,
    typer.Option(
        "--accept-new",
        help="Believe the host key that it shows the first time, also if another is pinned. For images that make their own.",
    ),
]
WaitForSsh = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until ssh answers.")]
WaitingTime = Annotated[
    str | None, typer.Option("--timeout", help="How long to wait at most, as in 90s or 5m.", metavar="TIME")
]
Print = Annotated[bool, typer.Option("--print", help="Print the command instead of running it.")]


def ssh(
    context: typer.Context,
    name: opt.Name,
    command: Annotated[
        list[str] | None,
        typer.Argument(help="What to run there; a shell if nothing. Write -- before it.", metavar="COMMAND..."),
    ] = None,
    user: User = None,
    identity: opt.Identity = None,
    tty: Annotated[bool, typer.Option("--tty", "-t", help="Give the command a terminal, as ssh's own -t.")] = False,
    ssh_option: SshOption = [],  # noqa: B006
    accept_new: AcceptNew = False,
    wait: WaitForSsh = True,
    timeout: WaitingTime = None,
    printed: Print = False,
) -> None:
    """Log in to an instance with the system's ssh, or run a command there.

    It waits until ssh answers. Only the host key is believed that the instance was given when it was created; where none is known,
    the first that it shows. From then on dcctl is ssh: its questions, its output and its exit status, 255 if it cannot log in.

    \b
    dcctl instance ssh web
    dcctl instance ssh web --user root -- journalctl -f
    """
    from dcctl.cli.reach.login import Wanted, log_in  # noqa: PLC0415  no other noun needs it

    wanted = Wanted(user, identity, ssh_option, accept_new, wait, timeout)
    log_in(session_of(context), name, command or [], wanted, tty=tty, printed=printed)


def cp(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(help="What to copy: a path here, or NAME:PATH.", metavar="SOURCE", callback=must_be_path)
    ],
    target: Annotated[
        str, typer.Argument(help="Where to: a path here, or NAME:PATH.", metavar="TARGET", callback=must_be_path)
    ],
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Folders with what is in them.")] = False,
    user: User = None,
    identity: opt.Identity = None,
    ssh_option: SshOption = [],  # noqa: B006
    accept_new: AcceptNew = False,
    wait: WaitForSsh = True,
    timeout: WaitingTime = None,
    printed: Print = False,
) -> None:
    """Copy files to or from an instance with the system's scp. Keys and waiting are as for ssh.

    \b
    dcctl instance cp app.tar.gz web:/tmp/
    dcctl instance cp -r web:/var/log ./logs
    """
    from dcctl.cli.reach.login import Wanted, copy  # noqa: PLC0415  no other noun needs it

    wanted = Wanted(user, identity, ssh_option, accept_new, wait, timeout)
    copy(session_of(context), source, target, wanted, recursive=recursive, printed=printed)


def ssh_config(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Names, ids or REALM/NAME; all that have an address if none.", metavar="NAME..."),
    ] = None,
    user: User = None,
    identity: opt.Identity = None,
    accept_new: AcceptNew = False,
) -> None:
    """Print what ~/.ssh/config needs so that ssh, rsync and Ansible know the instances, with their pinned host keys.

    \b
    dcctl instance ssh-config > ~/.ssh/dcctl; echo 'Include dcctl' >> ~/.ssh/config
    """
    from dcctl.cli.reach.login import Wanted, print_configuration  # noqa: PLC0415  no other noun needs it

    wanted = Wanted(user, identity, (), accept_new, wait=False, timeout=None)
    print_configuration(session_of(context), names, wanted)


def execute(
    context: typer.Context,
    name: opt.Name,
    command: Annotated[
        list[str], typer.Argument(help="The program, and its arguments. Write -- before it.", metavar="COMMAND...")
    ],
    stdin: Annotated[
        bool, typer.Option("--stdin", "-i", help="Give it what stands on standard input, to its end.")
    ] = False,
    timeout: opt.Timeout = None,
) -> None:
    """Run a program inside of an instance, by the agent that is in it: without a network, a key or a login.

    There is no shell between, and what the program writes is shown when it ends; its exit status is that of this command.

    \b
    dcctl instance exec web -- systemctl is-active nginx
    dcctl instance exec web -- sh -c 'df / | tail -1'
    """
    from dcctl.cli.reach.program import run_program  # noqa: PLC0415  no other verb needs it

    if status := run_program(session_of(context), name, command, reads=stdin, timeout=timeout):
        raise typer.Exit(status)


def console(
    context: typer.Context,
    name: opt.Name,
    force: Annotated[bool, typer.Option("--force", help="Throw out whoever is connected.")] = False,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Only show what it says from now on; needs no terminal.")
    ] = False,
) -> None:
    """Be at the serial console of an instance. Every key goes there, Ctrl-C too; ^] leaves.

    \b
    dcctl instance console web
    """
    from dcctl.cli.reach.console import show_console  # noqa: PLC0415  no other verb needs it

    show_console(session_of(context), name, force=force, read_only=read_only)


def logs(
    context: typer.Context,
    name: opt.Name,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with what it says from now on, until the instance is off.")
    ] = False,
    lines: Annotated[
        int | None, typer.Option("--lines", help="Only so many, the last ones.", metavar="COUNT", show_default=False)
    ] = None,
) -> None:
    """Show what the console of an instance has said, if it was created with --console-log or the provider keeps it anyway.

    \b
    dcctl instance logs web --lines 20 --follow
    """
    from dcctl.cli.reach.log import show_log  # noqa: PLC0415  no other verb needs it

    show_log(session_of(context), name, follow=follow, lines=lines)


def vnc(context: typer.Context, name: opt.Name) -> None:
    """Print where a VNC viewer finds the screen of an instance, if it was created with --vnc or the provider shows it anyway.

    \b
    vncviewer "$(dcctl instance vnc web)"
    """
    from dcctl.cli.reach.screen import show_screen  # noqa: PLC0415  no other verb needs it

    show_screen(session_of(context), name)


VERBS = {
    "ssh": Verb(ssh),
    "cp": Verb(cp),
    "ssh-config": Verb(ssh_config),
    "exec": Verb(execute),
    "console": Verb(console),
    "logs": Verb(logs),
    "vnc": Verb(vnc),
}
