"""``dcctl catalogue check``: what the drivers say of the sections that realms have for them."""

from __future__ import annotations

from dcctl import registry
from dcctl.errors import CatalogueError, DcctlError, DriverError, Problems
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.catalogue import Catalogue
    from dcctl.cli.session import Session


def section_problems(session: Session, catalogue: Catalogue) -> list[DcctlError]:
    """What is wrong with the sections, each of the drivers that are named having checked its options.

    A name that is nearly a driver's is wrong; one that nobody has is said.
    """
    selected = session.driver
    known = {source.name for source in registry.sources()}
    problems: list[DcctlError] = []
    for name, (realm, place) in catalogue.sections().items():
        if name != selected.name and name not in known:
            if (near := _near(name, known)) is None:
                session.note(f"{place}: realm {realm}: no driver {visible(name)} is installed here")
            else:
                problems.append(
                    CatalogueError(
                        f"realm {realm}: no driver is called {visible(name)}; did you mean {near}?",
                        resource=name,
                        where=place,
                    )
                )
            continue
        try:
            catalogue.realms(selected if name == selected.name else registry.load(name))
        except DriverError as error:
            session.note(f"{place}: realm {realm}: its options were not checked: {error.message}")
        except Problems as error:
            problems += error.problems
        except DcctlError as error:
            problems.append(error)
    return problems


def _near(name: str, known: set[str]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415  for names that nobody has only

    return next(iter(get_close_matches(name, known, n=1, cutoff=0.75)), None)
