"""The XML that a create would define, for people who want to read it first."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring, indent, tostring

from dcctl_drivers.libvirt.creation import check_token
from dcctl_drivers.libvirt.prepared import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.model import InstanceSpec
    from dcctl_drivers.libvirt.connection import Connection


def preview(connection: Connection, spec: InstanceSpec) -> str:
    """Indented, and without a host key, which is made for those who need it."""
    host = connection.host
    check_token(host, spec)
    root = fromstring(prepare(host, connection.uri, spec, with_host_key=False).definition())  # noqa: S314  made just now
    indent(root)
    return tostring(root, encoding="unicode")
