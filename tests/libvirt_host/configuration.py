"""The files of a private libvirt: daemon settings, and a pool and a network that start with the daemon.

Writing the XML files before the first start saves the calls, and a client library, that defining them would need.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path

# auth: polkit needs a system bus, which the private /run does not have.
_LIBVIRTD = """\
unix_sock_group = "{group}"
unix_sock_rw_perms = "0770"
auth_unix_rw = "none"
auth_unix_ro = "none"
host_uuid = "{host_uuid}"
"""

# Only with --listen. Nobody else is in the network namespace.
_TCP = """\
listen_tcp = 1
listen_addr = "127.0.0.1"
auth_tcp = "none"
"""

_TLS = """\
listen_tls = 1
key_file = "{folder}/serverkey.pem"
cert_file = "{folder}/servercert.pem"
ca_file = "{folder}/cacert.pem"
"""

_QEMU = """\
security_driver = "none"
"""

# no-ping: dnsmasq asks for three seconds whether an address is free before it gives it away.
_NETWORK = """\
<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>
  <name>default</name>
  <uuid>{network_uuid}</uuid>
  <forward mode='{forward}'/>
  <bridge name='virbr0' stp='off' delay='0'/>
  <mac address='52:54:00:00:7a:01'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp>
  </ip>
  <dnsmasq:options><dnsmasq:option value='no-ping'/></dnsmasq:options>
</network>
"""

_POOL = """\
<pool type='dir'>
  <name>default</name>
  <uuid>{pool_uuid}</uuid>
  <source/>
  <target>
    <path>{path}</path>
    <permissions><mode>0711</mode><owner>0</owner><group>0</group></permissions>
  </target>
</pool>
"""


def write(etc: Path, *, pool: Path, group: str, certificates: Path | None) -> None:
    """Fill `etc`, which becomes /etc/libvirt. `certificates`: a folder with those of a server, which then listens to TLS."""
    networks, storage = etc / "qemu" / "networks", etc / "storage"
    for folder in (networks, storage):
        (folder / "autostart").mkdir(parents=True)
    tls = "listen_tls = 0\n" if certificates is None else _TLS.format(folder=certificates)
    (etc / "libvirtd.conf").write_text(_LIBVIRTD.format(group=group, host_uuid=uuid.uuid4()) + _TCP + tls)
    (etc / "qemu.conf").write_text(_QEMU)
    (etc / "virtlogd.conf").touch()
    (networks / "default.xml").write_text(_NETWORK.format(network_uuid=uuid.uuid4(), forward="nat"))
    (storage / "default.xml").write_text(_POOL.format(pool_uuid=uuid.uuid4(), path=pool))
    os.symlink("/etc/libvirt/qemu/networks/default.xml", networks / "autostart" / "default.xml")
    os.symlink("/etc/libvirt/storage/default.xml", storage / "autostart" / "default.xml")
