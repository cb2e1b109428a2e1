"""A driver that is killed at a bad moment. Its cloud is mock's file, since the cloud must outlive the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dcctl_drivers.mock import MockDriver

if TYPE_CHECKING:
    from dcctl.job import Job
    from dcctl.model import Instance, InstanceSpec


class DiesUntidily(MockDriver):
    """Says that it has one thing left to do when the instance is already running."""

    name = "untidy"

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        instance = super().create(spec, job)
        job.stage("label")
        return instance
