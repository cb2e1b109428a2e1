"""What the mock driver keeps apart from instances: keys, networks and volumes, each method as one line of the story told in its neighbours."""

from __future__ import annotations

from dcctl.abilities import Keys, Networks, Volumes
from dcctl_drivers.mock.trouble import strike

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.job import Job
    from dcctl.model import Instance, Query
    from dcctl.nouns.keys import Key, KeySpec
    from dcctl.nouns.networks import Network, NetworkSpec
    from dcctl.nouns.volumes import Volume, VolumeSpec
    from dcctl.settings import Values
    from dcctl_drivers.mock.store import Store


class Apart(Keys, Networks, Volumes):
    """A part of ``MockDriver``."""

    _settings: Values
    _store: Store

    def keys(self, query: Query) -> list[Key]:
        from dcctl_drivers.mock import keys  # noqa: PLC0415  keys only

        strike(self._settings, "keys")
        return keys.keys(self._store, query)

    def import_key(self, spec: KeySpec, job: Job) -> Key:
        from dcctl_drivers.mock import keys  # noqa: PLC0415  keys only

        strike(self._settings, "import-key", job)
        return keys.import_key(self._store, spec)

    def destroy_key(self, key: Key, job: Job) -> None:
        from dcctl_drivers.mock import keys  # noqa: PLC0415  keys only

        strike(self._settings, "destroy-key", job)
        keys.destroy_key(self._store, key)

    def networks(self, query: Query) -> list[Network]:
        from dcctl_drivers.mock import networks  # noqa: PLC0415  networks only

        strike(self._settings, "networks")
        return networks.networks(self._store, query)

    def create_network(self, spec: NetworkSpec, job: Job) -> Network:
        from dcctl_drivers.mock import networks  # noqa: PLC0415  networks only

        strike(self._settings, "create-network", job)
        return networks.create_network(self._store, spec)

    def destroy_network(self, network: Network, job: Job) -> None:
        from dcctl_drivers.mock import networks  # noqa: PLC0415  networks only

        strike(self._settings, "destroy-network", job)
        networks.destroy_network(self._store, network)

    def volumes(self, query: Query) -> list[Volume]:
        from dcctl_drivers.mock import volumes  # noqa: PLC0415  volumes only

        strike(self._settings, "volumes")
        return volumes.volumes(self._store, query)

    def create_volume(self, spec: VolumeSpec, job: Job) -> Volume:
        from dcctl_drivers.mock import volumes  # noqa: PLC0415  volumes only

        strike(self._settings, "create-volume", job)
        return volumes.create_volume(self._store, spec)

    def destroy_volume(self, volume: Volume, job: Job) -> None:
        from dcctl_drivers.mock import volumes  # noqa: PLC0415  volumes only

        strike(self._settings, "destroy-volume", job)
        volumes.destroy_volume(self._store, volume)

    def attach_volume(self, volume: Volume, instance: Instance, job: Job) -> Volume:
        from dcctl_drivers.mock import volumes  # noqa: PLC0415  volumes only

        strike(self._settings, "attach-volume", job)
        return volumes.attach_volume(self._store, volume, instance)

    def detach_volume(self, volume: Volume, job: Job) -> Volume:
        from dcctl_drivers.mock import volumes  # noqa: PLC0415  volumes only

        strike(self._settings, "detach-volume", job)
        return volumes.detach_volume(self._store, volume)

    def resize_volume(self, volume: Volume, size_gib: int, job: Job) -> Volume:
        from dcctl_drivers.mock import volumes  # noqa: PLC0415  volumes only

        strike(self._settings, "resize-volume", job)
        return volumes.resize_volume(self._store, volume, size_gib)
