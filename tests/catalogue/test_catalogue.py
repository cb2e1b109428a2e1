from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.lab_driver import LabDriver
from dcctl.catalogue import check, load
from dcctl.driver import Driver
from dcctl.errors import CatalogueError, DcctlError, NotFound, Problems
from dcctl.hardware import Choices, Fixed, Hardware, Property, Range
from dcctl.model import Realm
from dcctl.settings import Setting, Values, text, whole_number

Write = Callable[..., str]

URI = Setting("uri", text, "lab:///", "where it is")
PORT = Setting("port", whole_number, 22, "where it listens")


class OptionsDriver(LabDriver):
    """A driver whose realms have options."""

    name = "options"
    realm_options = (URI, PORT)

    @classmethod
    def implicit_realms(cls) -> tuple[Realm, ...]:
        return (Realm("implicit", "Implicit", Values()),)


class NeedyDriver(LabDriver):
    """A driver whose realms must say where they are."""

    name = "needy"
    realm_options = (Setting("uri", text, "", "where it is", required=True),)


def problems(realms: Callable[[type[Driver]], object], driver: type[Driver]) -> list[DcctlError]:
    try:
        realms(driver)
    except Problems as error:
        return list(error.problems)
    except CatalogueError as error:
        return [error]
    return []


def test_the_default_catalogue_has_deltaclouds_profiles() -> None:
    catalogue = load(None)
    small = catalogue.profile("m1-small")
    assert small.resolve({}) == Hardware(1, 1740, 160, "i386")
    large = catalogue.profile("m1-large")
    assert large.properties == {
        Property.CPU: Range(1, 6, 1),
        Property.MEMORY: Range(7680, 15360, 10240),
        Property.STORAGE: Choices((850, 1024), 850),
        Property.ARCHITECTURE: Fixed("x86_64"),
    }
    extra = catalogue.profile("m1-xlarge")
    assert extra.properties == {
        Property.CPU: Fixed(4),
        Property.MEMORY: Range(12288, 32768, 12288),
        Property.STORAGE: Choices((1024, 2048, 4096), 1024),
        Property.ARCHITECTURE: Fixed("x86_64"),
    }
    assert catalogue.profile("opaque").opaque
    assert catalogue.profile("small").resolve({}) == Hardware(1, 512, 10, "x86_64")


def test_the_default_catalogue_has_realms_for_mock_and_libvirt() -> None:
    entries = load(None).realm_entries
    assert [name for name, entry in entries.items() if "mock" in entry.sections] == ["us", "eu"]
    assert [name for name, entry in entries.items() if entry.sections.get("libvirt") == {}] == ["local"]


def test_the_working_directory_is_not_where_the_default_catalogue_is(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("version: 1\nhardware_profiles: {trap: {}}\n")
    monkeypatch.chdir(Path(write("", "other")).parent)
    assert "trap" not in load(None).profiles


def test_profiles_keep_the_order_of_the_file(write: Write) -> None:
    catalogue = load(write("version: 1\nhardware_profiles: {z: {}, a: {cpu: 1}, m: {}}\n"))
    assert list(catalogue.profiles) == ["z", "a", "m"]
    assert catalogue.profiles["a"] is catalogue.profiles["a"]
    assert "b" not in catalogue.profiles
    assert catalogue.profiles.get("b") is None


def test_an_unknown_profile_is_not_found_and_close_ones_are_offered(write: Write) -> None:
    catalogue = load(write("version: 1\nhardware_profiles: {small: {}, large: {}}\n"))
    with pytest.raises(NotFound) as caught:
        catalogue.profile("smal\x1b")
    assert (caught.value.message, caught.value.hint) == (
        "there is no hardware profile smal\\u001b",
        "did you mean small?",
    )


def test_images_have_their_digest_sizes_and_an_absolute_source(write: Write, tmp_path: Path) -> None:
    digest = "ABCD" * 16
    catalogue = load(
        write(
            "version: 1\nimages:\n"
            f"  near: {{source: images/d.qcow2, sha256: {digest}, user: debian, minimum: {{storage: 2 GiB, memory: 1 GiB}}}}\n"
            "  home: {source: ~/d.qcow2}\n  far: {source: 'https://images.example/d.qcow2'}\n"
        )
    )
    near = catalogue.image("near")
    assert near.source == str(tmp_path / "images" / "d.qcow2")
    assert near.digest == f"sha256:{digest.lower()}"
    assert (near.user, near.minimum_storage_gib, near.minimum_memory_mib, near.architecture) == (
        "debian",
        2,
        1024,
        None,
    )
    assert catalogue.image("home").source == os.path.join(os.environ["HOME"], "d.qcow2")
    assert catalogue.image("far").source == "https://images.example/d.qcow2"
    with pytest.raises(NotFound):
        catalogue.image("nowhere")


def test_a_driver_is_offered_the_realms_that_have_a_section_for_it(write: Write) -> None:
    catalogue = load(
        write(
            "version: 1\nrealms:\n"
            "  dev: {name: Development, limits: {instances: 2, memory: 1 GiB}, options: {uri: 'lab:///dev'}, lab: {wrong: here}}\n"
            "  other: {mock: {}}\n"
            "  prod: {options: {}}\n"
        )
    )
    dev, prod = catalogue.realms(OptionsDriver)
    assert (dev.id, dev.name, dev.limits) == ("dev", "Development", {"instances": 2, "memory": 1024})
    assert (dev.options[URI], dev.options[PORT]) == ("lab:///dev", 22)
    assert (prod.id, prod.name, prod.options[URI]) == ("prod", "prod", "lab:///")
    assert [entry.id for entry in catalogue.realm_entries.values()] == ["dev", "other", "prod"]
    assert catalogue.realm_entries["dev"].sections == {"options": {"uri": "lab:///dev"}, "lab": {"wrong": "here"}}


def test_wrong_options_are_named_with_their_place_all_of_them(write: Write) -> None:
    path = write("version: 1\nrealms:\n  a: {options: {uri: 5, prot: 1}}\n  b:\n    options:\n      port: many\n")
    found = problems(load(path).realms, OptionsDriver)
    assert [(problem.where, problem.message) for problem in found] == [
        (f"{path}:3:17", "realm a, options: uri: must be a text, not 5"),
        (f"{path}:3:25", "realm a, options: unknown setting prot; known: port, uri"),
        (f"{path}:6:7", "realm b, options: port: must be a whole number, 0 or more, not 'many'"),
    ]


def test_a_missing_option_is_named_at_the_section(write: Write) -> None:
    path = write("version: 1\nrealms:\n  a:\n    needy: {}\n")
    (problem,) = problems(load(path).realms, NeedyDriver)
    assert (problem.where, problem.message) == (f"{path}:4:5", "realm a, needy: uri is missing")
    assert problem.hint == "add uri to the section"


def test_without_a_realm_of_its_own_a_driver_may_offer_implicit_ones(write: Write) -> None:
    catalogue = load(write("version: 1\nrealms: {a: {lab: {}}}\n"))
    assert [realm.id for realm in catalogue.realms(OptionsDriver)] == ["implicit"]
    assert catalogue.realms(NeedyDriver) == ()


def test_load_raises_every_problem_and_check_returns_them(write: Write) -> None:
    path = write("version: 1\nhardware_profiles: {a: {cpu: 0}, b: {cpu: 0}}\n")
    with pytest.raises(Problems) as caught:
        load(path)
    assert [problem.where for problem in caught.value.problems] == [f"{path}:2:30", f"{path}:2:43"]
    assert caught.value.exit_status == 3
    assert [problem.where for problem in check(path)] == [f"{path}:2:30", f"{path}:2:43"]


def test_after_a_hundred_problems_the_rest_is_left_out(write: Write) -> None:
    found = check(write("version: 1\n" + "".join(f"k{i}: 1\n" for i in range(5000))))
    assert len(found) == 101
    assert found[-1].message == "more than 100 problems; this and later ones are not shown"


def test_a_file_that_is_not_there_or_is_no_file_is_one_problem(tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere.yaml")
    assert [problem.message for problem in check(missing)] == [f"there is no file {missing}"]
    assert [problem.message for problem in check(str(tmp_path))] == [f"{tmp_path} is a directory"]
    assert "cannot read" in check("a\0b")[0].message
