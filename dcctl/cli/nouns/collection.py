"""``dcctl collection``: what the selected driver supports."""

from __future__ import annotations

import typer

from dcctl.abilities import (
    Adopt,
    Autostart,
    CaptureImages,
    Clone,
    Commands,
    Console,
    ConsoleLog,
    CopyImages,
    Describe,
    DestroyImages,
    ImportImages,
    Keys,
    Networks,
    PrepareRealms,
    Protect,
    Rename,
    Resize,
    Screens,
    Snapshots,
    Volumes,
)
from dcctl.cli.options import ROWS, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.driver import Driver
from dcctl.model import Action
from dcctl.render.nouns.collection import COLLECTION, Collection


def list_collections(context: typer.Context, *, shown: Shown) -> None:
    """List the collections, and what the selected driver lets you do in each."""
    session = session_of(context)
    session.output(COLLECTION, shown).list(_collections(session.driver))


def _collections(driver: type[Driver]) -> list[Collection]:
    actions = tuple(action.value for action in Action if action in driver.states.declared_actions)
    realms = ("list", "show", "init") if issubclass(driver, PrepareRealms) else ("list", "show")
    images: tuple[str, ...] = ("list", "show")
    images += ("import",) if issubclass(driver, ImportImages) else ()
    images += ("create",) if issubclass(driver, CaptureImages) else ()
    images += ("copy",) if issubclass(driver, CopyImages) else ()
    images += ("destroy", "prune") if issubclass(driver, DestroyImages) else ()
    optional = []
    if issubclass(driver, Snapshots):
        snapshots = ("list", "show", "create", "revert", "destroy")
        optional.append(Collection("snapshot", snapshots, f"the driver {driver.name}"))
    if issubclass(driver, Volumes):
        verbs = ("list", "show", "create", "attach", "detach", "resize", "destroy")
        optional.append(Collection("volume", verbs, f"the driver {driver.name}"))
    if issubclass(driver, Networks):
        optional.append(Collection("network", ("list", "show", "create", "destroy"), f"the driver {driver.name}"))
    if issubclass(driver, Keys):
        optional.append(Collection("key", ("list", "show", "import", "create", "destroy"), f"the driver {driver.name}"))
    return [
        Collection("hwp", ("list", "show"), "the catalogue"),
        Collection("realm", realms, "the catalogue"),
        Collection("image", images, f"the driver {driver.name}"),
        Collection("instance", ("list", "show", *actions, "wait", *_changes(driver)), f"the driver {driver.name}"),
        *optional,
        Collection("state", ("list",), f"the driver {driver.name}"),
    ]


def _changes(driver: type[Driver]) -> tuple[str, ...]:
    """What else can be done to instances."""
    verbs = {
        Describe: ("label",),
        Resize: ("resize",),
        Clone: ("clone",),
        Rename: ("rename",),
        Protect: ("protect", "unprotect"),
        Autostart: ("autostart",),
        Adopt: ("adopt",),
        Commands: ("exec",),
        Console: ("console",),
        ConsoleLog: ("logs",),
        Screens: ("vnc",),
    }
    login = () if driver.simulated else ("ssh", "cp")
    return login + tuple(verb for ability, found in verbs.items() if issubclass(driver, ability) for verb in found)


VERBS = {
    "list": Verb(list_collections, ROWS),
}
