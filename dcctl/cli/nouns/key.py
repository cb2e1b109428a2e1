"""``dcctl key``: public ssh keys that the provider keeps."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.collected import destroy_verb, list_verb, show_verb
from dcctl.cli.options import RESULT, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.cli.words_given import must_be_text
from dcctl.render.nouns.key import KEY


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
            "--file",
            help="Where the private key goes; the public one beside it, as FILE.pub.",
            metavar="FILE",
            callback=must_be_text,
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


VERBS = {
    "list": list_verb(KEY, lambda session: session.cloud.keys, "List public ssh keys."),
    "show": show_verb(KEY, lambda session, name: session.cloud.keys.one(name), "Show one public ssh key."),
    "import": Verb(import_key, RESULT),
    "create": Verb(create, RESULT),
    "destroy": destroy_verb(
        KEY,
        lambda session: session.cloud.keys,
        lambda session, key: session.cloud.keys.destroy(key),
        "Have the provider forget public ssh keys. Instances that know a key keep it.",
    ),
}
