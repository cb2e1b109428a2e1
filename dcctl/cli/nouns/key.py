"""``dcctl key``: public ssh keys that the provider keeps."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ONE, RESULT, ROWS, Shown, Verb
from dcctl.cli.session import raise_unanswered, session_of
from dcctl.cli.words_given import must_be_text
from dcctl.render.nouns.key import KEY


def list_keys(context: typer.Context, realm: opt.RealmOption = None, *, shown: Shown) -> None:
    """List public ssh keys."""
    session = session_of(context)
    output = session.output(KEY, shown)
    found = session.cloud.keys.all(realm)
    output.list(found.items)
    raise_unanswered(found.failures, "keys")


def show(context: typer.Context, name: opt.Name, *, shown: Shown) -> None:
    """Show one public ssh key."""
    session = session_of(context)
    session.output(KEY, shown).one(session.cloud.keys.one(name))


def import_key(
    context: typer.Context,
    file: Annotated[
        str, typer.Argument(help="A public key: a file, the key itself, or - for standard input.", metavar="FILE")
    ],
    name: Annotated[
        str | None, typer.Option("--name", help="Call it so; else by the file's name.", metavar="NAME")
    ] = None,
    realm: opt.RealmOption = None,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Have the provider keep a public ssh key, for instances to be created with.

    \b
    dcctl key import ~/.ssh/id_ed25519.pub --name mine
    dcctl instance create --image debian-12 --hwp small --key mine
    """
    from dcctl.cli.keys import import_public_key  # noqa: PLC0415  lists need none of it

    import_public_key(session_of(context), file, name, realm, shown, dry_run=dry_run)


def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What to call the key.", metavar="NEW_NAME", callback=must_be_text)],
    file: Annotated[
        str,
        typer.Option(
            "--file", help="Where the private key goes; the public one beside it, as FILE.pub.", metavar="FILE"
        ),
    ],
    realm: opt.RealmOption = None,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Make a new pair of keys on this machine, and have the provider keep the public one. The private one stays here.

    \b
    dcctl key create lab --file ~/.ssh/lab
    """
    from dcctl.cli.keys import create_pair  # noqa: PLC0415  lists need none of it

    create_pair(session_of(context), name, file, realm, shown, dry_run=dry_run)


def destroy(
    context: typer.Context,
    names: opt.Names,
    yes: opt.Yes = False,
    ignore_missing: opt.IgnoreMissing = False,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Have the provider forget public ssh keys. Instances that know a key keep it."""
    from dcctl.cli.destroying import destroy_collected  # noqa: PLC0415  lists need none of it

    session = session_of(context)
    keys = session.cloud.keys
    destroy_collected(
        session, keys, keys.destroy, KEY, names, shown, yes=yes, ignore_missing=ignore_missing, dry_run=dry_run
    )


VERBS = {
    "list": Verb(list_keys, ROWS),
    "show": Verb(show, ONE),
    "import": Verb(import_key, RESULT),
    "create": Verb(create, RESULT),
    "destroy": Verb(destroy, RESULT),
}
