"""One instance with everything and one with almost nothing, in every format, on a pipe."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
import yaml

from dcctl.hardware import Choices, Fixed, HardwareProfile, Property, Range
from dcctl.model import Field
from dcctl.render.nouns.hwp import HWP
from dcctl.render.nouns.instance import INSTANCE, InstanceRow
from render.screens import DB, NOW, WEB, Screen, options

ROWS = [WEB, DB]


def lines(form: str, rows: list[InstanceRow] = ROWS, **others: object) -> list[str]:
    return Screen(INSTANCE, options(form, **others)).list(rows).splitlines()


def test_a_table_is_aligned_and_complete() -> None:
    assert lines("table") == [
        "NAME                 STATE    REALM  HWP    IMAGE      ADDRESSES              AGE",
        "web                  running  us     large  debian-12  web.example, 10.0.0.5  3h",
        "db-with-a-long-name  error    eu     -      -          -                      -",
    ]


def test_wide_adds_ids_sizes_owner_actions_and_the_provider_s_words() -> None:
    header, web, db = lines("wide")
    assert (
        header.split()
        == (
            "ID NAME STATE REALM HWP IMAGE ADDRESSES AGE NETWORKS CPU MEMORY STORAGE DISKS ARCHITECTURE ROOT LABELS DESCRIPTION PROTECTED AUTOSTART OWNER ACTIONS PROVIDER STATE"
            " REASON SAVED FOREIGN"
        ).split()
    )
    assert "8 GiB*" in web, "what was asked for by value is marked"
    assert "20 GiB " in web
    assert "no space" in db
    assert header.index("REASON") == db.index("no space")


def test_no_header_leaves_only_rows() -> None:
    assert lines("table", header=False)[0].startswith("web ")


def test_an_empty_table_keeps_its_header_so_that_scripts_can_skip_one_line() -> None:
    assert lines("table", []) == ["NAME  STATE  REALM  HWP  IMAGE  ADDRESSES  AGE"]
    assert lines("table", [], header=False) == []


EXPECTED: dict[str, Any] = {
    "id": "i-1",
    "name": "web",
    "state": "running",
    "realm": "us",
    "image": "debian-12",
    "hwp": "large",
    "hardware": {"cpu": 2, "memory_mib": 8192, "storage_gib": 20, "architecture": "x86_64", "root_type": None},
    "overrides": {"memory_mib": 8192},
    "at_next_start": ["memory_mib"],
    "public_addresses": [{"value": "web.example", "kind": "hostname", "through": None}],
    "private_addresses": [{"value": "10.0.0.5", "kind": "ipv4", "through": "root@lab.example"}],
    "owner": "ann",
    "created": "2026-11-25T09:00:00Z",
    "provider_state": "RUNNING",
    "reason": None,
    "actions": ["stop"],
    "refused": {"reboot": "it is locked"},
    "user": "debian",
    "key": None,
    "password": None,
    "host_keys": ["ssh-ed25519 AAAAC3Nz"],
    "networks": [],
    "interfaces": [],
    "labels": {},
    "description": None,
    "protected": False,
    "autostart": None,
    "disk_mode": None,
    "disks_gib": [],
    "machine": None,
    "adopted": None,
    "saved": False,
    "foreign": False,
}


def test_json_has_every_key_also_where_nothing_is_known() -> None:
    web, db = json.loads(Screen(INSTANCE, options("json")).list(ROWS))
    assert web == EXPECTED
    assert list(db) == list(EXPECTED)
    assert (db["hardware"], db["created"], db["public_addresses"], db["actions"]) == (None, None, [], [])


def test_json_lines_yaml_and_json_have_the_same_content() -> None:
    """lima#646, lima#109, vagrant#6236, vagrant#8017, vagrant#4097, vm-bhyve#241, VirtualBox#772, cubic#452, xbar-plugin#4:
    no JSON, or lines of it where a list was wanted
    """
    expected = json.loads(Screen(INSTANCE, options("json")).list(ROWS))
    assert [json.loads(line) for line in lines("jsonl")] == expected
    assert yaml.safe_load(Screen(INSTANCE, options("yaml")).list(ROWS)) == expected


def test_a_list_of_nothing_is_a_list() -> None:
    assert Screen(INSTANCE, options("json")).list([]) == "[]\n"
    assert Screen(INSTANCE, options("yaml")).list([]) == "[]\n"
    assert Screen(INSTANCE, options("jsonl")).list([]) == ""


def test_one_is_an_object() -> None:
    assert json.loads(Screen(INSTANCE, options("json")).one(WEB)) == EXPECTED
    assert json.loads(Screen(INSTANCE, options("jsonl")).one(WEB)) == EXPECTED
    assert yaml.safe_load(Screen(INSTANCE, options("yaml")).one(WEB)) == EXPECTED


def test_json_is_laid_out_as_json_tools_do_it() -> None:
    text = Screen(INSTANCE, options("json")).list(ROWS)
    assert text == json.dumps(json.loads(text), indent=2) + "\n"


def test_a_password_is_shown_only_when_asked_for() -> None:
    asked = Screen(INSTANCE, options("json", show_secrets=True)).one(WEB)
    assert json.loads(asked)["password"] == "s3cret"
    for form in ("table", "wide", "json", "jsonl", "yaml", "csv", "name"):
        assert "s3cret" not in Screen(INSTANCE, options(form)).one(WEB)
    assert "(hidden; --show-secrets)" in Screen(INSTANCE, options()).one(WEB)
    assert "s3cret" in Screen(INSTANCE, options(show_secrets=True)).one(WEB)


def test_csv_has_the_model_s_values_under_the_keys_of_json() -> None:
    (web, db) = csv.DictReader(io.StringIO(Screen(INSTANCE, options("csv")).list(ROWS)))
    assert web["memory_mib"] == "8192"
    assert web["created"] == "2026-11-25T09:00:00Z"
    assert web["addresses"] == "web.example 10.0.0.5"
    assert (db["image"], db["cpu"], db["foreign"]) == ("", "", "true")


def test_csv_with_columns_has_only_these() -> None:
    assert lines("csv", columns=("state,name",)) == ["state,name", "running,web", "error,db-with-a-long-name"]
    assert lines("csv", columns=("image",), header=False) == ["debian-12", '""']


def test_names_are_one_on_a_line_and_ids_where_a_name_is_not_one_word() -> None:
    from dataclasses import replace

    awkward = InstanceRow(replace(WEB.instance, id="i-3", name="two words"))
    hostile = InstanceRow(replace(WEB.instance, id="i-4", name="web\nprod"))
    assert lines("name", [WEB, awkward, hostile]) == ["web", "i-3", "i-4"]
    assert Screen(INSTANCE, options(quiet=True)).list([WEB]) == "web\n"


def test_the_card_says_everything_and_why_not() -> None:
    card = Screen(INSTANCE, options()).one(WEB)
    facts = dict(re.split("  +", line) for line in card.splitlines() if not line.startswith(" "))
    assert facts["state"] == "running"
    assert facts["memory"] == "8 GiB (overridden), from its next start on"
    assert facts["storage"] == "20 GiB"
    assert facts["public addresses"] == "web.example (hostname)"
    assert facts["private addresses"] == "10.0.0.5 (ipv4)"
    assert facts["actions"] == "stop"
    assert "start: it is running\n" in card
    assert "reboot: it is locked\n" in card
    assert "foreign" not in card
    assert "made by something else" in Screen(INSTANCE, options()).one(DB)


def test_only_what_is_shown_sorted_or_filtered_by_must_be_queried() -> None:
    """incus#1837, incus#2300, lxd#4708, lxd#671, lxd#3942: a list pays for columns that nobody looks at"""

    def fields(form: str, **others: object) -> frozenset[Field]:
        return Screen(INSTANCE, options(form, **others)).output.fields

    assert fields("name") == frozenset()
    assert fields("table") == {Field.ADDRESSES}
    assert fields("wide") == {Field.ADDRESSES, Field.HARDWARE, Field.NOTES}
    assert fields("table", columns=("name",)) == frozenset()
    assert fields("name", sort=("memory_mib",)) == {Field.HARDWARE}
    assert fields("name", filters=("addresses=10.0.0.5",)) == {Field.ADDRESSES}
    assert fields("json") == set(Field)
    assert Screen(INSTANCE, options()).output.fields_of_one == fields("json"), "a card shows everything"
    assert not Screen(INSTANCE, options()).output.uses("actions")
    assert Screen(INSTANCE, options("wide")).output.uses("actions")
    assert Screen(INSTANCE, options("json")).output.uses("actions")


@pytest.mark.parametrize(
    ("allowed", "text"),
    [
        (Fixed(1740), "1740 MiB"),
        (Fixed(2048), "2 GiB"),
        (Range(2048, 32768, 4096), "2-32 GiB (4 GiB)"),
        (Range(128, 524288, 1024), "128 MiB-512 GiB (1 GiB)"),
        (Choices((1024, 2048), 1024), "1, 2 GiB (1 GiB)"),
    ],
)
def test_sizes_are_short_for_people_and_never_rounded(allowed: Fixed | Range | Choices, text: str) -> None:
    profile = HardwareProfile("p", {Property.MEMORY: allowed})
    assert Screen(HWP, options(columns=("memory_mib",), header=False)).list([profile]) == f"{text}\n"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"), (172800, "2d"), (10**8, "3y")],
)
def test_ages_have_one_unit(seconds: int, text: str) -> None:
    from dataclasses import replace
    from datetime import timedelta

    row = InstanceRow(replace(WEB.instance, created=NOW - timedelta(seconds=seconds)))
    assert Screen(INSTANCE, options(columns=("age",), header=False)).list([row]) == f"{text}\n"


def test_names_that_several_realms_have_are_printed_with_the_realm_so_that_each_fits_one_thing() -> None:
    twin = replace(WEB, instance=replace(WEB.instance, id="i-9", realm="eu"))
    nowhere = replace(WEB, instance=replace(WEB.instance, id="i-10", realm=None))
    assert lines("name", [WEB, DB, twin]) == ["us/web", "db-with-a-long-name", "eu/web"]
    assert lines("name", [WEB, nowhere]) == ["us/web", "i-10"]
    assert lines("name", [WEB, DB]) == ["web", "db-with-a-long-name"]
