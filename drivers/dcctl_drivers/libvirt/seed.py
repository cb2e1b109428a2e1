"""The NoCloud seed: a small ISO image that tells cloud-init who the guest is and who may log in.

https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
"""

from __future__ import annotations

import io
import json

from dcctl.errors import DriverError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dcctl.nouns.first_boot import FirstBoot
    from dcctl_drivers.libvirt.host_key import HostKey


def files(
    uuid: str,
    name: str,
    ssh_keys: Sequence[str],
    user_data: bytes | None,
    host_key: HostKey | None = None,
    first_boot: FirstBoot | None = None,
    macs: Sequence[str] = (),
    *,
    copied: bool = False,
) -> Mapping[str, bytes]:
    """What is on the seed. JSON is YAML, so every text is quoted without a rule of our own.

    The keys stand in meta-data, where they reach the image's usual account whatever the user data says. The host key, and what the account is
    called, stand in vendor-data, which cloud-init reads beside any kind of user data and before it: the user data stays as it was given, and
    may have the last word. ``macs``: those of its interfaces. ``copied``: its disk has the machine-id of another
    machine.
    """
    meta: dict[str, object] = {"local-hostname": name.replace("_", "-")}
    meta |= first_boot.meta_data if first_boot is not None else {}
    meta["instance-id"] = uuid
    if ssh_keys:
        meta["public-keys"] = list(ssh_keys)
    content = {
        "meta-data": json.dumps(meta, indent=1).encode() + b"\n",
        "user-data": user_data if user_data is not None else b"#cloud-config\n{}\n",
    }
    vendor = _account(first_boot) if first_boot is not None else {}
    if host_key is not None:
        vendor["ssh_keys"] = {"ed25519_private": host_key.private, "ed25519_public": host_key.public}
    if vendor:
        content["vendor-data"] = b"#cloud-config\n" + json.dumps(vendor, indent=1).encode() + b"\n"
    if first_boot is not None and first_boot.network_config is not None:
        content["network-config"] = first_boot.network_config
    elif len(macs) > 1 or (copied and macs):
        content["network-config"] = json.dumps(_every_interface(macs), indent=1).encode() + b"\n"
    return content


def _every_interface(macs: Sequence[str]) -> dict[str, object]:
    """Each interface asks for its addresses: unasked, cloud-init sets up one of them, whichever it finds first.

    Several are given names, since one of cloud-init's ways to write it (Debian's ifupdown) has no other means to tell them apart. The way out is
    the first network's, and the boot waits for that one only. systemd-networkd would introduce itself to DHCP servers by what follows from the
    machine-id, which is the same in every copy: dnsmasq then gives all of them one address.
    https://cloudinit.readthedocs.io/en/latest/reference/network-config-format-v2.html
    """
    ethernets: dict[str, dict[str, object]] = {
        f"eth{position}": {
            "match": {"macaddress": mac},
            "dhcp4": True,
            "dhcp-identifier": "mac",
            "dhcp4-overrides": {"route-metric": 100 * (position + 1)},
            "optional": position > 0,
        }
        for position, mac in enumerate(macs)
    }
    if len(macs) > 1:
        for name, ethernet in ethernets.items():
            ethernet["set-name"] = name
    return {"version": 2, "ethernets": ethernets}


def _account(first_boot: FirstBoot) -> dict[str, object]:
    """https://cloudinit.readthedocs.io/en/latest/reference/modules.html, users_groups and set_passwords.

    ``user`` renames the account that the image's own configuration describes, with its groups and rights. The password need not be changed at
    the first login: whoever set it knows it.
    """
    config: dict[str, object] = {}
    if first_boot.user is not None:
        config["user"] = {"name": first_boot.user}
    if first_boot.password_hash is not None:
        config["password"] = first_boot.password_hash
        config["chpasswd"] = {"expire": False}
    return config


def image(content: Mapping[str, bytes]) -> bytes:
    """The ISO image with these files, labelled ``cidata``; about 20 ms."""
    try:
        from pycdlib import PyCdlib  # noqa: PLC0415  40 ms, for create only; and it may be missing
    except ImportError as error:
        raise DriverError(
            f"creating needs pycdlib: {error}", hint="install it: pip install 'dcctl[libvirt]', or: pip install pycdlib"
        ) from error
    iso = PyCdlib()
    iso.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident="cidata")
    for name, data in content.items():
        short = name.replace("-", "").upper()
        iso.add_fp(io.BytesIO(data), len(data), f"/{short}.;1", rr_name=name, joliet_path=f"/{name}")
    target = io.BytesIO()
    iso.write_fp(target)
    iso.close()
    return target.getvalue()
