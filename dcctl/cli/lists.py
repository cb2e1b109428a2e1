"""What list commands have in common: rows to the person, and a word for each endpoint that did not answer."""

from __future__ import annotations

from dcctl.cli.session import Session
from dcctl.errors import DcctlError, Partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer

    from dcctl.render.options import OutputOptions


def session_of(context: typer.Context) -> Session:
    """The session that ``run`` made."""
    session = context.obj
    assert isinstance(session, Session)
    return session


def raise_failures(failures: Sequence[DcctlError], what: str) -> None:
    """End with status 9 when some could not be had; what could is shown already."""
    if failures:
        raise Partial(f"{what} of {', '.join(sorted({f.realm or '?' for f in failures}))} are missing", failures)


def list_options(
    session: Session,
    output: object,
    columns: Sequence[str],
    sort: Sequence[str],
    filters: Sequence[str],
    no_header: bool,
    quiet: bool,
) -> OutputOptions:
    """The options that every list command has."""
    return session.options(
        output,  # type: ignore[arg-type]
        columns=columns,
        sort=sort,
        filters=filters,
        header=not no_header,
        quiet=quiet,
    )
