"""``@frozen``: values with named attributes that are set once, made without compiling anything.

``dataclass(frozen=True)`` writes and compiles six methods for each class: 0.55 ms with Python 3.11. Listing instances needs 34 classes,
19 ms, which is more than Python itself takes to start. Here every class shares the same six methods: 0.02 ms.
To ``dataclasses.replace`` and ``fields``, to ``match`` and to type checkers it is a dataclass.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, field, make_dataclass
from typing import TypeVar, dataclass_transform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, NoReturn

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Give the class an ``__init__`` for its annotated attributes, with ``field()`` understood; compared and hashed by value.

    Methods that the class has itself are kept. Does not combine with inheritance from another such class.
    """
    names = tuple(cls.__annotations__)
    defaults: dict[str, Any] = {}
    factories: dict[str, Callable[[], Any]] = {}
    hidden: set[str] = set()
    for name in names:
        default = cls.__dict__.get(name, MISSING)
        if isinstance(default, Field):
            if default.default_factory is not MISSING:
                factories[name] = default.default_factory
            if not default.repr:
                hidden.add(name)
            default = default.default
            delattr(cls, name)
        if default is not MISSING:
            defaults[name] = default
    methods = {
        "__init__": _init(names, defaults, factories),
        "__repr__": _text(tuple(name for name in names if name not in hidden)),
        **_SHARED,
        "__match_args__": names,
        "__dataclass_fields__": _Fields(names, defaults, factories),
        "__signature__": _SIGNATURE,
    }
    for name, method in methods.items():
        if name not in cls.__dict__:
            setattr(cls, name, method)
    return cls


def _init(
    names: tuple[str, ...], defaults: Mapping[str, Any], factories: Mapping[str, Callable[[], Any]]
) -> Callable[..., None]:
    known, count = frozenset(names), len(names)

    def __init__(self: object, *values: object, **named: object) -> None:  # noqa: N807  it becomes one
        attributes = self.__dict__
        attributes.update(defaults)
        for name, factory in factories.items():
            attributes[name] = factory()
        attributes.update(zip(names, values, strict=False))
        attributes.update(named)
        if len(attributes) != count or len(values) > count or not known.issuperset(named):
            raise TypeError(f"{type(self).__name__}({', '.join(names)}) does not fit what it was given")
        if values and not named.keys().isdisjoint(names[: len(values)]):
            raise TypeError(f"{type(self).__name__} was given an attribute twice")

    return __init__


def _text(names: tuple[str, ...]) -> Callable[[object], str]:
    def __repr__(self: object) -> str:  # noqa: N807  it becomes one
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__


def _set(self: object, name: str, _value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to {type(self).__qualname__}.{name}")


def _delete(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete {type(self).__qualname__}.{name}")


def _equal(self: object, other: object) -> bool:
    return self.__dict__ == other.__dict__ if type(self) is type(other) else NotImplemented


def _hash(self: object) -> int:
    attributes = self.__dict__
    return hash(tuple(attributes[name] for name in type(self).__match_args__))  # type: ignore[attr-defined]


_SHARED = {"__setattr__": _set, "__delattr__": _delete, "__eq__": _equal, "__hash__": _hash}


class _Signature:
    """What ``help()`` and editors show of a class: its attributes, with types and defaults. Made when somebody looks."""

    def __get__(self, instance: object, owner: type) -> object:
        from inspect import Parameter, Signature  # noqa: PLC0415  4 ms that only people who look pay

        fields = owner.__dataclass_fields__  # type: ignore[attr-defined]
        annotations = owner.__annotations__
        parameters = []
        for name, specification in fields.items():
            default: object = Parameter.empty
            if specification.default is not MISSING:
                default = specification.default
            elif specification.default_factory is not MISSING:
                default = specification.default_factory()
            kind = Parameter.POSITIONAL_OR_KEYWORD
            parameters.append(Parameter(name, kind, default=default, annotation=annotations[name]))
        return Signature(parameters)


_SIGNATURE = _Signature()


class _Fields:
    """What the module dataclasses reads of a class; made by that module when it first asks."""

    def __init__(
        self, names: tuple[str, ...], defaults: Mapping[str, Any], factories: Mapping[str, Callable[[], Any]]
    ) -> None:
        self._specifications: list[tuple[str, object, Any]] = []
        for name in names:
            if name in factories:
                specification = field(default_factory=factories[name])
            else:
                specification = field(default=defaults.get(name, MISSING))
            self._specifications.append((name, object, specification))

    def __get__(self, instance: object, owner: type) -> Mapping[str, Field[Any]]:
        made = make_dataclass(owner.__name__, self._specifications, kw_only=True)
        fields: Mapping[str, Field[Any]] = made.__dataclass_fields__  # type: ignore[attr-defined]
        owner.__dataclass_fields__ = fields  # type: ignore[attr-defined]
        return fields
