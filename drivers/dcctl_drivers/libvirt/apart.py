"""What the driver keeps apart from instances: keys, networks and volumes, each method as one line of the story told in its neighbours."""

from __future__ import annotations

from abc import abstractmethod

from dcctl.abilities import Keys, Networks, Volumes
from dcctl_drivers.libvirt.options import POOL

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl.driver import Endpoint
    from dcctl.job import Job
    from dcctl.model import Image, Instance, Query, Realm
    from dcctl.nouns.keys import Key, KeySpec
    from dcctl.nouns.networks import Network, NetworkSpec
    from dcctl.nouns.volumes import Volume, VolumeSpec
    from dcctl_drivers.libvirt.connection import Connection
    from dcctl_drivers.libvirt.pools import Pool


class Apart(Keys, Networks, Volumes):
    """A part of ``LibvirtDriver``."""

    endpoint: Endpoint
    _connection: Connection

    @abstractmethod
    def _domain(self, instance: Instance) -> libvirt.virDomain:
        """The domain of the instance. Raises ``NotFound``."""

    def _realm_of(self, thing: Image | Key | Volume) -> Realm:
        return next(realm for realm in self.endpoint.realms if thing.realm in (None, realm.id))

    def _asked(self, query: Query) -> list[Realm]:
        """The realms that a query is about: each has a pool of its own, which may be off."""
        return [realm for realm in self.endpoint.realms if query.concerns(realm.id)]

    def _pool(self, realm: Realm) -> Pool:
        from dcctl_drivers.libvirt.pools import open_pool  # noqa: PLC0415  lists of instances need none

        return open_pool(self._connection.host, realm.options[POOL])

    # Keys

    def keys(self, query: Query) -> list[Key]:
        from dcctl_drivers.libvirt import keys  # noqa: PLC0415  keys only

        return [key for realm in self._asked(query) for key in keys.keys(self._pool(realm), realm, query)]

    def import_key(self, spec: KeySpec, job: Job) -> Key:
        from dcctl_drivers.libvirt import keys  # noqa: PLC0415  keys only

        return keys.import_key(self._pool(spec.realm), spec, job)

    def destroy_key(self, key: Key, job: Job) -> None:
        from dcctl_drivers.libvirt import keys  # noqa: PLC0415  keys only

        job.check()
        keys.destroy_key(self._pool(self._realm_of(key)), key)

    # Networks

    def networks(self, query: Query) -> list[Network]:
        from dcctl_drivers.libvirt import networks  # noqa: PLC0415  networks only

        return networks.networks(self._connection.host, self._only_realm, query)

    def create_network(self, spec: NetworkSpec, job: Job) -> Network:
        from dcctl_drivers.libvirt import networks  # noqa: PLC0415  networks only

        return networks.create_network(self._connection.host, spec, self._only_realm, job)

    def destroy_network(self, network: Network, job: Job) -> None:
        from dcctl_drivers.libvirt import networks  # noqa: PLC0415  networks only

        job.check()
        networks.destroy_network(self._connection.host, network)

    @property
    def _only_realm(self) -> str | None:
        """The realm of what belongs to the whole host; None where several realms share it."""
        return self.endpoint.realms[0].id if len(self.endpoint.realms) == 1 else None

    # Volumes

    def volumes(self, query: Query) -> list[Volume]:
        from dcctl_drivers.libvirt import volumes  # noqa: PLC0415  volumes only

        host = self._connection.host
        return [each for realm in self._asked(query) for each in volumes.volumes(host, self._pool(realm), realm, query)]

    def create_volume(self, spec: VolumeSpec, job: Job) -> Volume:
        from dcctl_drivers.libvirt import volumes  # noqa: PLC0415  volumes only

        return volumes.create_volume(self._connection.host, self._pool(spec.realm), spec, job)

    def destroy_volume(self, volume: Volume, job: Job) -> None:
        from dcctl_drivers.libvirt import volumes  # noqa: PLC0415  volumes only

        job.check()
        realm = self._realm_of(volume)
        volumes.destroy_volume(self._connection.host, self._pool(realm), realm, volume)

    def attach_volume(self, volume: Volume, instance: Instance, job: Job) -> Volume:
        from dcctl_drivers.libvirt import attaching  # noqa: PLC0415  volumes only

        job.check()
        realm = self._realm_of(volume)
        domain = self._domain(instance)
        return attaching.attach_volume(self._connection.host, self._pool(realm), realm, volume, domain)

    def detach_volume(self, volume: Volume, job: Job) -> Volume:
        from dcctl_drivers.libvirt import attaching  # noqa: PLC0415  volumes only

        job.check()
        realm = self._realm_of(volume)
        return attaching.detach_volume(self._connection.host, self._pool(realm), realm, volume, job)

    def resize_volume(self, volume: Volume, size_gib: int, job: Job) -> Volume:
        from dcctl_drivers.libvirt import volumes  # noqa: PLC0415  volumes only

        job.check()
        realm = self._realm_of(volume)
        return volumes.resize_volume(self._connection.host, self._pool(realm), realm, volume, size_gib)
