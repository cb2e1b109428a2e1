"""The libvirt driver: virtual machines on this host or on others, through libvirt's API alone."""

from dcctl_drivers.libvirt.driver import LibvirtDriver

__all__ = ["LibvirtDriver"]
