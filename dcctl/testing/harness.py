"""What the author of a driver tells the conformance suite about the cloud that it may play with."""

from __future__ import annotations

from dcctl.driver import Endpoint
from dcctl.hardware import HardwareProfile
from dcctl.model import Realm
from dcctl.settings import Values, parse_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractContextManager

    from dcctl.driver import Driver
    from dcctl.hardware import Property, Value
    from dcctl.model import Instance, InstanceSpec, State


class Harness:
    """A driver and a cloud to try it on. The suite makes and destroys instances there and leaves all others alone.

    The arguments say what nearly every driver needs. What a driver has beyond that is said by overriding methods; each of them may
    decline, and what then cannot be tested is reported as a gap, by name.

    ``image``        id or name of an image that instances start from
    ``realm``        where instances are placed; otherwise the driver's first implicit realm, otherwise one without options
    ``settings``     the driver's settings as a configuration file has them; parsed by what the driver declares
    ``hwp``          the hardware profile; otherwise one that leaves every size to the provider
    ``overrides``    properties of the profile to override, so that it can be seen that they arrive
    ``timeout``      seconds within which an instance settles
    ``shared``       two driver objects see the same cloud; False where a connection has a cloud of its own
    ``library``      modules of the provider's library, hidden while it is checked that the class can be asked without them; if not given,
                     all that are neither Python's, dcctl's nor of the driver's own package
    ``image_file``   path of a file that ``import_image`` accepts
    ``excused``      names of checks that this cloud cannot bear, each with the reason; reported as gaps
    """

    def __init__(
        self,
        driver: type[Driver],
        *,
        image: str,
        realm: Realm | None = None,
        settings: Mapping[str, object] | None = None,
        hwp: HardwareProfile | None = None,
        overrides: Mapping[Property, Value] | None = None,
        timeout: float = 30.0,
        shared: bool = True,
        library: tuple[str, ...] | None = None,
        image_file: str | None = None,
        excused: Mapping[str, str] | None = None,
    ) -> None:
        self.driver = driver
        self.image = image
        self.realm = realm or next(iter(driver.implicit_realms()), Realm("conformance", "Conformance", Values()))
        self.settings = dict(settings or {})
        self.hwp = hwp or HardwareProfile("conformance")
        self.overrides = dict(overrides or {})
        self.timeout = timeout
        self.shared = shared
        self.library = library
        self.image_file = image_file
        self.excused = dict(excused or {})

    def open(self) -> Driver:
        """A new driver object for the cloud; must not connect, as its constructor must not."""
        return self.open_with(self.settings)

    def open_with(self, settings: Mapping[str, object]) -> Driver:
        """A new driver object with other settings: of use in ``hold`` and ``unreachable``."""
        values, problems = parse_values(self.driver.settings, settings)
        if problems:
            raise ValueError(f"the settings of the harness are wrong: {'; '.join(problems.values())}")
        return self.driver(Endpoint(self.driver.endpoint_of(self.realm), (self.realm,), values))

    def close(self) -> None:
        """Called once, after everything that the suite made was destroyed."""

    def unreachable(self) -> Driver | None:
        """A driver object whose provider cannot be reached."""
        return None

    def hold(self, state: State) -> AbstractContextManager[Driver] | None:
        """A context in which instances that enter the passing ``state`` stay there; it yields the driver object to use.

        On leaving it, such instances go on to where they settle.
        """
        return None

    def provoke(self, state: State, spec: InstanceSpec) -> Instance | None:
        """A new instance made from ``spec`` and brought into ``state``, which no action leads to: a create that ends in error, say."""
        return None

    def happen(self, instance: Instance, target: State) -> bool:
        """Make the instance go into ``target`` behind the driver's back: power it off from inside, crash it. False: cannot."""
        return False

    def refusing(self, spec: InstanceSpec) -> Instance | None:
        """A new instance made from ``spec`` that refuses an action which its machine would allow. ``release`` undoes that."""
        return None

    def release(self, instance: Instance) -> None:
        """Let an instance from ``refusing`` be destroyed again."""

    def foreign(self, name: str) -> Instance | None:
        """A new instance that something else than dcctl made, off and with one disk. None: cannot. To prove that ``adopt`` takes it on."""
        return None

    def clear_foreign(self) -> None:
        """Remove what instances from ``foreign`` have left: disks that stayed, as they should."""

    def faults(self) -> Iterable[AbstractContextManager[Driver]]:
        """Ways in which the provider fails in the middle of a create: each context yields a driver object whose provider fails at another
        point, and works again when the context is left. To prove that a create which fails leaves nothing behind.
        """
        return ()

    def received(self, instance: Instance) -> Mapping[str, object] | None:
        """What the provider has of the options that the instance was created with: ``user_data`` and ``network_config`` as bytes,
        ``ssh_keys`` as a tuple of texts, ``password_hash``, and ``meta_data`` as a dict of what was given; only those that can be seen there. None: nobody can look. To prove that no option is ignored.
        """
        return None

    def belongings(self) -> frozenset[str] | None:
        """Everything at the provider that a create or an import may make, however it is named: volumes, files, records.

        Compared before and after, to prove that nothing is left behind. None: only instances and images can be compared.
        """
        return None

    def round_trips(self) -> int | None:
        """How many calls the provider has answered so far; to prove that a listing does not ask once per instance."""
        return None
