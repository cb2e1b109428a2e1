"""From what was typed to a create request."""

from __future__ import annotations

from dcctl.cli.create.first_boot import agent_keys, check_standard_input, first_boot_given
from dcctl.cli.words_given import bytes_given, must_be_text, overrides_given, ssh_keys_given
from dcctl.creation import CreateRequest
from dcctl.errors import DcctlError, Problems, Usage
from dcctl.labels import labels_given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeVar

    from dcctl.cli.create.wanted import Wanted
    from dcctl.cli.session import Session
    from dcctl.nouns.interfaces import Interface

    Result = TypeVar("Result")
    Word = TypeVar("Word")

# More than any provider takes (libvirt's seed: 1 MiB), so that the planner can say how much is allowed.
MOST_USER_DATA = 16 << 20


def request_given(session: Session, wanted: Wanted) -> tuple[CreateRequest, list[DcctlError]]:
    """The request, read once: standard input has nothing for a second time.

    With it what could not be read, which is left out, so that the rest can be looked at.
    """
    problems: list[DcctlError] = []
    hwp = session.config.hwp.value if wanted.hwp is None else wanted.hwp
    if hwp is None:
        profiles = ", ".join(session.cloud.catalogue.profiles)
        raise Usage("no hardware profile was given", hint=f"add --hwp, one of: {profiles}")
    environment = session.environment
    check_standard_input(wanted)

    def read_user_data(path: str) -> bytes:
        return bytes_given("--user-data", path, environment, most=MOST_USER_DATA)

    sizes = _each_readable(wanted.sizes.items(), lambda size: overrides_given(dict([size])), problems)
    user_data = _each_readable([] if wanted.user_data is None else [wanted.user_data], read_user_data, problems)
    ssh_keys = _each_readable(wanted.ssh_key, lambda word: ssh_keys_given([word], environment), problems)
    if wanted.ssh_agent:
        ssh_keys += _each_readable([""], lambda _: agent_keys(environment), problems)
    first_boot = _each_readable([wanted], lambda wanted: first_boot_given(wanted, environment), problems)
    labels = _labels(wanted.label, problems)
    disks = None
    if wanted.disk or wanted.volume or wanted.disk_mode is not None:
        from dcctl.cli.create.disks import disks_given  # noqa: PLC0415  few instances have other than one

        disks = disks_given(wanted, problems)
    networks, interfaces = _networks(wanted, problems)
    in_image = "/" in wanted.image
    request = CreateRequest(
        image=wanted.image,
        hwp=hwp,
        name=wanted.name,
        realm=session.config.realm.value if wanted.realm is None and not in_image else wanted.realm,
        overrides={name: value for size in sizes for name, value in size.items()},
        user_data=user_data[0] if user_data else None,
        ssh_keys=tuple(dict.fromkeys(key for keys in ssh_keys for key in keys)),
        networks=networks,
        interfaces=interfaces,
        labels=labels,
        description=wanted.description,
        autostart=wanted.autostart,
        disks=disks,
        machine=wanted.kind,
        first_boot=first_boot[0] if first_boot else None,
        keys=tuple(dict.fromkeys(map(must_be_text, wanted.key))),
        console_log=wanted.console_log,
        vnc=wanted.vnc,
        import_missing=wanted.import_missing,
    )
    return request, problems


def _labels(words: Sequence[str], problems: list[DcctlError]) -> dict[str, str]:
    given = _each_readable(words, lambda word: labels_given([word]), problems)
    if len(given) == len(words):  # each is a label; whether they go together is asked of all of them
        given = _each_readable([words], labels_given, problems)
    return {key: value for each in given for key, value in each.items()}


def _networks(wanted: Wanted, problems: list[DcctlError]) -> tuple[tuple[str, ...], tuple[Interface, ...]]:
    if not wanted.network:
        return (), ()
    from dcctl.cli.create.interfaces import networks_given  # noqa: PLC0415  few instances name their networks

    return networks_given(wanted.network, problems)


def _each_readable(words: Iterable[Word], read: Callable[[Word], Result], problems: list[DcctlError]) -> list[Result]:
    """What the words mean, without those that mean nothing: why not is noted."""
    found = []
    for word in words:
        try:
            found.append(read(word))
        except Problems as error:
            problems += error.problems
        except DcctlError as error:
            problems.append(error)
    return found
