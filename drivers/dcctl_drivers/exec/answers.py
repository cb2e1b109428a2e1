"""What programs print, as the model: each thing that is not as it must be is named by program and field, with what was expected."""

from __future__ import annotations

import json
from datetime import datetime

from dcctl.errors import DriverError
from dcctl.hardware import Hardware, Property
from dcctl.model import Action, Address, AddressKind, Image, ImageState, Instance, State
from dcctl.words import visible
from dcctl_drivers.exec.operations import PROTOCOL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum
    from typing import NoReturn, TypeVar

    from dcctl.hardware import Value
    from dcctl.states import StateMachine
    from dcctl_drivers.exec.program import Program

    E = TypeVar("E", bound=StrEnum)

_SIZES = (Property.CPU, Property.MEMORY, Property.STORAGE)


class Record:
    """One JSON object in an answer. Every question is about one field; null and absent are the same."""

    def __init__(self, values: Mapping[str, object], path: str, program: Program) -> None:
        self._values = values
        self._path = path
        self._program = program

    def wrong(self, name: str, expected: str) -> NoReturn:
        """The field is not as it must be."""
        field = self._field(name)
        if self._values.get(name) is None:
            message = f"the answer of {self._program} lacks {field}; expected {expected}"
        else:
            message = f"in the answer of {self._program}, {field} is {shown(self._values[name])}; expected {expected}"
        raise DriverError(message, hint="see dcctl-exec(7)", where=self._program.where)

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def _field(self, name: str) -> str:
        return visible(f"{self._path}.{name}" if self._path else name)

    def text(self, name: str) -> str:
        """A text that must be there, and not be empty."""
        value = self.optional_text(name, "a text that is not empty")
        if not value:
            self.wrong(name, "a text that is not empty")
        return value

    def optional_text(self, name: str, expected: str = "a text") -> str | None:
        value = self._values.get(name)
        if value is None:
            return None
        # Half of a surrogate pair is valid in JSON, and cannot be printed.
        if not isinstance(value, str) or any("\ud800" <= character <= "\udfff" for character in value):
            self.wrong(name, expected)
        return value

    def number(self, name: str) -> int | None:
        value = self._values.get(name)
        if isinstance(value, float) and value.is_integer():  # the same number in JSON; some languages write 1.0
            value = int(value)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63):
            self.wrong(name, "a whole number, 0 or more")
        return value

    def switch(self, name: str) -> bool:
        value = self._values.get(name)
        if value is not None and not isinstance(value, bool):
            self.wrong(name, "true or false")
        return value is True

    def choice(self, name: str, allowed: Mapping[str, E]) -> E:
        """One of the words, which must be there."""
        value = self._values.get(name)
        if not isinstance(value, str) or value not in allowed:
            self.wrong(name, f"one of {', '.join(allowed)}")
        return allowed[value]

    def time(self, name: str) -> datetime | None:
        value = self._values.get(name)
        if value is None:
            return None
        expected = "a time with its zone, such as 2026-01-31T12:00:00Z"
        if not isinstance(value, str):
            self.wrong(name, expected)
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            self.wrong(name, expected)
        if time.tzinfo is None:
            self.wrong(name, expected)
        return time

    def record(self, name: str) -> Record:
        """An object; one without fields if there is none."""
        value = self._values.get(name)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            self.wrong(name, "an object")
        return Record(value, self._field(name), self._program)

    def required_record(self, name: str) -> Record:
        if not self.has(name):
            self.wrong(name, "an object")
        return self.record(name)

    def records(self, name: str) -> list[Record]:
        """A list of objects; none if there is no list."""
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(name, "a list of objects")
        items = []
        for position, item in enumerate(value):
            if not isinstance(item, dict):
                Record({f"{name}[{position}]": item}, self._path, self._program).wrong(
                    f"{name}[{position}]", "an object"
                )
            items.append(Record(item, f"{self._field(name)}[{position}]", self._program))
        return items

    def host_keys(self, name: str) -> tuple[str, ...]:
        """A list of public keys, each as its kind and its number; none if there is no list."""
        value = self._values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(key, str) and _is_key(key) for key in value):
            self.wrong(name, "a list of public keys such as ssh-ed25519 AAAA, without comments")
        return tuple(value)

    def required_records(self, name: str) -> list[Record]:
        if not self.has(name):
            self.wrong(name, "a list of objects, which may be empty")
        return self.records(name)

    def names(self) -> tuple[str, ...]:
        """The fields that are not null."""
        return tuple(name for name, value in self._values.items() if value is not None)


def parse(output: bytes, program: Program) -> Record:
    """The answer: one JSON object that speaks our protocol."""
    values = decode(output)
    if not isinstance(values, dict):
        found = shown_output(output) if isinstance(values, ValueError) else shown(values)
        raise DriverError(
            f'the answer of {program} is not a JSON object but {found}; expected {{"protocol": {PROTOCOL}, …}}',
            hint=f"{values}" if isinstance(values, ValueError) and output.strip() else "see dcctl-exec(7)",
            where=program.where,
        )
    answer = Record(values, "", program)
    if answer.number("protocol") != PROTOCOL:
        answer.wrong("protocol", f"{PROTOCOL}, the version that this dcctl speaks")
    return answer


def decode(output: bytes) -> object:
    """The JSON value, or the ``ValueError`` that tells why there is none."""
    try:
        return json.loads(output.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        return ValueError(f"the byte 0x{output[error.start]:02x} at position {error.start} is not UTF-8")
    except RecursionError:
        return ValueError("nested too deeply")
    except ValueError as error:
        return error


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def shown(value: object) -> str:
    """A value in a message: short, and safe for a terminal."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = type(value).__name__
    return visible(text if len(text) <= 60 else text[:57] + "...")


def shown_output(output: bytes) -> str:
    if not output.strip():
        return "nothing"
    return shown(output[:200].decode("utf-8", "replace").strip())


def read_instance(record: Record, machine: StateMachine, realm: str | None) -> Instance:
    """``realm``: where an instance is whose answer does not say."""
    states = {state.value: state for state in machine.states if state is not State.START}
    return Instance(
        id=record.text("id"),
        name=record.text("name"),
        state=record.choice("state", states),
        realm=record.optional_text("realm") or realm,
        image=record.optional_text("image"),
        hwp=record.optional_text("hwp"),
        hardware=_hardware(record.record("hardware")) if record.has("hardware") else None,
        overrides=_overrides(record.record("overrides")),
        addresses=tuple(_address(address) for address in record.records("addresses")),
        owner=record.optional_text("owner"),
        created=record.time("created"),
        provider_state=record.optional_text("provider_state"),
        reason=record.optional_text("reason"),
        refused=_refused(record.record("refused")),
        user=record.optional_text("user"),
        key=record.optional_text("key"),
        password=record.optional_text("password"),
        foreign=record.switch("foreign"),
        host_keys=record.host_keys("host_keys"),
    )


def read_image(record: Record) -> Image:
    return Image(
        id=record.text("id"),
        name=record.text("name"),
        state=record.choice("state", _IMAGE_STATES) if record.has("state") else ImageState.AVAILABLE,
        realm=record.optional_text("realm"),
        architecture=record.optional_text("architecture"),
        owner=record.optional_text("owner"),
        description=record.optional_text("description"),
        minimum_storage_gib=record.number("minimum_storage_gib"),
        minimum_memory_mib=record.number("minimum_memory_mib"),
        size_bytes=record.number("size_bytes"),
        digest=record.optional_text("digest"),
        user=record.optional_text("user"),
        created=record.time("created"),
    )


_IMAGE_STATES = {state.value: state for state in ImageState if state is not ImageState.NOT_IMPORTED}
_KINDS = {kind.value: kind for kind in AddressKind}


def _hardware(record: Record) -> Hardware:
    return Hardware(
        cpu=record.number("cpu"),
        memory_mib=record.number("memory_mib"),
        storage_gib=record.number("storage_gib"),
        architecture=record.optional_text("architecture"),
        root_type=record.optional_text("root_type"),
    )


def _overrides(record: Record) -> dict[Property, Value]:
    found: dict[Property, Value] = {}
    for name in record.names():
        if name not in tuple(Property):
            record.wrong(name, f"only the properties {', '.join(Property)}")
        wanted = Property(name)
        found[wanted] = (record.number(name) or 0) if wanted in _SIZES else record.text(name)
    return found


def _is_key(text: str) -> bool:
    return text.isascii() and text.isprintable() and len(text.split(" ")) == 2 and "" not in text.split(" ")


def _address(record: Record) -> Address:
    kind = record.choice("kind", _KINDS) if record.has("kind") else AddressKind.IPV4
    through = record.optional_text("through") or None
    return Address(record.text("value"), kind, record.switch("public"), through)


def _refused(record: Record) -> dict[Action, str]:
    found: dict[Action, str] = {}
    for name in record.names():
        if name not in tuple(Action):
            record.wrong(name, f"only the actions {', '.join(Action)}")
        found[Action(name)] = record.text(name)
    return found
