"""Interfaces of which more is asked for than a network: a MAC address, or an IP address that stays. Pure."""

from __future__ import annotations

from dcctl.errors import Usage
from dcctl.frozen import frozen
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Interface


@frozen
class Interface:
    """What is asked for, or was asked for, of one interface. None: whatever the driver and the network give.

    ``mac`` as 52:54:00:12:34:56, in lower case; ``address`` as 192.168.5.20.
    """

    network: str
    mac: str | None = None
    address: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """For people, without the network."""
        return tuple(word for word in (self.address, self.mac) if word is not None)


def mac_of(text: str) -> str:
    """The MAC address that is meant, in the usual form. Raises ``Usage`` for what is none, or not that of one interface."""
    octets = text.lower().replace("-", ":").split(":")
    if len(octets) != 6 or not all(len(octet) == 2 and set(octet) <= set("0123456789abcdef") for octet in octets):
        raise Usage(f"not a MAC address: {visible(text)}", hint="six pairs of digits: 52:54:00:12:34:56")
    # The lowest bit of the first octet: whatever is sent there is for several.
    if int(octets[0], 16) & 1 or set(octets) == {"00"}:
        raise Usage(f"{visible(text)} cannot be the MAC address of one interface", hint="such as 52:54:00:12:34:56")
    return ":".join(octets)


def address_of(text: str) -> IPv4Interface:
    """The IPv4 address that is meant, and the size of its network: /32 where none is given. Raises ``Usage`` for what is none."""
    from ipaddress import IPv4Interface  # noqa: PLC0415  5 ms that few instances need pay

    try:
        if "/" in text and not text.partition("/")[2].isdecimal():
            raise ValueError(text)
        return IPv4Interface(text)
    except ValueError as error:
        hint = "an IPv6 address cannot be kept: such as 192.168.150.20" if ":" in text else "such as 192.168.150.20"
        raise Usage(f"not an IPv4 address: {visible(text)}", hint=hint) from error


def place_problem(address: IPv4Address, cidr: str) -> str | None:
    """Why no instance can have the address in a network of this range; None if one can."""
    from ipaddress import IPv4Network  # noqa: PLC0415  as above

    range_ = IPv4Network(cidr)
    if address not in range_:
        return f"it is not in {range_}"
    if address in (range_.network_address, range_.broadcast_address):
        return f"in {range_} it stands for all"
    return None
