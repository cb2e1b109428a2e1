"""What the page of ``image`` says beyond its commands and options."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from manual.roff import Page


def sections(page: Page) -> None:
    page.heading("States")
    page.paragraph(
        "An image that the catalogue knows and a realm does not have is listed for that realm, where the driver can import."
        " ``-f state=available`` lists those that are there. Descriptions that cost a call for each image, as with libvirt, only ``show`` has."
    )
    page.tagged(
        "``not-imported``",
        "Only the catalogue has it. ``import`` leads to pending; so does ``instance create --import``.",
    )
    page.tagged(
        "``pending``",
        "It is being fetched by a process of this machine and user, or published. From there it goes to available, back to not-imported when that"
        " fails, or to error when the process that published it was killed.",
    )
    page.tagged("``available``", "Instances can be created from it. ``destroy`` removes it while no instance needs it.")
    page.tagged(
        "``error``", "An import or a removal was interrupted, and what is left is of no use. ``destroy`` removes it."
    )
    page.heading("Importing")
    page.paragraph(
        "SOURCE is the path of a file, an http or https URL, the name of an image in the catalogue, or ``-`` for standard input, which needs"
        " ``--name``. Without ``--name`` the image is called as its file, without the ending."
    )
    page.paragraph(
        "A digest is checked before the image is published: one that is given with ``--digest`` (sha256: or sha512: and the hexadecimal digits;"
        " the prefix may be left out), the catalogue's, or the one that ``--digest-from`` finds for the name of the file in a checksum file, as"
        " sha256sum, sha512sum, their option --tag and openssl write it, also inside a signed message; the signature is not checked. Of several files of that name it is the one in the same folder, and a checksum"
        " file that is called after one file (NAME.sha256) is about that one, whatever it calls it. What comes"
        " over http needs a digest, since anybody on the way may change it; a checksum file that is fetched must come over https."
    )
    page.paragraph(
        "A download that breaks off is taken up where it broke, by itself as long as something comes, later by the same command: what has come is"
        " kept for a week. If the server has another version by then, it begins anew. Several commands that want the same URL share one download."
        " Proxies are those of the variables http_proxy, https_proxy and no_proxy; SSL_CERT_FILE names the certificates of authorities of your own."
    )
    page.paragraph(
        "What is unpacked, converted or read from standard input lies below ~/.cache/dcctl/downloads meanwhile. A command that is killed leaves"
        " it there until the next one that needs such a file; ``dcctl doctor`` names it, with the downloads that broke off, and ``--fix`` removes it."
    )
    page.paragraph(
        "A dry run asks the realm whether the name is free and looks at a file that is here and not compressed; it fetches nothing and does not"
        " compute digests."
    )
    page.heading("Making images of instances")
    page.paragraph(
        "``create`` copies the root disk of a stopped instance as it is into an image that needs neither the instance nor its own image any more;"
        " a running one is refused without ``--live``, since what its programs have not written yet would be missing. Nothing in the disk is changed: machine-id, ssh"
        " host keys, accounts and logs are those of the instance. Where cloud-init is in the image, it sees a new instance at the next start and"
        " makes new host keys; a new machine-id needs ``truncate -s 0 /etc/machine-id`` in the instance before it is stopped."
    )
    page.paragraph(
        "``--compress`` makes a qcow2 image with clusters that zstd has compressed: less room in the realm, and less to copy, for instances that"
        " read a little slower. QEMU reads such images since its version 5.1. The disk comes to this machine, where qemu-img (the Debian package"
        " qemu-utils) compresses it, and goes back, so that it works with any realm; there must be room for it below ~/.cache/dcctl, and the"
        " name is taken meanwhile: ``list`` shows it as pending."
    )
    page.heading("Copying")
    page.paragraph(
        "``copy`` reads the image where it is and publishes it in the other realm, under its name or another one; the content goes through this"
        " machine and is not kept on it. It is checked on the way as an import is, and its digest must be the image's."
    )
    page.heading("Pruning")
    page.paragraph(
        "``prune`` names the images that no instance of their realm was created from and that are older than ``--older-than``, asks, and destroys"
        " them; what an interrupted import left goes at any age. The driver looks once more before it destroys, as for ``destroy``: an image that"
        " anything is laid upon stays, and the exit status says so. A realm that does not answer keeps its images."
    )
    page.heading("Formats")
    page.paragraph(
        "A file may be qcow2, raw with a partition table, vmdk (monolithicSparse and streamOptimized), vdi, vhd or vhdx, and each of them also"
        " compressed with gzip, xz, zstd or bzip2; its content tells, not its name. What the driver does not take is converted to what it takes,"
        " for libvirt to qcow2, by qemu-img, the Debian package qemu-utils; zstd needs the package of that name. A driver that takes any file,"
        " as mock does, is given it as it is."
    )
    page.paragraph(
        "Refused is what needs another file (overlays, external data, VMDK descriptors and extents), what is encrypted, what ends too early as far"
        " as its tables tell (those of partitions, where it is raw), and a disk that no hardware"
        " profile of the catalogue could hold, also on the way while it is unpacked."
    )
    page.heading("Files")
    page.tagged(
        "~/.cache/dcctl/downloads",
        "What has come of downloads that broke off, and images while they are unpacked, converted or compressed. It may be deleted at any time.",
    )
