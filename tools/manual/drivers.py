"""Section 7: the contract of drivers, and one page for each built-in driver, from what they declare."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dcctl import abilities, driver, registry
from dcctl.model import Trigger
from dcctl.settings import as_written
from dcctl.testing import Harness
from manual import nouns
from manual.roff import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.settings import Setting

_SENTENCE = re.compile(r"^ *(\d+)\. (.+?)(?=^ *\d+\. |^\w|\Z)", re.MULTILINE | re.DOTALL)

_ARGUMENT = re.compile(r"^ *``(\w+)`` +(.+?)(?=^ *``|\Z)", re.MULTILINE | re.DOTALL)


def pages() -> Iterator[Page]:
    yield _contract()
    yield _mock()
    yield _libvirt()


def _contract() -> Page:
    """The sentences of ``dcctl/driver.py``, which drivers' authors read and the conformance suite checks."""
    page = Page("dcctl-driver", 7, "the contract between dcctl and its drivers")
    text, *chapters = re.split(r"^(?=[A-Z]\w+$)", driver.__doc__ or "", flags=re.MULTILINE)
    page.heading("Description")
    page.paragraph(
        f"This is version {driver.CONTRACT} of the contract between dcctl and a driver; the sentences keep their numbers."
    )
    for paragraph in text.strip().split("\n\n")[1:]:
        page.paragraph(paragraph)
    for chapter in chapters:
        title, _, sentences = chapter.partition("\n")
        page.heading(title)
        for number, sentence in _SENTENCE.findall(sentences):
            page.tagged(f"{number}.", sentence)
    nouns.describe_class(page)
    nouns.describe_machine(page)
    nouns.describe_abilities(page)
    nouns.describe_nouns(page)
    page.heading("How a driver is found")
    page.paragraph(
        f"Built-in names ({', '.join(sorted(registry.BUILT_IN))}) are reserved. Other names are looked up among the drivers that a program"
        f" has registered, and the entry points of installed packages in the group ``{registry.ENTRY_POINTS}``. ``module:Class`` names a class"
        " without any of this; the module must be one that Python finds, so it is installed or lies in a folder that PYTHONPATH names. Two packages that offer the same name are refused, naming both."
    )
    _versions(page)
    _trying(page)
    page.heading("See also")
    return page.paragraph("dcctl(1), dcctl-driver(1), dcctl-exec(7), dcctl-libvirt(7), dcctl-mock(7)")


def _versions(page: Page) -> None:
    page.heading("Versions")
    page.paragraph(
        f"The contract has a version, {driver.CONTRACT}. A driver says for which one it was written: by ``contract = {driver.CONTRACT}`` in its"
        f" class, and by the group of its entry point, ``{registry.ENTRY_POINTS}``. Within a version the following stay as they are:"
    )
    page.tagged("The sentences", "None is withdrawn, renumbered or made stricter for what a driver may do.")
    page.tagged(
        "The names",
        "What ``dcctl.driver``, ``dcctl.model``, ``dcctl.states``, ``dcctl.abilities``, ``dcctl.settings``, ``dcctl.hardware``, ``dcctl.job`` and"
        " ``dcctl.errors`` offer: classes, signatures, members of enums, defaults. Names that begin with an underscore are nobody's business.",
    )
    page.tagged(
        "``dcctl.testing``",
        "``Harness``, ``Conformance``, and the names of checks. Checks are added, so a new dcctl may find what an old one did not look for.",
    )
    page.paragraph(
        "Things are added: abilities, optional classes, attributes of nouns with a default, members of ``Field``. A driver need not know them; it"
        " ignores a ``Field`` that it does not know, and passes on no positional arguments to nouns."
    )
    page.paragraph(
        "A driver of a version that this dcctl does not speak is never called: its class cannot be made, and ``--driver`` with its name says"
        " which version it speaks, which ones dcctl speaks, and which of the two is to be renewed (exit status 3). When a version is replaced,"
        " dcctl goes on speaking the one before for at least a year."
    )


def _trying(page: Page) -> None:
    """The suite, for authors."""
    page.heading("How a driver is tried")
    page.paragraph(
        "``dcctl driver check`` NAME makes every check of the conformance suite that the declaration calls for, see dcctl-driver(1). With pytest a"
        " test file of a few lines does the same, and a ``Harness`` of its own brings about what no action leads to:"
    )
    page.example(
        "from dcctl.testing.suite import Conformance\n"
        "from foo import FooDriver\n\n"
        "class TestFoo(Conformance):\n"
        "    driver = FooDriver\n"
        '    image = "tiny"'
    )
    _, said, arguments = (Harness.__doc__ or "").strip().split("\n\n")
    page.paragraph(said)
    for name, meaning in _ARGUMENT.findall(arguments):
        page.tagged(f"``{name}``", f"{meaning[:1].upper()}{' '.join(meaning[1:].split())}.")
    page.paragraph("The methods:")
    for name, method in vars(Harness).items():
        if callable(method) and not name.startswith("_") and method.__doc__:
            page.tagged(f"``{name}``", " ".join(method.__doc__.split()))
    page.paragraph(
        "``dcctl driver new`` NAME writes a package with driver, tests and packaging to begin with; drivers/README.md in dcctl's sources builds one from nothing."
    )


def _mock() -> Page:
    page = Page("dcctl-mock", 7, "the driver in which nothing real is made")
    page.heading("Description")
    page.paragraph(
        "A cloud in one SQLite file: to try dcctl, to learn it, and to rehearse scripts. Nothing real is made, and unless the driver was chosen"
        " explicitly every command that changes something says so. A new cloud holds the fixtures of Deltacloud's mock driver: images"
        " ``img1`` to ``img3`` and instances ``inst0`` to ``inst3`` in the realms ``us`` and ``eu``. Any number of processes may use one file at once."
    )
    _declared(page, registry.load("mock"))
    page.heading("Examples")
    page.paragraph("Rehearse a script against slow machines, and against a provider that is full:")
    page.example(
        "DCCTL_MOCK_PENDING=5s dcctl --driver mock instance create --image img1 --hwp small --name web\n"
        "DCCTL_MOCK_FAIL=create:capacity dcctl --driver mock instance create --image img1 --hwp small"
    )
    page.heading("Files")
    page.tagged("~/.local/state/dcctl/mock.sqlite3", "The cloud. Delete it to start anew.")
    page.heading("See also")
    return page.paragraph("dcctl(1), dcctl-driver(7)")


def _libvirt() -> Page:
    page = Page("dcctl-libvirt", 7, "the driver for virtual machines through libvirt")
    page.heading("Description")
    page.paragraph(
        "Virtual machines on this host or, over libvirt's own remote protocol, on others: one realm for each pool of each host. Everything"
        " goes through libvirt, so the same works over ssh and for a user in the group libvirt."
    )
    page.paragraph(
        "What belongs to an instance is recorded in the metadata of its domain; ``destroy`` removes exactly that. Domains that something else"
        " has made are listed, may be started and stopped, and never lose a disk."
    )
    page.paragraph(
        "A creation that was interrupted leaves an instance that is ``pending`` while its creator may still be alive, and ``error`` after that;"
        " ``destroy`` removes it and all that was made for it."
    )
    page.paragraph(
        "Guests go on while libvirt's daemon is started anew, and so does whoever waits for them, as long as it is back within ``--realm-timeout``."
        " What the daemon was asked to do when it went away is reported as unreachable and not tried again, since nobody knows whether it was done: what was being made"
        " shows as error, ``destroy`` removes it, and ``dcctl doctor`` names what is left."
    )
    page.paragraph(
        "It needs the Python library libvirt: Debian's python3-libvirt, or ``pip install dcctl[libvirt]``, which builds it and needs"
        " libvirt-dev, pkg-config and a C compiler."
    )
    page.subheading("What others have made")
    page.paragraph(
        "``instance adopt`` writes a record for a domain that something else made, a copy by virt-clone included; nothing else of it changes, and it goes on"
        " running. Its disks stay its own: ``destroy`` removes the definition, and leaves disks, the settings of the firmware and the keys of a TPM. With"
        " ``--with-disks`` those that it may write to are recorded by their paths, and ``destroy --with-disks`` removes them, unless another domain or an overlay needs"
        " them. They are neither resized nor cloned; ``image create --from`` makes an image of the first one in the domain's boot order, which a pool of the host must"
        " have, and which must begin like the format that the definition names. Refused are domains without a lasting definition, and those that something is at work on."
        " Lists on other machines, which keep an index, call it foreign until they have read it again."
    )
    page.subheading("Disks")
    page.paragraph(
        "The guest finds its root disk as vda, its seed as vdb, and those of ``--disk`` after them, in the order given, then those of ``--volume``."
        " Volumes that are attached later take the first free name, so rather go by /dev/disk/by-id: disks of its own are virtio-disk1,"
        " virtio-disk2 and so on, and a volume has the first 20 letters of its name, as in virtio-data. All are empty qcow2 files in the realm's pool,"
        " which grow as they are filled. ``resize --storage`` is about the root disk."
    )
    page.paragraph(
        "The root disk is an overlay on its image, made at once, which keeps the image from being destroyed; or by ``--disk-mode`` a copy that libvirt"
        " makes on the host: ``full`` is a qcow2 file, ``raw`` one without any format, which is a little faster and cannot have snapshots. libvirt cannot"
        " break a copy off: Ctrl-C waits for its end and takes it back, and the second Ctrl-C leaves an instance in error for ``destroy``."
        " Clones are ``full``, those of ``raw`` ones ``raw``; images made from any of them are qcow2."
    )
    page.paragraph(
        "``resize`` lets the root disk grow at once, also under a running guest, whose file system is its own business. Processors and memory change when"
        " QEMU is started anew: stop, then start; a reboot from inside is not enough. Interrupted, the same command completes it. Lists on other"
        " machines, which keep an index, may show the size of before until they have read that instance again; ``show`` never does."
    )
    page.paragraph(
        "Snapshots are libvirt's internal ones: they are inside of the root disk and go with it. Guests with UEFI firmware and guests with volumes"
        " attached are refused. While an instance has snapshots it is neither renamed nor resized; reverting leaves its labels, description and protection as they"
        " are now."
    )
    page.paragraph(
        "``clone`` copies the root disk and the other disks of its own into ones that need no image. The copy has a seed of its own, by whose new id cloud-init gives it its name"
        " and its host key; who may log in, and what else is on the disk, is as it was. Attached volumes, snapshots and a log of the console are not copied."
    )
    page.paragraph(
        "``image create --live`` has the guest's agent hold the file systems still for a moment. If it is killed just then, what is written in the guest waits:"
        " ``dcctl doctor`` finds that, and ``--fix`` or the next such image has the guest go on."
    )
    page.subheading("The first boot")
    page.paragraph(
        "``--user`` renames the account that the image's own cloud-init configuration describes, and ``--password-file`` gives it a password for the"
        " console; both reach cloud-init as vendor-data, so that user data has the last word."
    )
    page.paragraph(
        "A new guest is given an ssh host key, on its seed, and ``instance show`` has the public half: so it is known from the beginning whom one"
        " must meet. cloud-init puts the key in place, unless the user data brings ``ssh_keys`` of its own. It is made by ssh-keygen(1); where that"
        " is missing the guest makes its own keys, and none is known."
    )
    page.subheading("Networks and addresses")
    page.paragraph(
        "Addresses are those that libvirt's networks have lent. A guest on a bridge,"
        " or one that was told an address of its own, was lent none: whoever names it (``show``, ``wait``, ``ssh``; up to four at once) is told what its agent says, or, without"
        " an agent, whom the host has heard with its MAC address; lists ask neither. Where nothing is known either, ``show`` and a wait that times out say so."
    )
    page.paragraph(
        "``--network NAME,address=IP`` makes the network's own DHCP server keep the address (a ``<host>`` in the network, also in one that dcctl did not"
        " make), so that any guest has it that asks as usual; gateway and name servers are the network's. Nobody can have an address whose last lease still runs, except"
        " with the MAC address of that lease; unless ``mac=`` is said, the MAC address follows from the IP address, so that the next instance with it can"
        " be made at once. ``dcctl network show`` tells what is kept for whom. ``destroy`` takes the reservation back, and ``dcctl doctor`` finds those of"
        " instances that were removed with virsh, unless their MAC address was chosen. ``mac=`` looks at each domain of the host for the same one."
        " A clone has addresses of its own: as its machine-id is the original's, from which systemd-networkd makes what DHCP servers know a machine by,"
        " cloud-init is told to have it introduced by its MAC address. With several networks cloud-init is told to ask for an address on each, as eth0, eth1 and so on; by itself"
        " it would on one. The first network is the way out. ``--network-config`` replaces all that."
    )
    page.subheading("Getting in")
    page.paragraph(
        "``instance exec`` needs the package qemu-guest-agent in the guest, and that its configuration lets it run programs."
        " What it is given, and what it writes, may have 3 MiB each: libvirt hands over no more. With ``--vnc`` there is a screen, virtio where the host has it, with a pointer and a keyboard; it is shown on the loopback address of the host, without a password. Guests of a host with a qemu+ssh URI are"
        " reached through that host; the option ``jump`` below changes that."
    )
    page.subheading("Machines")
    page.paragraph(
        "What nobody chose follows from the host's domain capabilities too: KVM where it works, the most capable processor (host-passthrough, else maximum,"
        " else host-model), and q35 or virt rather than libvirt's own, older default, where the host has them. Without an architecture of profile or image a"
        " guest has its host's. Firmware, TPM and types of machines are those that the capabilities offer; UEFI keeps its settings in the pool, in a file with"
        " the instance's id, and a clone begins with fresh ones and an empty TPM. With ``--console-log`` what the console says is kept in the pool, in a volume that only root may read; virtlogd begins a new one after 2 MiB,"
        " and ``instance logs`` shows the last. Where a security policy confines virtlogd, it must allow that."
    )
    page.subheading("Stopping and suspending")
    page.paragraph(
        "``stop`` presses the power button of the guest. A press is lost while a guest boots, so it is pressed again every 2 seconds as long as"
        " somebody waits; with ``--no-wait`` once."
    )
    page.paragraph(
        "``suspend --to-disk`` is libvirt's managed save: to virsh such a guest is shut off, here it is suspended, and ``resume`` goes on from there."
        " While it is so, resizing, snapshots and volumes that come or go are refused, since what was saved would not know of them;"
        " ``stop --power-off`` throws the memory away. A graceful ``stop`` of a suspended guest wakes it first. If the host has no room"
        " (/var/lib/libvirt/qemu/save), or somebody stops it with Ctrl-C, the guest goes on running."
    )
    page.paragraph(
        "What was suspended, or taken back to a snapshot, would have a clock that stood still meanwhile: ``resume`` and ``snapshot revert`` have the guest's agent"
        " set it. Guests without the agent see to it themselves."
    )
    page.subheading("Labels, description and protection")
    page.paragraph(
        "Labels, description and protection are in the metadata too, which libvirt gives for one domain at a time. So lists remember them, and a change made"
        " with dcctl on any machine leaves an empty volume in the pool, dcctl-ID-notes-..., by which all lists see that there is something new. In a pool that is full or"
        " not active the change is made all the same; of an instance that had none before, lists of other machines may then learn late. What somebody writes into the metadata"
        " with virsh is late in lists, too: each list reads one instance anew, ``instance show`` and whatever is decided go by the metadata itself, and what show has seen"
        " the lists of this machine know from then on. ``dcctl doctor`` finds both, and volumes of this kind that a killed writer left, and ``--fix`` has all lists read such an instance anew."
    )
    page.subheading("Other hosts")
    page.paragraph(
        "Volumes of a pool that several hosts share (``shared``, which the realms of all of them must say) are seen by all; what an instance of another"
        " host has is shown as attached to INSTANCE@HOST, and only a realm of that host detaches it. Each host writes into the pool what its instances"
        " have; if one is rebuilt without them, deleting dcctl-volume-NAME~HOST~... frees what it had."
    )
    page.paragraph(
        "With ``qemu+tls://`` both sides prove who they are by certificates: those of the client are looked for in /etc/pki, or in the folder that"
        " ``pkipath`` in the URI names. Plain ``qemu+tcp://`` proves and hides nothing."
    )
    page.subheading("Without rights")
    page.paragraph(
        "Without rights there is ``qemu:///session``, a libvirt of one's own that libvirt starts when somebody asks for it; a realm without a URI is that"
        " where the system's may not be used. ``realm init`` makes its pool, in ~/.local/share/libvirt/images, and everything works as with the system's but the network:"
        " guests reach others through QEMU itself, and nobody reaches them. So they have no address, ``create`` says so, and whoever would wait for an address"
        " or ssh is refused at once; use ``instance exec``, ``console``, ``logs`` and ``vnc``. ``--for cloud-init`` asks the guest's agent alone. Networks of libvirt's need rights. Guests with"
        " autostart start when libvirt is first asked for something after the host has started."
    )
    _declared(page, registry.load("libvirt"))
    page.heading("Examples")
    page.paragraph("A realm in the catalogue, and the first machine in it:")
    page.example(
        'realms:\n  lab:\n    name: Laboratory\n    libvirt: {uri: "qemu+ssh://root@lab.example/system", pool: vms}'
    )
    page.example(
        "dcctl --driver libvirt image import debian-12.qcow2 --name debian-12 --realm lab\n"
        "dcctl --driver libvirt instance create --image debian-12 --hwp small --name web --for address"
    )
    page.heading("See also")
    return page.paragraph("dcctl(1), dcctl-driver(7), dcctl-profiles(5), virsh(1)")


def _declared(page: Page, cls: type[Driver]) -> None:
    """What the class says: create, the rest, settings, options of realms, states."""
    page.heading("What create takes")
    for ability in cls.abilities:
        page.tagged(f"``{type(ability).__name__}``", f"{ability.sentence[:1].upper()}{ability.sentence[1:]}.")
    optional = [each.__name__ for each in abilities.OPTIONAL if issubclass(cls, each)]
    page.paragraph(f"It also declares {', '.join(f'``{name}``' for name in optional)}; see dcctl-driver(7).")
    if cls.settings:
        page.heading("Settings")
        variable = f"DCCTL_{cls.name.upper()}_"
        page.paragraph(
            f"They stand in a context, dcctl-config(5), or in variables such as {variable}{cls.settings[0].name.upper()}."
        )
        _settings(page, cls.settings)
    if cls.realm_options:
        page.heading("Options of realms")
        page.paragraph(f"They stand in the section ``{cls.name}`` of a realm, dcctl-profiles(5).")
        _settings(page, cls.realm_options)
    page.heading("States")
    for transition in cls.states.transitions:
        targets = " or ".join(transition.targets)
        if transition.trigger is Trigger.ACTION:
            how = f"by {transition.action}"
        else:
            how = transition.trigger.value + (f" after {transition.after}" if transition.after else "")
        page.tagged(f"``{transition.source}`` to ``{targets}``", f"{how}.")


def _settings(page: Page, settings: tuple[Setting[object], ...]) -> None:
    for setting in settings:
        text = f"{setting.summary[:1].upper()}{setting.summary[1:]}."
        if setting.required:
            text += " Required."
        elif setting.default not in (None, (), ""):
            text += f" The default is {as_written(setting.default)}."
        page.tagged(f"``{setting.name}``", text)
