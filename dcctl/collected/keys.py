"""Public ssh keys that the provider keeps: what the library does with them."""

from __future__ import annotations

from dcctl.abilities import Keys, UserName
from dcctl.collected import Collected
from dcctl.errors import DcctlError, NotAllowed, NotFound, raise_all
from dcctl.naming import name_problem
from dcctl.nouns import keys
from dcctl.nouns.keys import Key, KeySpec
from dcctl.words import as_placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dcctl.job import Job
    from dcctl.model import Query, Realm

NAMES = UserName(max_length=63)
"""Keys are called like instances: the name becomes part of file names at the provider."""


class KeyCollection(Collected[Key, Keys]):
    """``Cloud.keys``."""

    noun = "key"
    ability = Keys

    def _ask(self, driver: Keys, query: Query) -> Iterable[Key]:
        return driver.keys(query)

    def lines(self, names: Sequence[str], realm: Realm) -> list[str | DcctlError]:
        """Each key as a line of authorized_keys, its name as the comment, or why not; one of the realm goes before others of its name."""
        near = self.called([name if "/" in name else f"{realm.id}/{name}" for name in names])
        far = dict(
            self.called([name for name, (_, found) in zip(names, near, strict=True) if isinstance(found, NotFound)])
        )
        return [_line(far.get(name, found)) for name, (_, found) in zip(names, near, strict=True)]

    def check(self, spec: KeySpec) -> None:
        """Raise everything that is wrong with a request to import, before anything is done."""
        self._of_realm(spec.realm)
        problem = name_problem(spec.name, NAMES)
        raise_all([] if problem is None else [problem])
        keys.checked(spec.public_key)

    def import_key(self, spec: KeySpec, job: Job | None = None) -> Key:
        """Keep a public key under a name. Raises ``Conflict`` if it is taken."""
        self.check(spec)
        return self._work(self._of_realm(spec.realm), spec.name, lambda driver, job: driver.import_key(spec, job), job)

    def destroy(self, key: Key, job: Job | None = None) -> None:
        """Forget a key; instances that know it keep it."""
        self._work(self._of(key), key.name, lambda driver, job: driver.destroy_key(key, job), job)


def _line(key: Key | DcctlError) -> str | DcctlError:
    if isinstance(key, DcctlError):
        return key
    if key.public_key is None:
        return NotAllowed(
            f"the import of the key {key.name} was interrupted",
            hint=f"dcctl key destroy {as_placed(key)}, and import it again",
            resource=key.name,
            realm=key.realm,
        )
    return f"{key.public_key} {key.name}"
