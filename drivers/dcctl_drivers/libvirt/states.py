"""What libvirt's states mean here: the machine that the driver declares, and the state of a domain from what libvirt reports. Pure.

libvirt has no state for "was asked to shut down": a request is a press of the power button, which the guest may ignore, and which is lost
while it boots. ``stopping`` is therefore what the driver object that asked reports (it goes on asking, see ``stopping``) until the
guest is off; to everybody else the guest is running, as it is.

A guest whose memory was saved is off to libvirt, and suspended here: what is saved of it wants its disks and its definition as they were.

An instance in error may be stopped, which pulls the plug since nobody would hear a request, and resumed where that can help.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from dcctl.model import Action, State
from dcctl.states import machine
from dcctl_drivers.libvirt.metadata import Phase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dcctl_drivers.libvirt.metadata import Record
    from dcctl_drivers.libvirt.worker import Worker

MACHINE = machine(
    State.START.to(State.PENDING).on(Action.CREATE),
    State.PENDING.to(State.RUNNING, State.ERROR).automatically(),
    State.PENDING.to(State.FINISH).on(Action.DESTROY),  # its creator notices, and leaves nothing
    State.RUNNING.to(State.STOPPING).on(Action.STOP),
    State.RUNNING.to(State.RUNNING).on(Action.REBOOT),
    State.RUNNING.to(State.SUSPENDED).on(Action.SUSPEND),
    State.SUSPENDED.to(State.RUNNING).on(Action.RESUME),
    State.SUSPENDED.to(State.STOPPING).on(Action.STOP),  # woken first, so that it hears the request
    State.STOPPING.to(State.STOPPED, State.ERROR).automatically(),
    State.STOPPED.to(State.RUNNING).on(Action.START),
    State.STOPPED.to(State.FINISH).on(Action.DESTROY),
    State.ERROR.to(State.STOPPED).on(Action.STOP),
    State.ERROR.to(State.RUNNING).on(Action.RESUME),  # after an I/O error, once there is space again
    State.ERROR.to(State.FINISH).on(Action.DESTROY),
    # Guests do as they like, administrators use virsh, disks fill up, transient domains vanish.
    State.PENDING.to(State.STOPPED, State.FINISH).spontaneously(),
    State.RUNNING.to(
        State.STOPPED, State.SUSPENDED, State.ERROR, State.STOPPING, State.UNKNOWN, State.FINISH
    ).spontaneously(),
    State.SUSPENDED.to(State.RUNNING, State.STOPPED, State.STOPPING, State.ERROR, State.FINISH).spontaneously(),
    State.STOPPING.to(State.RUNNING, State.SUSPENDED, State.FINISH).spontaneously(),
    State.STOPPED.to(State.RUNNING, State.PENDING, State.SUSPENDED, State.ERROR, State.FINISH).spontaneously(),
    State.ERROR.to(State.RUNNING, State.STOPPED, State.SUSPENDED, State.FINISH).spontaneously(),
    State.UNKNOWN.to(
        State.RUNNING, State.STOPPED, State.SUSPENDED, State.STOPPING, State.ERROR, State.FINISH
    ).spontaneously(),
)


class DomainState(IntEnum):
    """``virDomainState``."""

    NOSTATE = 0
    RUNNING = 1
    BLOCKED = 2
    PAUSED = 3
    SHUTDOWN = 4
    SHUTOFF = 5
    CRASHED = 6
    PMSUSPENDED = 7


class Reported(NamedTuple):
    """A state in three forms: ours, libvirt's words, and why where that is not obvious; ``lasting``: resuming cannot help."""

    state: State
    words: str
    reason: str | None = None
    lasting: bool = False


_PLAIN: dict[int, Reported] = {
    DomainState.NOSTATE: Reported(State.UNKNOWN, "no state"),
    DomainState.RUNNING: Reported(State.RUNNING, "running"),
    DomainState.BLOCKED: Reported(State.RUNNING, "idle"),
    DomainState.SHUTDOWN: Reported(State.STOPPING, "in shutdown"),
    DomainState.SHUTOFF: Reported(State.STOPPED, "shut off"),
    DomainState.CRASHED: Reported(State.ERROR, "crashed", "the guest crashed", lasting=True),
    DomainState.PMSUSPENDED: Reported(State.SUSPENDED, "pmsuspended", "the guest put itself to sleep"),
}

# By virDomainPausedReason.
_PAUSED = {
    0: Reported(
        State.ERROR,
        "paused (unknown)",
        "the hypervisor stopped the guest without saying why, as it does when kvm fails",
        lasting=True,
    ),
    1: Reported(State.SUSPENDED, "paused"),
    2: Reported(State.SUSPENDED, "paused (migrating)", "it is being migrated"),
    3: Reported(State.SUSPENDED, "paused (saving)", "it is being saved"),
    4: Reported(State.SUSPENDED, "paused (dumping)", "its memory is being dumped"),
    5: Reported(
        State.ERROR,
        "paused (I/O error)",
        "a disk gave an error, most often because the storage pool is full; make room, then resume it",
    ),
    6: Reported(State.ERROR, "paused (watchdog)", "the guest stopped answering its watchdog"),
    7: Reported(State.SUSPENDED, "paused (from snapshot)"),
    8: Reported(State.STOPPING, "paused (shutting down)"),
    9: Reported(State.SUSPENDED, "paused (creating snapshot)", "a snapshot is being taken"),
    10: Reported(State.ERROR, "paused (crashed)", "the guest crashed", lasting=True),
    11: Reported(State.PENDING, "paused (starting up)"),
    12: Reported(State.SUSPENDED, "paused (post-copy)", "it is being migrated"),
    13: Reported(State.ERROR, "paused (post-copy failed)", "its migration failed half-way", lasting=True),
    14: Reported(State.ERROR, "paused (api error)", "an operation on it failed half-way"),
}

# By virDomainShutoffReason, for those that a person would not expect.
_SHUTOFF = {
    3: Reported(State.STOPPED, "shut off (crashed)", "its last run ended in a crash"),
    4: Reported(State.STOPPED, "shut off (migrated)", "it was migrated to another host"),
    5: Reported(State.SUSPENDED, "shut off (saved)", "its memory is on disk; resume goes on from there"),
    6: Reported(State.STOPPED, "shut off (failed)", "its last start failed"),
    8: Reported(State.STOPPED, "shut off (daemon)", "the daemon ended its last start half-way"),
}

# Reasons of being off that only a guest that ran has: shut down by itself, crashed, migrated, saved.
_RAN = frozenset((1, 3, 4, 5))

SHUT_DOWN, SAVED = 1, 5


class Situation(NamedTuple):
    """All of an instance that may change by itself: derived anew each time it is read."""

    state: State
    words: str
    reason: str | None
    refused: Mapping[Action, str]
    foreign: bool


_NOTHING: dict[Action, str] = {}
_FOREIGN: dict[Action, str] = {
    Action.DESTROY: "it was not made by dcctl; use virsh undefine, or first: dcctl instance adopt",
}
_COPY: dict[Action, str] = {
    Action.DESTROY: "it is a copy that something else than dcctl made of an instance; use virsh undefine, or first: dcctl instance adopt",
}
_PROTECTED: dict[Action, str] = {Action.DESTROY: "it is protected; first: dcctl instance unprotect"}
_NEWER: dict[Action, str] = {
    Action.DESTROY: "it was made by a newer dcctl, which knows better what belongs to it",
}
_HOPELESS: dict[Action, str] = {Action.RESUME: "that cannot help; stop it, then start it"}
_STARTING: dict[Action, str] = {Action.DESTROY: "it is being started"}
_BEING_DESTROYED: dict[Action, str] = {Action.START: "it is being destroyed"}
_INTERRUPTED: dict[Action, str] = {
    Action.STOP: "only destroy is left for it",
    Action.RESUME: "only destroy is left for it",
}


def off_because(reason: int, *, saved: bool) -> int:
    """Why a domain is off, as far as ``reported`` can believe it. ``saved``: libvirt has its memory.

    The reason alone is forgotten when the daemon is started anew, and also said of memory that somebody saved to a file of their own.
    """
    if saved:
        return SAVED
    return SHUT_DOWN if reason == SAVED else reason


def reported(code: int, reason: int) -> Reported:
    """What ``virDomainGetState`` says; the reason of one that is off by ``off_because``."""
    if code == DomainState.PAUSED:
        return _PAUSED.get(
            reason, Reported(State.ERROR, f"paused ({reason})", "libvirt gives a reason unknown to dcctl")
        )
    if code == DomainState.SHUTOFF and reason in _SHUTOFF:
        return _SHUTOFF[reason]
    return _PLAIN.get(code, Reported(State.UNKNOWN, f"state {code}"))


def situation(
    code: int, reason: int, record: Record | None, *, alive: Callable[[Worker], bool], copy: bool = False
) -> Situation:
    """The situation of a domain; ``record`` None: it has none of its own, and with ``copy`` that of another domain."""
    said = reported(code, reason)
    if record is None:
        refused = _COPY if copy else _FOREIGN
        return Situation(said.state, said.words, said.reason, refused | _hopeless(said), foreign=True)
    if record.newer:
        return Situation(said.state, said.words, said.reason, _NEWER | _hopeless(said), foreign=False)
    kept = _PROTECTED if record.protected else _NOTHING
    if record.phase is Phase.READY or record.worker is None:
        return _ready(said, kept)
    working = alive(record.worker)
    if record.phase is Phase.DESTROYING:
        return _destroying(said, record.worker, working=working)
    off = code == DomainState.SHUTOFF
    if working:
        return Situation(State.PENDING, f"{said.words} (being created)", None, _NOTHING, foreign=False)
    if off and reason not in _RAN:
        why = f"creation interrupted at {record.worker.began}"
        return Situation(State.ERROR, f"{said.words} (half made)", why, _INTERRUPTED, foreign=False)
    return _ready(said, kept)  # it ran: all of it is there, only the mark was not cleared


def settled(code: int, reason: int) -> Situation:
    """The situation of an instance of ours that nobody is at work on."""
    return _ready(reported(code, reason), _NOTHING)


def _ready(said: Reported, kept: Mapping[Action, str]) -> Situation:
    refused = _STARTING if said.state is State.PENDING else {**_hopeless(said), **kept}
    return Situation(said.state, said.words, said.reason, refused, foreign=False)


def _destroying(said: Reported, worker: Worker, *, working: bool) -> Situation:
    if working:
        return Situation(said.state, f"{said.words} (being destroyed)", None, _BEING_DESTROYED, foreign=False)
    why = f"destruction interrupted at {worker.began}"
    return Situation(State.ERROR, f"{said.words} (half destroyed)", why, _INTERRUPTED, foreign=False)


def _hopeless(said: Reported) -> dict[Action, str]:
    return _HOPELESS if said.lasting else _NOTHING
