"""Checking a request to import an image before any driver sees it. Pure."""

from __future__ import annotations

from dcctl.abilities import ImportImages, UserName
from dcctl.errors import DcctlError, NotSupported, Usage
from dcctl.naming import name_problem
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.model import ImageSpec

NAMES = UserName(max_length=63)
"""Images are called like instances: the name becomes part of file names at the provider."""

_LONGEST_LINE = 200


def importer(driver: Driver) -> ImportImages:
    """The driver as one that can import. Raises ``NotSupported``."""
    if not isinstance(driver, ImportImages):
        raise NotSupported(f"the driver {driver.name} cannot import images", hint="see: dcctl collection list")
    return driver


def formats_of(driver: type[Driver]) -> tuple[str, ...]:
    """The disk formats that the driver takes, the best first; empty: it looks at files by itself."""
    return driver.image_formats if issubclass(driver, ImportImages) else ()


def import_problems(spec: ImageSpec) -> list[DcctlError]:
    """Everything that is wrong with the request and can be seen without reading the file."""
    problems: list[DcctlError] = []
    if (problem := name_problem(spec.name, NAMES)) is not None:
        problems.append(problem)
    for what, text in (
        ("user", spec.user),
        ("description", spec.description),
        ("architecture", spec.architecture),
    ):
        if text is not None and (not text or len(text) > _LONGEST_LINE or not text.isprintable()):
            problems.append(
                Usage(
                    f"the {what} must be one line of up to {_LONGEST_LINE} characters",
                    hint="leave control characters out, or leave it out as a whole",
                    resource=visible(spec.name),
                )
            )
    if spec.digest is not None and not _is_sha256(spec.digest):
        problems.append(
            Usage(f"not a digest: {visible(spec.digest)}", hint="expected: sha256: and 64 hexadecimal digits")
        )
    return problems


def _is_sha256(digest: str) -> bool:
    kind, _, number = digest.partition(":")
    return kind == "sha256" and len(number) == 64 and set(number) <= set("0123456789abcdef")
