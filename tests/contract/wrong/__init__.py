"""Drivers that break the contract, each in one way. Each module ends with a table that says which sentence each of its drivers breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.wrong import (
    acting,
    adopting,
    capturing,
    changing,
    cloning,
    commands,
    consoles,
    creating,
    describing,
    destroying,
    diagnosing,
    disk_modes,
    disks,
    dying,
    images,
    interfaces,
    keys,
    listing,
    machines,
    networks,
    power_off,
    preparing,
    previewing,
    realm_facts,
    resizing,
    rewriting,
    saying,
    screens,
    snapshots,
    suspending,
    volumes,
    watch,
)

if TYPE_CHECKING:
    from dcctl.driver import Driver

WRONG: dict[type[Driver], int] = {
    **acting.WRONG,
    **capturing.WRONG,
    **adopting.WRONG,
    **commands.WRONG,
    **consoles.WRONG,
    **changing.WRONG,
    **cloning.WRONG,
    **creating.WRONG,
    **describing.WRONG,
    **destroying.WRONG,
    **diagnosing.WRONG,
    **disk_modes.WRONG,
    **disks.WRONG,
    **dying.WRONG,
    **images.WRONG,
    **interfaces.WRONG,
    **keys.WRONG,
    **listing.WRONG,
    **machines.WRONG,
    **networks.WRONG,
    **power_off.WRONG,
    **preparing.WRONG,
    **previewing.WRONG,
    **realm_facts.WRONG,
    **resizing.WRONG,
    **rewriting.WRONG,
    **saying.WRONG,
    **volumes.WRONG,
    **screens.WRONG,
    **snapshots.WRONG,
    **suspending.WRONG,
    **watch.WRONG,
}
"""Each wrong driver, with the number of the sentence that it breaks."""
