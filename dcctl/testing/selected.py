"""A harness for the cloud that the configuration selects, so that a driver can be tried without a test file."""

from __future__ import annotations

from dcctl.driver import Endpoint
from dcctl.testing.harness import Harness

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dcctl.driver import Driver
    from dcctl.hardware import HardwareProfile
    from dcctl.model import Realm
    from dcctl.settings import Values


class SelectedCloud(Harness):
    """Settings that were checked already, and the realms of a catalogue. What only the driver's author can bring about stays a gap."""

    def __init__(
        self,
        driver: type[Driver],
        values: Values,
        realms: Sequence[Realm],
        *,
        realm: Realm,
        image: str,
        hwp: HardwareProfile | None,
        timeout: float,
        shared: bool,
        image_file: str | None,
        excused: Mapping[str, str],
    ) -> None:
        super().__init__(
            driver,
            realm=realm,
            image=image,
            hwp=hwp,
            timeout=timeout,
            shared=shared,
            image_file=image_file,
            excused=excused,
        )
        key = driver.endpoint_of(realm)
        together = [other for other in realms if other.id != realm.id and driver.endpoint_of(other) == key]
        self._endpoint = Endpoint(key, (realm, *together), values)

    def open(self) -> Driver:
        return self.driver(self._endpoint)
