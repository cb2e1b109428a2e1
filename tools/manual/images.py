"""What the page of ``image`` says beyond its commands and options."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from manual.roff import Page


def sections(page: Page) -> None:
    page.heading("States")
    page.paragraph(
        "An image that the catalogue knows and a realm does not have is listed for that realm, where the driver can import."
        " ``-f state=available`` lists those that are there. With libvirt a description costs a call for each image, where it is shown: ``-c name,state`` does without."
    )
    page.tagged(
        "``not-imported``",
        "Only the catalogue has it. ``import`` leads to pending; so does ``instance create --import``, which also waits for an import that somebody else has begun.",
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
        " a running one is refused without ``--live``, since what its programs have not written yet would be missing. Without ``--reset`` nothing"
        " in the disk is changed: machine-id, ssh host keys, accounts and logs are those of the instance. With systemd-networkd all instances that have one"
        " machine-id may be given one address by DHCP servers, as they are by dnsmasq."
    )
    page.paragraph(
        "``--reset`` takes out of the image what makes a Linux system one machine, so that each instance of it becomes one of its own; the image's"
        " description says so. It is for the disk of one system, on partitions or LVM, with file systems that the kernel of this machine knows:"
    )
    page.tagged(
        "/etc/machine-id",
        "is empty, and /var/lib/dbus/machine-id gone where it is a file: systemd makes a new one at the first start, before anything uses it. Where"
        " it says uninitialized it stays so.",
    )
    page.tagged(
        "/etc/ssh/ssh_host_*",
        "is gone. cloud-init makes new host keys, or takes those that dcctl has pinned; so do the services of Red Hat, SUSE, Arch and Alpine. On a"
        " Debian 12 without cloud-init nothing does, and sshd does not start until ``ssh-keygen -A`` was run.",
    )
    page.tagged(
        "/var/lib/cloud",
        "is empty, as after ``cloud-init clean --seed``: instances, semaphores, seeds, and scripts that were put there. cloud-init does everything"
        " again that it does at a first boot. What it has written elsewhere stays until it writes it anew.",
    )
    page.tagged(
        "/var/lib/systemd/random-seed",
        "is gone, and with it leases of DHCP clients, which name the machine to servers: dhclient's below /var/lib/dhcp and /var/lib/dhclient,"
        " dhcpcd's with its duid, NetworkManager's. systemd-networkd's name follows from machine-id.",
    )
    page.paragraph(
        "Everything else stays: accounts with their passwords and authorized keys (whoever could log in to the instance can log in to each of the"
        " image), host keys that sshd_config keeps elsewhere, logs and the journal, shell histories, the host name until cloud-init sets another one, mail, certificates, secrets of programs,"
        " and what systemd-creds has encrypted. Files that are removed are not overwritten: their blocks are free, and may be found by whoever has the"
        " image."
    )
    page.paragraph(
        "guestfish does it (the Debian package of that name, with libguestfs) on this machine, in a small virtual machine that mounts the file"
        " systems, so that neither this kernel nor the host's sees them; the instance stays as it is. That takes some seconds with KVM, and about"
        " half a minute without. A file system that was in use, as with ``--live``, is made whole by its journal first. What has been reset is looked"
        " at once more before the image is published. Refused are disks that are encrypted, hold Windows, several systems or none that libguestfs"
        " knows, and those where one of the files or folders is a symbolic link, which might lead anywhere: do it inside then. On the simulated"
        " disks of mock there is nothing to be reset. libguestfs needs a kernel that you may read; its variables, such as LIBGUESTFS_BACKEND,"
        " LIBGUESTFS_PATH and SUPERMIN_KERNEL, have their effect."
    )
    page.paragraph(
        "``--compress`` makes a qcow2 image with clusters that zstd has compressed: less room in the realm, and less to copy, for instances that"
        " read a little slower. QEMU reads such images since its version 5.1. qemu-img does it, of the Debian package qemu-utils."
    )
    page.paragraph(
        "For ``--reset`` and ``--compress`` the disk comes to this machine and goes back, so that they work with any realm; there must be room for"
        " it below ~/.cache/dcctl. The name is taken meanwhile: ``list`` shows it as pending, or as error when the command was killed."
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
        "What has come of downloads that broke off, and images while they are unpacked, converted, reset or compressed. It may be deleted at any time.",
    )
