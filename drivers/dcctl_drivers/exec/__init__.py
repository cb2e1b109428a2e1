"""Drivers in any language: a YAML description names the programs that do the work; see dcctl-exec(7).

``exec:/etc/dcctl/rack.yaml`` names such a driver, as ``--driver`` and in a context. The path belongs to the driver's name, not to its
settings, since states, abilities and settings must be known before there is an object that could have settings.
"""

from dcctl_drivers.exec.driver import ExecDriver, driver_from

__all__ = ["ExecDriver", "driver_from"]
