"""How the catalogue as a file is shown: its realms whatever the driver, and how much of the rest there is."""

from __future__ import annotations

from dcctl.render.noun import KEPT, Column, Entry, Noun
from dcctl.render.nouns.realm import limits_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.catalogue import Catalogue


def _record(catalogue: Catalogue) -> dict[str, object]:
    return {
        "path": catalogue.path,
        "hardware_profiles": list(catalogue.profiles),
        "realms": [
            {
                "id": realm.id,
                "name": realm.name,
                "limits": limits_record(realm.limits),
                "drivers": list(realm.sections),
            }
            for realm in catalogue.realm_entries.values()
        ],
        "images": [
            {
                "name": image.name,
                "source": image.source,
                "digest": image.digest,
                "architecture": image.architecture,
                "user": image.user,
                "description": image.description,
                "minimum_storage_gib": image.minimum_storage_gib,
                "minimum_memory_mib": image.minimum_memory_mib,
            }
            for image in catalogue.images.values()
        ],
    }


def _card(catalogue: Catalogue) -> Iterator[Entry]:
    yield Entry("path", [catalogue.path], "bold")
    yield Entry("hardware profiles", list(catalogue.profiles))
    yield Entry(
        "realms",
        [f"{realm.id}: {realm.name} ({', '.join(realm.sections)})" for realm in catalogue.realm_entries.values()],
    )
    yield Entry("images", [f"{image.name}: {image.source}" for image in catalogue.images.values()])


CATALOGUE: Noun[Catalogue] = Noun(
    "catalogue",
    columns=(
        Column("path", "PATH", lambda catalogue: catalogue.path, worth=KEPT),
        Column("hardware_profiles", "PROFILES", lambda catalogue: len(catalogue.profiles), worth=5),
        Column("realms", "REALMS", lambda catalogue: len(catalogue.realm_entries), worth=4),
        Column("images", "IMAGES", lambda catalogue: len(catalogue.images), worth=3),
    ),
    record=_record,
    identity=lambda catalogue: catalogue.path,
    card=_card,
)
