"""What the whole suite needs."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile

import pytest
from hypothesis import settings

from libvirt_host import cache

# How long an example takes depends on what else the machine does, and says nothing about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


OWN_CACHE = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    hear_signals()
    # What dcctl keeps while it runs in this process goes when the suite ends; what is slow to make for the tests stays.
    os.environ["DCCTL_TEST_CACHE"] = str(cache.base())
    os.environ["XDG_CACHE_HOME"] = config.stash[OWN_CACHE] = tempfile.mkdtemp(prefix="dcctl-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[OWN_CACHE], ignore_errors=True)


def hear_signals() -> None:
    """A shell ignores Ctrl-C for what it starts in the background, nohup ignores hang-ups, and every child inherits
    that; the programs that the tests send signals to must hear them."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        # Not the default: the suite itself goes on when its terminal is gone, as was wanted.
        signal.signal(signal.SIGHUP, lambda *_: None)
