"""What is asked for the first boot, against what the driver declares. Pure."""

from __future__ import annotations

from dcctl.abilities import Account, CloudInit
from dcctl.create_options import ability_of, unsupported
from dcctl.errors import Usage
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.errors import DcctlError
    from dcctl.nouns.first_boot import FirstBoot

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz_")
_OTHERS = _LETTERS | frozenset("0123456789-")

OURS = ("instance-id", "instance_id", "public-keys", "public_keys")
"""What of meta-data the driver says by itself."""


def first_boot_problems(driver: Driver, wanted: FirstBoot) -> Iterator[DcctlError]:
    """What cannot be told to a new instance of this driver."""
    if (wanted.user is not None or wanted.password_hash is not None) and ability_of(driver, Account) is None:
        yield unsupported(driver, "--user and --password-file")
    if wanted.user is not None and not _may_be_called(wanted.user):
        yield Usage(
            f"no account can be called {visible(wanted.user)}",
            hint="up to 32 lower-case letters, digits, - and _, beginning with a letter or _",
        )
    if wanted.meta_data or wanted.network_config is not None:
        rule = ability_of(driver, CloudInit)
        if rule is None:
            yield unsupported(driver, "--meta-data and --network-config")
        elif wanted.network_config is not None and len(wanted.network_config) > rule.max_bytes:
            yield Usage(
                f"the network configuration has {len(wanted.network_config)} bytes",
                hint=f"at most {rule.max_bytes} are allowed",
            )
    for key in OURS:
        if key in wanted.meta_data:
            hint = "give keys with --ssh-key" if key.startswith("public") else "it is the instance's id, leave it out"
            yield Usage(f"the meta-data has {key}, which dcctl gives by itself", hint=hint)


def _may_be_called(user: str) -> bool:
    """As useradd(8) of every distribution takes it."""
    return 0 < len(user) <= 32 and user[0] in _LETTERS and _OTHERS.issuperset(user)
