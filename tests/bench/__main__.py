"""``python -m bench``: all benchmarks, or the named ones, one table each."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import libvirt_create, libvirt_import, libvirt_list, libvirt_peers, libvirt_several, start_up
from bench.setting import Setting

BENCHMARKS: dict[str, Callable[[Setting], str]] = {
    "start-up": start_up.run,
    "libvirt-list": libvirt_list.run,
    "libvirt-create": libvirt_create.run,
    "libvirt-import": libvirt_import.run,
    "libvirt-peers": libvirt_peers.run,
    "libvirt-several": libvirt_several.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], help="default: all")
    parser.add_argument("--scripts", type=Path, required=True, help="the bin directory of an environment with dcctl")
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dcctl-bench-") as home:
        setting = Setting(given.scripts.absolute(), Path(home), given.rounds)
        for name in given.names or BENCHMARKS:
            print(BENCHMARKS[name](setting), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
