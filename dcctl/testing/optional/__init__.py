"""Checks of the optional classes that a driver inherits: what it declares by that, it must do. One module for each class."""

from __future__ import annotations

from dcctl.abilities import (
    Adopt,
    Autostart,
    CaptureImages,
    CaptureRewritten,
    CaptureRunning,
    ChosenInterfaces,
    Clone,
    Commands,
    Console,
    ConsoleLog,
    CopyImages,
    Describe,
    DescribeRealms,
    DestroyImages,
    Diagnose,
    ImportImages,
    Keys,
    Machines,
    Networks,
    PowerOff,
    PrepareRealms,
    Preview,
    Protect,
    Rename,
    Resize,
    Screens,
    Snapshots,
    SuspendToDisk,
    Volumes,
    Watch,
)
from dcctl.testing.optional import (
    adopt,
    autostart,
    capture_images,
    capture_rewritten,
    capture_running,
    chosen_interfaces,
    clone,
    commands,
    console,
    console_log,
    copy_images,
    describe,
    describe_realms,
    destroy_images,
    diagnose,
    import_images,
    keys,
    machines,
    networks,
    power_off,
    prepare_realms,
    preview,
    protect,
    rename,
    resize,
    screens,
    snapshots,
    suspend_to_disk,
    volumes,
    watch,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from abc import ABC
    from collections.abc import Callable, Iterator, Mapping

    from dcctl.driver import Driver
    from dcctl.testing.verdict import Check

CHECKED: Mapping[type[ABC], Callable[[type[Driver]], Iterator[Check]]] = {
    PowerOff: power_off.checks,
    SuspendToDisk: suspend_to_disk.checks,
    Watch: watch.checks,
    ImportImages: import_images.checks,
    DestroyImages: destroy_images.checks,
    CopyImages: copy_images.checks,
    CaptureImages: capture_images.checks,
    CaptureRunning: capture_running.checks,
    CaptureRewritten: capture_rewritten.checks,
    Keys: keys.checks,
    Networks: networks.checks,
    Console: console.checks,
    ConsoleLog: console_log.checks,
    Commands: commands.checks,
    Volumes: volumes.checks,
    Machines: machines.checks,
    ChosenInterfaces: chosen_interfaces.checks,
    Screens: screens.checks,
    Describe: describe.checks,
    DescribeRealms: describe_realms.checks,
    Diagnose: diagnose.checks,
    PrepareRealms: prepare_realms.checks,
    Protect: protect.checks,
    Rename: rename.checks,
    Autostart: autostart.checks,
    Snapshots: snapshots.checks,
    Resize: resize.checks,
    Clone: clone.checks,
    Preview: preview.checks,
    Adopt: adopt.checks,
}
"""For each optional class the checks that a driver which inherits it must pass. None is missing: tests/contract holds it against ``OPTIONAL``."""


def checks(driver: type[Driver]) -> Iterator[Check]:
    for ability, made_for in CHECKED.items():
        if issubclass(driver, ability):
            yield from made_for(driver)
