"""A description's text to its form, with every problem at once. Imports the YAML parser: only where the cache has no answer."""

from __future__ import annotations

import re

from dcctl import registry, strict_yaml
from dcctl.checker import Checker
from dcctl.errors import DriverError
from dcctl.settings import duration
from dcctl_drivers.exec.operations import ACTIONS, ALWAYS, PROTOCOL, Operation
from dcctl_drivers.exec.reading.programs import read_program
from dcctl_drivers.exec.reading.sentences import read_sentences
from dcctl_drivers.exec.reading.settings import read_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.errors import DcctlError
    from dcctl.strict_yaml import Node
    from dcctl_drivers.exec.form import DescriptionForm, NameForm, ProgramForm, Sentence, SettingForm

DEFAULT_TIMEOUT = 60.0
DEFAULT_CONCURRENCY = 8
_TOP = (
    "exec",
    "name",
    "summary",
    "states",
    "abilities",
    "programs",
    "timeout",
    "settings",
    "realm_options",
    "endpoint",
    "environment",
    "concurrency",
    "not_found_window",
)
_REQUIRED = ("exec", "name", "summary", "states", "programs")
_NAME = re.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*")
_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_OPERATIONS = tuple(operation.value for operation in Operation)


def read(content: bytes, file: str) -> tuple[DescriptionForm | None, list[DcctlError]]:
    """The form, or what is wrong with the file; ``file`` is absolute, since programs are named relative to its folder."""
    try:
        document = strict_yaml.parse(content, file, DriverError)
    except DriverError as problem:
        return None, [problem]
    checker = Checker(file, DriverError)
    top = checker.record(document, "the description", _TOP, required=_REQUIRED)
    _version(checker, top.get("exec"))
    sentences = read_sentences(checker, top["states"]) if "states" in top else []
    timeout = _seconds(checker, top, "timeout", DEFAULT_TIMEOUT, least=0.001)
    settings = read_settings(checker, top.get("settings"), "settings", secrets=True)
    realm_options = read_settings(checker, top.get("realm_options"), "realm_options", secrets=False)
    form: DescriptionForm = {
        "name": _name(checker, top),
        "summary": (checker.text(top["summary"], "summary") if "summary" in top else None) or "",
        "sentences": sentences,
        "user_name": None,
        "user_data_bytes": None,
        "ssh_keys_count": None,
        "programs": _programs(checker, top, sentences, timeout),
        "settings": settings,
        "realm_options": realm_options,
        "endpoint": _endpoint(checker, top, realm_options),
        "environment": _environment(checker, top),
        "concurrency": DEFAULT_CONCURRENCY,
        "not_found_window": _seconds(checker, top, "not_found_window", 0.0, least=0.0),
    }
    if "concurrency" in top:
        given = checker.whole_number(top["concurrency"], "concurrency", least=1, most=64)
        form["concurrency"] = given or DEFAULT_CONCURRENCY
    if "abilities" in top:
        _abilities(checker, top["abilities"], form)
    return form, checker.problems


def _version(checker: Checker, node: Node | None) -> None:
    if node is None or (node.value == PROTOCOL and not isinstance(node.value, bool)):
        return
    newer = isinstance(node.value, int) and node.value > PROTOCOL
    remedy = "it needs a newer dcctl" if newer else f"write exec: {PROTOCOL}"
    checker.wrong(node, f"exec is {strict_yaml.kind(node)}, and this dcctl speaks protocol {PROTOCOL}; {remedy}")


def _name(checker: Checker, top: dict[str, Node]) -> str:
    """The driver's name; the catalogue's sections and the variables of the settings are called after it."""
    name = checker.text(top["name"], "name") if "name" in top else None
    if name is None:
        return ""
    if len(name) > 40 or not _NAME.fullmatch(name):
        checker.wrong(
            top["name"],
            f"name must be at most 40 lower-case letters, digits and -, not {strict_yaml.kind(top['name'])}",
        )
    elif name in registry.BUILT_IN:
        checker.wrong(top["name"], f"name: {name} is a driver of dcctl's own; choose another name")
    return name


def _seconds(checker: Checker, top: dict[str, Node], key: str, default: float, *, least: float) -> float:
    if key not in top:
        return default
    try:
        seconds = duration(strict_yaml.plain(top[key]))
    except ValueError as problem:
        checker.wrong(top[key], f"{key} {problem}")
        return default
    if seconds < least:
        checker.wrong(top[key], f"{key} must be longer than that")
    return seconds


def _programs(
    checker: Checker, top: dict[str, Node], sentences: list[Sentence], timeout: float
) -> dict[str, ProgramForm]:
    """The programs; each action of the machine must have one, and no other action may."""
    found: dict[str, ProgramForm] = {}
    if "programs" not in top:
        return found
    for name, pair in checker.mapping(top["programs"], "programs").items():
        if name not in _OPERATIONS:
            checker.unknown(pair.key, f"programs: there is no operation {name}", name, _OPERATIONS)
        else:
            program = read_program(checker, f"programs: {name}", pair.value, timeout)
            if program is not None:
                found[name] = program
    given = top["programs"].value if isinstance(top["programs"].value, dict) else {}
    declared = {trigger for _, _, trigger, _ in sentences}
    for operation in Operation:
        wanted = operation in ALWAYS or (operation in ACTIONS and operation.value in declared)
        if wanted and operation.value not in given:
            why = "" if operation in ALWAYS else "; the states mention it"
            checker.wrong(top["programs"], f"programs lacks {operation}{why}")
        if not wanted and operation in ACTIONS and operation.value in given and sentences:
            key = given[operation.value].key
            checker.wrong(key, f"programs: {operation} has a program, but the states never mention it")
    if "stop" not in declared and "power_off" in given and sentences:
        checker.wrong(given["power_off"].key, "programs: power_off is a way to stop, and the states never mention stop")
    return found


def _endpoint(checker: Checker, top: dict[str, Node], realm_options: dict[str, SettingForm]) -> str | None:
    """The realm option by whose value realms are told apart that are not one endpoint."""
    if "endpoint" not in top:
        return None
    name = checker.text(top["endpoint"], "endpoint")
    if name is not None and name not in realm_options:
        checker.unknown(top["endpoint"], f"endpoint: there is no realm option {name}", name, realm_options)
    return name


def _environment(checker: Checker, top: dict[str, Node]) -> tuple[str, ...]:
    if "environment" not in top:
        return ()
    node = top["environment"]
    if not isinstance(node.value, list):
        checker.wrong(node, f"environment must be a list of names of variables, not {strict_yaml.kind(node)}")
        return ()
    names = []
    for item in node.value:
        name = checker.text(item, "environment: a name")
        if name is not None and not _VARIABLE.fullmatch(name):
            checker.wrong(item, f"environment: {name} is not the name of a variable; values stay out of this file")
        names.append(name or "")
    return tuple(names)


def _abilities(checker: Checker, node: Node, form: DescriptionForm) -> None:
    found = checker.record(node, "abilities", ("name", "user_data", "ssh_keys"))
    if "name" in found:
        form["user_name"] = _user_name(checker, found["name"])
    if "user_data" in found:
        values = checker.record(found["user_data"], "abilities: user_data", ("max_bytes",), required=("max_bytes",))
        if "max_bytes" in values:
            form["user_data_bytes"] = checker.whole_number(
                values["max_bytes"], "abilities: user_data: max_bytes", least=1, most=16 * 1024 * 1024
            )
    if "ssh_keys" in found:
        values = checker.record(found["ssh_keys"], "abilities: ssh_keys", ("max_count",))
        form["ssh_keys_count"] = 16
        if "max_count" in values:
            form["ssh_keys_count"] = checker.whole_number(
                values["max_count"], "abilities: ssh_keys: max_count", least=1, most=1000
            )


def _user_name(checker: Checker, node: Node) -> NameForm:
    values = checker.record(node, "abilities: name", ("max_length", "extra"))
    form: NameForm = {"max_length": 63, "extra": "-._"}
    if "max_length" in values:
        form["max_length"] = (
            checker.whole_number(values["max_length"], "abilities: name: max_length", least=1, most=255) or 63
        )
    if "extra" in values:
        extra = values["extra"].value
        if not isinstance(extra, str) or any(character not in "-._:+@" for character in extra):
            checker.wrong(values["extra"], "abilities: name: extra must be a text of characters among - . _ : + @")
        else:
            form["extra"] = extra
    return form
