"""What the whole suite needs."""

from __future__ import annotations

import signal

from hypothesis import settings

# How long an example takes depends on what else the machine does, and says nothing about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_configure() -> None:
    """A shell ignores Ctrl-C for what it starts in the background, nohup ignores hang-ups, and every child inherits
    that; the programs that the tests send signals to must hear them."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        # Not the default: the suite itself goes on when its terminal is gone, as was wanted.
        signal.signal(signal.SIGHUP, lambda *_: None)
