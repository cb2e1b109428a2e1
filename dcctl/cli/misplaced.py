"""Where a word that is no command here would be one: nouns behind other nouns, verbs without a noun, and what other tools call them. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_VERBS: Mapping[str, str] = {
    "ls": "list",
    "get": "show",
    "info": "show",
    "inspect": "show",
    "describe": "show",
    "status": "show",
    "add": "create",
    "new": "create",
    "launch": "create",
    "delete": "destroy",
    "rm": "destroy",
    "remove": "destroy",
    "terminate": "destroy",
    "undefine": "destroy",
    "restart": "reboot",
    "pause": "suspend",
    "unpause": "resume",
    "halt": "stop",
    "shutdown": "stop",
    "poweroff": "stop --power-off",
    "power-off": "stop --power-off",
    "pull": "import",
    "upload": "import",
    "grow": "resize",
}
_NOUNS: Mapping[str, str] = {
    "server": "instance",
    "vm": "instance",
    "machine": "instance",
    "domain": "instance",
    "guest": "instance",
    "template": "image",
    "flavor": "hwp",
    "flavour": "hwp",
    "profile": "hwp",
    "disk": "volume",
    "pool": "realm",
    "region": "realm",
    "zone": "realm",
    "host": "realm",
}
_ELSEWHERE: Mapping[tuple[str, str], str] = {
    ("instance", "attach"): "volume attach",
    ("instance", "detach"): "volume detach",
    ("instance", "revert"): "snapshot revert",
    ("instance", "capture"): "image create --from",
    ("image", "capture"): "image create --from",
    ("instance", "import"): "instance adopt",
    ("volume", "snapshot"): "snapshot create",
}


def meant(word: str, noun: str | None, verbs: Collection[str], nouns: Mapping[str, str]) -> str | None:
    """What whoever typed ``dcctl [NOUN] WORD`` may mean, as a hint; None where nobody knows.

    ``verbs``: those of the noun, of an instance where none was said. ``nouns``: what each word for a noun stands for.
    """
    plain = word.lower()
    if noun is not None and (command := _ELSEWHERE.get((noun, plain))) is not None:
        return f"did you mean dcctl {command}?"
    verb = _VERBS.get(plain, plain)
    if verb.partition(" ")[0] in verbs:
        return f"did you mean dcctl {noun or 'instance'} {verb}?"
    thing = nouns.get(plain) or _NOUNS.get(plain.removesuffix("s"))
    if thing is None:
        return None
    return f"did you mean dcctl {thing}?" if noun is None else f"that is a noun of its own: dcctl {thing} --help"
