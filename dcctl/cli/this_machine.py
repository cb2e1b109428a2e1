"""What ``dcctl doctor`` looks at on this machine: dcctl's own files."""

from __future__ import annotations

import os
import stat
import sys
from importlib.util import cache_from_source

import dcctl
from dcctl import paths
from dcctl.cli.known_images import downloads_directory
from dcctl.errors import DcctlError, Failed, Problems
from dcctl.nouns.findings import Finding, Verdict
from dcctl.words import as_argument, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.cli.session import Session

COMPILED = "compiled files"
_LEFT = "left files"
_MIB = 1 << 20


def findings(session: Session) -> Iterator[Finding]:
    """All that there is to say; nothing is changed."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("versions", Verdict.GOOD, f"dcctl {dcctl.__version__}, Python {python}")
    yield _compiled()
    yield from _catalogue(session)
    yield from _permissions(session)
    yield from _downloads(session)


def repair(finding: Finding) -> None:
    """Do what a finding of this machine says. Raises ``Failed``."""
    if finding.check == _LEFT:
        from dcctl.sources.temporaries import remove_abandoned  # noqa: PLC0415  6 ms, for this only

        remove_abandoned(finding.resource or "")
    else:
        _compile()


def package() -> str:
    """Where dcctl's modules are."""
    return os.path.dirname(os.path.abspath(dcctl.__file__))


def _compiled() -> Finding:
    """Without compiled files each command compiles every module anew: that takes longer than all the rest."""
    missing = 0
    for folder, _, files in os.walk(package()):
        sources = (os.path.join(folder, name) for name in files if name.endswith(".py"))
        missing += sum(not os.path.exists(cache_from_source(source)) for source in sources)
    if not missing:
        return Finding(COMPILED, Verdict.GOOD, "every module is compiled")
    return Finding(
        COMPILED,
        Verdict.NOTE,
        f"{missing} {'module is' if missing == 1 else 'modules are'} not compiled, which makes every command slower",
        hint=f"python3 -m compileall -q {as_argument(package())}, as whoever may write there",
        resource=package(),
        repair="compile them" if os.access(package(), os.W_OK) else None,
    )


def _catalogue(session: Session) -> Iterator[Finding]:
    from dcctl import catalogue  # noqa: PLC0415  after the others: it reads YAML
    from dcctl.cli.sections import section_problems  # noqa: PLC0415  likewise

    try:
        found, problems = catalogue.inspect(session.config.catalogue.value)
        problems = [*problems, *section_problems(session, found)]
    except Problems as several:
        problems = list(several.problems)
    except DcctlError as error:
        problems = [error]
    if not problems:
        yield Finding("catalogue", Verdict.GOOD, session.config.catalogue.value or session.config.catalogue.detail)
    for problem in problems:
        place = f"{problem.where}: " if problem.where else ""
        yield Finding("catalogue", Verdict.WRONG, f"{place}{problem.message}", problem.hint)


def _permissions(session: Session) -> Iterator[Finding]:
    """A catalogue can name commands, and a cache is believed: nobody else may write them."""
    environ = session.environment.environ
    config = session.config
    named = (config.file, config.catalogue.value, paths.cache_directory(environ), paths.state_directory(environ))
    wrong = False
    for path in named:
        try:
            found = os.stat(path) if path is not None else None
        except OSError:
            continue
        if found is None or path is None:
            continue
        if found.st_uid not in (os.geteuid(), 0):
            wrong = True
            yield Finding(
                "permissions", Verdict.WRONG, f"{path} belongs to somebody else", f"chown {os.geteuid()} {path}"
            )
        elif found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX:
            wrong = True
            yield Finding("permissions", Verdict.WRONG, f"others may write {path}", f"chmod go-w {path}", resource=path)
    if not wrong:
        yield Finding(
            "permissions", Verdict.GOOD, "nobody else may write the configuration, the catalogue and the caches"
        )


def _downloads(session: Session) -> Iterator[Finding]:
    """What imports keep on this machine until they end: they may have been killed, and it may be much."""
    directory = downloads_directory(session)
    if directory is None or not os.access(directory, os.R_OK):
        return
    from dcctl.sources import parts  # noqa: PLC0415  6 ms, where there was a download
    from dcctl.sources.obtaining import file_name  # noqa: PLC0415  likewise
    from dcctl.sources.temporaries import abandoned  # noqa: PLC0415  likewise

    if left := abandoned(directory):
        size = sum(map(_allocated, left))
        yield Finding(
            _LEFT,
            Verdict.NOTE,
            f"interrupted imports left {size / _MIB:.1f} MiB in {visible(directory)}",
            hint="the next import that needs room there removes them",
            resource=directory,
            repair="remove them",
        )
    for origin, size, until in parts.kept(directory):
        yield Finding(
            "download",
            Verdict.NOTE,
            f"{size / _MIB:.1f} MiB of {visible(file_name(origin.url))} are kept in {visible(directory)} until {_day(until)}",
            hint="import it again to go on from there",
            resource=visible(origin.url),
        )


def _allocated(path: str) -> int:
    """The bytes that the file takes; none if an import has just removed it."""
    try:
        return os.lstat(path).st_blocks * 512
    except FileNotFoundError:
        return 0


def _day(seconds: float) -> str:
    from datetime import UTC, datetime  # noqa: PLC0415  where a download broke off

    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def _compile() -> None:
    from compileall import compile_dir  # noqa: PLC0415  for this only

    if not compile_dir(package(), quiet=2):
        raise Failed("some modules could not be compiled", hint="is the disk full?", resource=package())
