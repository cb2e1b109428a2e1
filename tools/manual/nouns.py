"""What authors of drivers look up: what a driver is given, what it returns, how a machine is said. Made from the code's own texts."""

from __future__ import annotations

import re
from inspect import Parameter, Signature, getdoc, signature
from typing import TYPE_CHECKING, get_args

from dcctl import abilities, errors, hardware, settings
from dcctl.driver import Driver, Endpoint
from dcctl.job import Job
from dcctl.model import Address, Field, HalfSentence, Image, ImageSpec, Instance, InstanceSpec, Query, Realm, State
from dcctl.nouns.changes import CloneSpec, Description, Resized, Size
from dcctl.nouns.commands import Ended
from dcctl.nouns.consoles import ConsolePart
from dcctl.nouns.disks import Disks
from dcctl.nouns.keys import Key, KeySpec
from dcctl.nouns.networks import Network, NetworkSpec
from dcctl.nouns.screens import Screen
from dcctl.nouns.snapshots import Snapshot, SnapshotSpec

if TYPE_CHECKING:
    from abc import ABC
    from collections.abc import Callable

    from manual.roff import Page

MODULES = ("driver", "model", "abilities", "states", "hardware", "settings", "job", "errors", "testing")
"""Where the same stands for ``pydoc``."""

_GIVEN: tuple[type, ...] = (
    Endpoint,
    Realm,
    Query,
    InstanceSpec,
    Disks,
    hardware.Hardware,
    hardware.HardwareProfile,
    ImageSpec,
    KeySpec,
    NetworkSpec,
    Description,
    Size,
    CloneSpec,
    SnapshotSpec,
)
_RETURNED: tuple[type, ...] = (Instance, Image, Address, Key, Network, Snapshot, Resized, ConsolePart, Ended, Screen)
_PARSERS = (
    settings.text,
    settings.secret,
    settings.whole_number,
    settings.fraction,
    settings.switch,
    settings.duration,
    settings.texts,
)
_RAISED = (
    errors.NotFound,
    errors.NotAllowed,
    errors.Conflict,
    errors.NotSupported,
    errors.Usage,
    errors.Unreachable,
    errors.AuthenticationFailed,
    errors.Capacity,
    errors.Failed,
)
"""Cancelled is raised by the job, and the others are the core's."""


def describe_abilities(page: Page) -> None:
    """What may be declared: values, and classes with their methods."""
    page.heading("What a driver may declare")
    page.paragraph(
        "Options of create, as values in ``abilities``; dcctl refuses those that are not declared. What was given comes in the"
        " ``InstanceSpec``:"
    )
    for ability in get_args(abilities.Ability):
        page.tagged(f"``{ability.__name__}{_called(ability)}``", _doc(ability))
    page.paragraph("Optional things to do, as classes to inherit from, with the methods that they ask for:")
    for optional in abilities.OPTIONAL:
        page.tagged(f"``{optional.__name__}``", " ".join((_doc(optional), *_methods(optional))))


def describe_class(page: Page) -> None:
    """What stands in the class, beside the methods of actions."""
    page.heading("What stands in the class")
    page.paragraph(
        "``name``, ``summary``, ``contract``, ``states``, ``abilities``, ``settings``, ``realm_options``; ``concurrency``,"
        f" {Driver.concurrency} unless given; ``not_found_window``, in seconds; ``simulated``, true where nothing real is made. Methods:"
    )
    for method in (
        Driver.__init__,
        Driver.endpoint_of,
        Driver.implicit_realms,
        Driver.images,
        Driver.instances,
        Driver.create,
    ):
        given = "The constructor; ``self.endpoint`` is kept." if method is Driver.__init__ else _doc(method)
        page.tagged(_method(method), given)
    page.tagged(
        "``start(instance, job)`` -> Instance",
        "Likewise ``stop``, ``reboot``, ``suspend``, ``resume``, ``destroy``: those that the machine names, and no other.",
    )
    page.tagged(_method(Driver.translate), _doc(Driver.translate))
    page.tagged(_method(Driver.close), _doc(Driver.close))


def describe_machine(page: Page) -> None:
    """The language of state machines."""
    page.heading("How a machine is said")
    page.paragraph(
        "``machine(...)`` of dcctl.states takes sentences that begin with ``State.A.to(State.B)`` and end with one of three methods:"
    )
    page.tagged("``on(action)``", _doc(HalfSentence.on))
    page.tagged("``automatically(after=None)``", _doc(HalfSentence.automatically))
    page.tagged("``spontaneously()``", _doc(HalfSentence.spontaneously))
    page.paragraph(
        f"States are {', '.join(State)}. Only those that the machine mentions may be reported; that goes for unknown, too, the state of what"
        " the driver cannot place: mention it as one that others spontaneously become. From every state but unknown destroy must be reachable."
    )


def describe_nouns(page: Page) -> None:
    """What goes in and comes out, attribute by attribute."""
    page.heading("What a driver is given")
    for noun in _GIVEN:
        page.tagged(f"``{noun.__name__}``", f"{_doc(noun)} {_attributes(noun)}")
    page.tagged("``Field``", f"{_doc(Field)} They are {', '.join(Field)}.")
    page.tagged("``Job``", _doc(Job))
    for method in (Job.check, Job.stage, Job.pause, Job.progress):
        page.tagged(f"``job.{method.__name__}{_called(method)}``", _doc(method))
    page.heading("What it returns")
    for noun in _RETURNED:
        page.tagged(f"``{noun.__name__}``", f"{_doc(noun)} {_attributes(noun)}")
    page.heading("What it raises")
    page.paragraph(
        "Classes of dcctl.errors, made with a ``message`` (one sentence without a full stop, starting in lower case) and by name a ``hint``"
        " (what to do now). Everything else goes through ``translate``:"
    )
    for error in _RAISED:
        page.tagged(f"``{error.__name__}``", f"{_doc(error)} Exit status {error.exit_status}.")
    page.heading("Settings and options of realms")
    page.paragraph(f"``Setting{_called(settings.Setting)}``: {_doc(settings.Setting).partition(' ``parse``')[0]}")
    page.paragraph(
        "The declaration is also the key: ``endpoint.settings[ADDRESS]``, ``realm.options[FOLDER]``. ``parse`` is one of the functions below,"
        " or one of your own, which takes what the file has and raises ``ValueError`` with what would be right. dcctl does not know which texts"
        " are paths: a relative one would begin wherever the person is, so ask for an absolute one, as the tutorial does."
    )
    for parse in _PARSERS:
        page.tagged(f"``{parse.__name__}``", _doc(parse))
    modules = " ".join(f"dcctl.{module}" for module in MODULES)
    page.paragraph("The same with every type, in Python's own help, of all or of one thing:")
    page.example(f"python3 -m pydoc {modules}\npython3 -m pydoc dcctl.model.InstanceSpec")


def _doc(thing: object) -> str:
    return " ".join((getdoc(thing) or "").split())


def _called(thing: Callable[..., object]) -> str:
    """The parameters in parentheses, without types."""
    shown = []
    for parameter in signature(thing).parameters.values():
        if parameter.name not in ("self", "cls"):
            default = "" if parameter.default is Parameter.empty else f"={parameter.default!r}"
            shown.append(f"{parameter.name}{default}")
    return f"({', '.join(shown)})"


def _method(method: Callable[..., object]) -> str:
    returned = _type(signature(method).return_annotation)
    arrow = "" if returned in ("None", "") else f" -> {returned}"
    return f"``{method.__name__}{_called(method)}``{arrow}"


def _methods(cls: type[ABC]) -> list[str]:
    """Each method that the class asks for, in a sentence or two."""
    names = sorted(cls.__abstractmethods__, key=list(vars(cls)).index)
    return [f"Method {_method(getattr(cls, name))}: {_doc(getattr(cls, name))}" for name in names]


def _attributes(noun: type) -> str:
    """The attributes with their types; those that have a default apart."""
    needed: list[str] = []
    optional: list[str] = []
    for parameter in signature(noun).parameters.values():
        shown = f"``{parameter.name}`` ({_type(parameter.annotation)})"
        (needed if parameter.default is Parameter.empty else optional).append(shown)
    sentences = [f"Attributes: {', '.join(needed)}."] if needed else []
    if optional:
        sentences.append(f"{'With a default' if needed else 'Attributes, each with a default'}: {', '.join(optional)}.")
    return " ".join(sentences)


def _type(annotation: object) -> str:
    return "" if annotation is Signature.empty else re.sub(r"\b[a-z_]+\.(?=[A-Z])", "", str(annotation))
