"""Section 5: the catalogue and the configuration. Their keys are compared with the JSON Schemas by the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dcctl.config import initial_text
from manual.roff import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

CATALOGUE_EXAMPLE = """\
version: 1
hardware_profiles:
  small:
    cpu: 1
    memory: 512 MiB
    storage: 10 GiB
    architecture: x86_64
  large:
    cpu: {range: [1, 8], default: 2}
    memory: {range: [2 GiB, 32 GiB], default: 4 GiB}
    storage: {choices: [20 GiB, 40 GiB, 80 GiB]}
    root_type: persistent
  opaque: {}
realms:
  lab:
    name: Laboratory
    limits: {instances: 20, cpu: 32, memory: 64 GiB, storage: 500 GiB}
    libvirt: {uri: "qemu+ssh://root@lab.example/system", pool: vms}
images:
  debian-12:
    source: /srv/images/debian-12-genericcloud-amd64.qcow2
    architecture: x86_64
    user: debian
    minimum: {storage: 3 GiB, memory: 512 MiB}
"""


def pages() -> Iterator[Page]:
    yield _profiles()
    yield _config()


def _profiles() -> Page:
    page = Page("dcctl-profiles", 5, "the catalogue of dcctl: hardware profiles, realms and images")
    page.heading("Description")
    page.paragraph(
        "The catalogue is a YAML file: the one that ``--catalogue`` or DCCTL_CATALOGUE names, else the one of the context, else"
        " ~/.config/dcctl/profiles.yaml, else the one that comes with dcctl. The first of these that there is counts alone."
        " A catalogue can name hosts to connect to and is trusted like a program: one that others may write is refused."
        " ``dcctl catalogue check`` prints every mistake with its file, line and column."
    )
    page.paragraph(
        "YAML is read by the core rules of YAML 1.2: no is a text, 52:54:00 is not a number. Unknown keys and keys that stand twice are mistakes."
    )
    page.heading("Top level")
    page.tagged("``version``", "The version of the format: 1. Required.")
    page.tagged("``hardware_profiles``", "Profiles by name; see below.")
    page.tagged("``realms``", "Realms by id; see below.")
    page.tagged("``images``", "Images that can be imported by name; see below.")
    page.heading("Hardware profiles")
    page.paragraph(
        "A profile has up to five properties. Each is one value, which then is fixed; a range of whole numbers,"
        " {``range``: [first, last], ``default``: value}, both ends included; or a choice, {``choices``: [value, ...], ``default``: value}."
        " Without a default it is the first value. What is not fixed can be overridden when an instance is created; a value outside is refused,"
        " naming what is allowed. A profile without properties is opaque: the provider decides, and nothing can be overridden."
    )
    page.tagged("``cpu``", "Virtual processors, a whole number.")
    page.tagged("``memory``", "A whole number with the unit MiB, GiB or TiB.")
    page.tagged("``storage``", "The root disk: whole GiB, with the unit GiB or TiB.")
    page.tagged("``architecture``", "A word such as x86_64. Where the profile leaves it open, the image decides.")
    page.tagged("``root_type``", "``persistent`` or ``transient``.")
    page.heading("Realms")
    page.paragraph("A realm is offered by those drivers that it has a section for.")
    page.tagged("``name``", "What people call it.")
    page.tagged(
        "``limits``",
        "What instances in it may use together: ``instances`` and ``cpu`` are counts, ``memory`` and ``storage`` sizes. A request that exceeds one is refused.",
    )
    page.tagged(
        "DRIVER",
        "A mapping with the options of that driver; ``dcctl driver show`` DRIVER lists them. It may be empty: {}.",
    )
    page.heading("Images")
    page.tagged(
        "``source``",
        "An https or http URL, or a path; a relative one begins at the catalogue. In any format that ``dcctl image import`` takes, also compressed:"
        " dcctl-image(1). Required.",
    )
    page.tagged("``sha256``, ``sha512``", "The digest of the file, in hexadecimal digits; required for an http URL.")
    page.tagged("``architecture``", "A word such as x86_64.")
    page.tagged("``user``", "The account that cloud-init sets up.")
    page.tagged("``description``", "For people.")
    page.tagged(
        "``minimum``",
        "What an instance needs at least: {``storage``: size, ``memory``: size}; also once it is imported by its name.",
    )
    page.heading("Examples")
    page.example(CATALOGUE_EXAMPLE)
    page.heading("See also")
    return page.paragraph("dcctl(1), dcctl-catalogue(1), dcctl-config(5), dcctl-libvirt(7)")


def _config() -> Page:
    page = Page("dcctl-config", 5, "the configuration of dcctl")
    page.heading("Description")
    page.paragraph(
        "A YAML file, ~/.config/dcctl/config.yaml unless ``--config`` or DCCTL_CONFIG names another. Options win over variables, variables over"
        " the file. ``dcctl config show`` prints each value and where it comes from; ``dcctl config init`` writes a file to begin with."
        " Without a file the mock driver is used, in which nothing real is made."
    )
    page.heading("Top level")
    page.tagged("``version``", "The version of the format: 1. Required.")
    page.tagged("``context``", "The context that is used unless ``--context`` names another.")
    page.tagged("``contexts``", "Contexts by name; see below.")
    page.tagged(
        "``output``", "The format where a command is not given one: table, wide, json, jsonl, yaml, csv or name."
    )
    page.tagged("``color``", "``auto``, ``always`` or ``never``.")
    page.tagged("``timeout``", "How long to wait until an action has settled: seconds, or a text such as 90s, 5m, 1h.")
    page.tagged(
        "``realm_timeout``",
        "How long a realm may take to answer a question until it counts as unreachable, 30s by default. What others answer is shown all the"
        " same. Changes are never cut short by it; libvirt's connections that have been silent for so long are given up.",
    )
    page.heading("Contexts")
    page.tagged("``driver``", "A driver's name, or module:Class. Required.")
    page.tagged("``catalogue``", "A path; a relative one begins at the configuration. See dcctl-profiles(5).")
    page.tagged("``realm``", "Where instances are created unless ``--realm`` says otherwise.")
    page.tagged("``hwp``", "The hardware profile unless ``--hwp`` says otherwise.")
    page.tagged(
        "``conformance``",
        "true: ``dcctl driver check`` may make, stop and destroy instances and images here. It leaves all others alone, if the driver keeps"
        " its word; what it tries is whether the driver does. The default is false.",
    )
    page.tagged(
        "``settings``",
        "The driver's own; ``dcctl driver show`` NAME lists them. A secret is {file: PATH}, {environment: NAME} or {command: [PROGRAM, ...]};"
        " literally it may stand only in a file that nobody else may read (mode 0600).",
    )
    page.heading("Examples")
    page.paragraph("What ``dcctl config init`` writes:")
    page.example(initial_text())
    page.heading("See also")
    return page.paragraph("dcctl(1), dcctl-config(1), dcctl-context(1), dcctl-profiles(5)")
