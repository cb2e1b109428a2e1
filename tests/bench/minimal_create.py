"""The least that a program can do to get a running guest with a seed: the yardstick for ``dcctl instance create``.

``python minimal_create.py BASE_VOLUME_PATH``; the host is ``LIBVIRT_DEFAULT_URI``. No checks, no metadata, no roll-back.
"""

from __future__ import annotations

import io
import sys
import uuid

import libvirt
from pycdlib import PyCdlib


def seed(identifier: str) -> bytes:
    iso = PyCdlib()
    iso.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident="cidata")
    meta_data = f"instance-id: {identifier}\nlocal-hostname: bench\n".encode()
    for short, name, data in (
        ("USERDATA.;1", "user-data", b"#cloud-config\n"),
        ("METADATA.;1", "meta-data", meta_data),
    ):
        iso.add_fp(io.BytesIO(data), len(data), f"/{short}", rr_name=name, joliet_path=f"/{name}")
    target = io.BytesIO()
    iso.write_fp(target)
    iso.close()
    return target.getvalue()


def main(base: str) -> None:
    identifier = str(uuid.uuid4())
    connection = libvirt.open(None)
    pool = connection.storagePoolLookupByName("default")
    root = pool.createXML(
        f"<volume><name>bench-{identifier}.qcow2</name><capacity unit='GiB'>1</capacity><target><format type='qcow2'/>"
        f"<compat>1.1</compat></target><backingStore><path>{base}</path><format type='qcow2'/></backingStore></volume>"
    )
    data = seed(identifier)
    disk = pool.createXML(
        f"<volume><name>bench-{identifier}.iso</name><capacity>{len(data)}</capacity>"
        "<target><format type='raw'/></target></volume>"
    )
    stream = connection.newStream()
    disk.upload(stream, 0, len(data))
    stream.send(data)
    stream.finish()
    domain = connection.defineXML(
        f"<domain type='qemu'><name>bench-script</name><uuid>{identifier}</uuid><memory unit='MiB'>192</memory>"
        "<vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features><devices>"
        f"<disk type='file'><driver name='qemu' type='qcow2'/><source file='{root.path()}'/><target dev='vda' bus='virtio'/></disk>"
        f"<disk type='file'><driver name='qemu' type='raw'/><source file='{disk.path()}'/><target dev='vdb' bus='virtio'/><readonly/></disk>"
        "<interface type='network'><source network='default'/><model type='virtio'/></interface><serial type='pty'/>"
        "</devices></domain>"
    )
    domain.create()
    if domain.state()[0] != libvirt.VIR_DOMAIN_RUNNING:
        sys.exit("the guest does not run")


main(sys.argv[1])
