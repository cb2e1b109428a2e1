"""The words of the commands that change instances which exist."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import typer

from dcctl.cli import options as opt
from dcctl.cli.changing import change_each
from dcctl.cli.options import RESULT, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.cli.words_given import must_be_text, must_be_text_if_given
from dcctl.errors import Usage
from dcctl.hardware import Property
from dcctl.labels import changes_given
from dcctl.nouns.changes import CloneSpec, Description


def label(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help="A name, an id or REALM/NAME; - reads several from standard input.",
            metavar="NAME",
            callback=must_be_text,
        ),
    ],
    changes: Annotated[
        list[str] | None,
        typer.Argument(help="KEY=VALUE puts a label on, KEY- takes it off.", metavar="CHANGE...", show_default=False),
    ] = None,
    description: Annotated[
        str | None,
        typer.Option(
            "--description",
            help="Write what it is for, in one line; an empty one takes it away.",
            metavar="TEXT",
            show_default=False,
        ),
    ] = None,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Put labels on an instance, take them off, or write another description. All other labels stay.

    \b
    dcctl instance label web role=web stage- --description 'The shop'
    dcctl instance list -l role=web -q | dcctl instance label - stage=live
    """
    if not changes and description is None:
        raise Usage("no label was given", hint="write role=web to put one on, role- to take it off")
    change = Description(changes_given(changes or ()), description)
    session = session_of(context)
    changing = session.cloud.changing
    change_each(
        session,
        [name],
        "label",
        "labelled",
        lambda instance: changing.described(instance, change),
        lambda instance, job: changing.describe(instance, change, job),
        shown,
        dry_run=dry_run,
    )


def resize(
    context: typer.Context,
    name: opt.Name,
    hwp: Annotated[
        str | None,
        typer.Option(
            "--hwp",
            help="Another hardware profile.",
            metavar="PROFILE",
            show_default=False,
            callback=must_be_text_if_given,
        ),
    ] = None,
    cpu: Annotated[
        str | None, typer.Option("--cpu", help="Processors, as the profile allows.", metavar="COUNT")
    ] = None,
    memory: Annotated[
        str | None, typer.Option("--memory", help="Memory, as the profile allows: 2GiB.", metavar="SIZE")
    ] = None,
    storage: Annotated[
        str | None, typer.Option("--storage", help="The root disk, which only grows: 20GiB.", metavar="SIZE")
    ] = None,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Give an instance another size: at once where that is possible, else at its next start. It says which.

    \b
    dcctl instance resize web --memory 4GiB --storage 40GiB
    """
    from dcctl.cli.changing.sizes import resize_instance  # noqa: PLC0415  no other command needs it

    wanted = {Property.CPU: cpu, Property.MEMORY: memory, Property.STORAGE: storage}
    resize_instance(session_of(context), name, hwp, wanted, shown, dry_run=dry_run)


def clone(
    context: typer.Context,
    name: opt.Name,
    new_name: Annotated[str, typer.Argument(help="What to call the copy.", metavar="NEW_NAME", callback=must_be_text)],
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Copy a stopped instance with what is on its disk. The copy is stopped, and has an id, addresses and a host key of its own.

    \b
    dcctl instance clone web web-2
    """
    session = session_of(context)
    changing = session.cloud.changing
    spec = CloneSpec(str(uuid4()), new_name)
    change_each(
        session,
        [name],
        "clone",
        "cloned",
        lambda instance: changing.cloned(instance, spec),
        lambda instance, job: changing.clone(instance, spec, job),
        shown,
        dry_run=dry_run,
    )


def rename(
    context: typer.Context,
    name: opt.Name,
    new_name: Annotated[
        str, typer.Argument(help="What to call it from now on.", metavar="NEW_NAME", callback=must_be_text)
    ],
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Call an instance otherwise. Its id, its disks and its addresses stay, and so does what its guest calls itself."""
    session = session_of(context)
    changing = session.cloud.changing
    change_each(
        session,
        [name],
        "rename",
        "renamed",
        lambda instance: changing.renamed(instance, new_name),
        lambda instance, job: changing.rename(instance, new_name, job),
        shown,
        dry_run=dry_run,
    )


def _protection(summary: str, verb: str, *, protected: bool) -> Verb:
    def command(context: typer.Context, names: opt.Names, dry_run: opt.DryRun = False, *, shown: Shown) -> None:
        session = session_of(context)
        changing = session.cloud.changing
        change_each(
            session,
            names,
            verb,
            f"{verb}ed",
            lambda instance: changing.protected(instance, protected=protected),
            lambda instance, job: changing.protect(instance, job, protected=protected),
            shown,
            dry_run=dry_run,
        )

    command.__doc__ = summary
    return Verb(command, RESULT)


def autostart(
    context: typer.Context,
    names: opt.Names,
    on: Annotated[bool, typer.Option("--on/--off", help="Whether to start them.")] = True,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Start instances whenever their host starts, or no longer."""
    session = session_of(context)
    changing = session.cloud.changing
    change_each(
        session,
        names,
        "autostart",
        "changed",
        lambda instance: changing.autostarted(instance, on=on),
        lambda instance, job: changing.autostart(instance, job, on=on),
        shown,
        dry_run=dry_run,
    )


VERBS = {
    "label": Verb(label, RESULT),
    "resize": Verb(resize, RESULT),
    "clone": Verb(clone, RESULT),
    "rename": Verb(rename, RESULT),
    "protect": _protection("Refuse to destroy instances from now on, whoever asks.", "protect", protected=True),
    "unprotect": _protection("Let instances be destroyed again.", "unprotect", protected=False),
    "autostart": Verb(autostart, RESULT),
}
