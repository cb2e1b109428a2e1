"""The options of ``dcctl instance create``, each of them said once: here."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.words_given import must_be_text, must_be_text_if_given
from dcctl.frozen import frozen
from dcctl.hardware import Property
from dcctl.model import DiskMode
from dcctl.nouns.machines import Firmware, Machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Until(StrEnum):
    """What create may wait for."""

    STATE = "state"
    ADDRESS = "address"
    SSH = "ssh"
    CLOUD_INIT = "cloud-init"


@frozen
class Wanted:
    """What was typed, and in which order ``--help`` shows it."""

    image: Annotated[
        str,
        typer.Option(
            "--image",
            help="Start from this image; REALM/NAME if several realms have it.",
            metavar="IMAGE",
            callback=must_be_text,
        ),
    ]
    hwp: Annotated[
        str | None,
        typer.Option(
            "--hwp",
            help="The hardware profile.",
            metavar="PROFILE",
            show_default=False,
            callback=must_be_text_if_given,
        ),
    ] = None
    name: Annotated[
        str | None, typer.Option("--name", help="A name; made up if none is given.", metavar="NAME", show_default=False)
    ] = None
    count: Annotated[
        int | None,
        typer.Option("--count", help="So many, side by side; {} in --name is the number.", metavar="NUMBER"),
    ] = None
    realm: opt.PlaceOption = None
    cpu: Annotated[str | None, typer.Option("--cpu", help="Processors, as the profile allows.", metavar="COUNT")] = None
    memory: Annotated[
        str | None, typer.Option("--memory", help="Memory, as the profile allows: 2GiB.", metavar="SIZE")
    ] = None
    storage: Annotated[
        str | None, typer.Option("--storage", help="The root disk, as the profile allows: 20GiB.", metavar="SIZE")
    ] = None
    architecture: Annotated[
        str | None, typer.Option("--architecture", help="As the profile allows: x86_64.", metavar="WORD")
    ] = None
    disk_mode: Annotated[
        DiskMode | None,
        typer.Option(
            "--disk-mode",
            help="The root disk: overlay (on the image, which must stay), full (a copy), raw (one without snapshots).",
            metavar="FORM",
            show_default=False,
        ),
    ] = None
    disk: Annotated[
        list[str],
        typer.Option("--disk", help="Another disk of its own, empty, destroyed with it: 20GiB.", metavar="SIZE"),
    ] = field(default_factory=list)
    volume: Annotated[
        list[str],
        typer.Option("--volume", help="Attach this volume from the start; it is kept.", metavar="VOLUME"),
    ] = field(default_factory=list)
    firmware: Annotated[
        Firmware | None,
        typer.Option(
            "--firmware",
            help="What starts the operating system: bios, uefi, or secure-boot (UEFI that starts only what is signed).",
            metavar="KIND",
            show_default=False,
        ),
    ] = None
    tpm: Annotated[bool, typer.Option("--tpm", help="Give it a TPM 2.0.")] = False
    machine: Annotated[
        str | None,
        typer.Option(
            "--machine",
            help="The provider's word for a kind of machine, as q35 or pc of libvirt.",
            metavar="TYPE",
            show_default=False,
            callback=must_be_text_if_given,
        ),
    ] = None
    user_data: Annotated[
        str | None, typer.Option("--user-data", help="A file for the first boot; - for standard input.", metavar="FILE")
    ] = None
    meta_data: Annotated[
        str | None,
        typer.Option(
            "--meta-data", help="A file of further meta-data for cloud-init; - for standard input.", metavar="FILE"
        ),
    ] = None
    network_config: Annotated[
        str | None,
        typer.Option(
            "--network-config", help="A file with cloud-init's network configuration; - likewise.", metavar="FILE"
        ),
    ] = None
    user: Annotated[
        str | None,
        typer.Option("--user", help="What the account that people log in to is called.", metavar="NAME"),
    ] = None
    password_file: Annotated[
        str | None,
        typer.Option(
            "--password-file",
            help="A file with its password; - reads it from standard input, or asks for it.",
            metavar="FILE",
        ),
    ] = None
    ssh_key: Annotated[
        list[str],
        typer.Option("--ssh-key", help="A public key that may log in: a file or the key itself.", metavar="KEY"),
    ] = field(default_factory=list)
    ssh_agent: Annotated[bool, typer.Option("--ssh-agent", help="All keys of your ssh agent may log in.")] = False
    key: Annotated[
        list[str], typer.Option("--key", help="A key that the provider keeps: dcctl key list.", metavar="NAME")
    ] = field(default_factory=list)
    network: Annotated[
        list[str],
        typer.Option(
            "--network",
            help="Attach it to this network instead of the realm's own; NETWORK,address=IP,mac=MAC keeps addresses for it.",
            metavar="NETWORK",
        ),
    ] = field(default_factory=list)
    console_log: Annotated[
        bool, typer.Option("--console-log", help="Keep what its console says, for: dcctl instance logs.")
    ] = False
    vnc: Annotated[bool, typer.Option("--vnc", help="Show its screen by VNC: dcctl instance vnc.")] = False
    label: opt.Label = field(default_factory=list)
    description: opt.DescriptionText = None
    autostart: Annotated[bool, typer.Option("--autostart", help="Start it whenever its host starts.")] = False
    until: Annotated[
        Until,
        typer.Option(
            "--for",
            help="Wait for: state (it has settled), address, ssh (it lets people in), cloud-init (has finished).",
            metavar="STAGE",
            show_default=True,
        ),
    ] = Until.STATE
    import_missing: Annotated[
        bool, typer.Option("--import", help="Import the image first if only the catalogue has it.")
    ] = False
    wait: opt.Wait = True
    timeout: opt.Timeout = None
    if_missing: Annotated[
        bool, typer.Option("--if-missing", help="If the name exists already, show that instance and change nothing.")
    ] = False
    dry_run: opt.DryRun = False
    native: Annotated[
        bool,
        typer.Option("--native", help="With --dry-run: show what the provider would be sent, as libvirt's domain XML."),
    ] = False

    @property
    def sizes(self) -> Mapping[Property, str | None]:
        """What is wanted of the properties of the profile."""
        return {
            Property.CPU: self.cpu,
            Property.MEMORY: self.memory,
            Property.STORAGE: self.storage,
            Property.ARCHITECTURE: self.architecture,
        }

    @property
    def kind(self) -> Machine | None:
        """What kind of machine is wanted; None if nothing was said of it."""
        if self.firmware is None and not self.tpm and self.machine is None:
            return None
        return Machine(self.firmware, self.tpm, self.machine)
