"""Labels and descriptions: given at create, changed by ``instance label``, looked for by ``instance list -l``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.helpers import Dcctl


def labels(dcctl: Dcctl, name: str) -> dict[str, str]:
    found: dict[str, str] = dcctl.ok("instance", "show", name, "-o", "json").json["labels"]
    return found


@pytest.fixture
def shop(dcctl: Dcctl) -> Dcctl:
    dcctl.create("web", "--label", "role=web", "--label", "stage=live", "--description", "The „shop“")
    dcctl.create("db", "--label", "role=db", "--label", "stage=live")
    dcctl.create("bare")
    return dcctl


def test_labels_and_description_of_create_are_shown(shop: Dcctl) -> None:
    web = shop.ok("instance", "show", "web", "-o", "json").json
    assert (web["labels"], web["description"]) == ({"role": "web", "stage": "live"}, "The „shop“")
    card = shop.ok("instance", "show", "web").stdout
    assert "role=web" in card
    assert "The „shop“" in card
    rows = {row["name"]: row["labels"] for row in shop.ok("instance", "list", "-o", "json").json}
    assert (rows["db"], rows["bare"]) == ({"role": "db", "stage": "live"}, {})
    assert "role=db, stage=live" in shop.ok("instance", "list", "-c", "name,labels").stdout
    assert "The „shop“" in shop.ok("instance", "list", "-o", "wide").stdout


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (["role=web"], ["web"]),
        (["role"], ["web", "db"]),
        (["role=web", "stage=live"], ["web"]),
        (["role=web,stage=test"], []),
        (["stage=live", "role!=web"], ["db"]),
        (["role!=web"], ["db", "bare"]),
        (["!role"], ["bare"]),
    ],
)
def test_a_list_selects_by_labels(shop: Dcctl, conditions: list[str], expected: list[str]) -> None:
    options = [word for condition in conditions for word in ("-l", condition)]
    found = shop.ok("instance", "list", *options, "-f", "name~^(web|db|bare)$", "-q").lines
    assert found == expected


def test_labels_are_put_on_changed_and_taken_off_and_the_others_stay(shop: Dcctl) -> None:
    (row,) = shop.ok("instance", "label", "web", "role=shop", "stage-", "team=a/b", "-o", "json").json
    assert row["labels"] == labels(shop, "web") == {"role": "shop", "team": "a/b"}
    assert row["description"] == "The „shop“"
    shop.ok("instance", "label", "web", "--description", "Nothing")
    shop.ok("instance", "label", "web", "absent-")
    shown = shop.ok("instance", "show", "web", "-o", "json").json
    assert (shown["labels"], shown["description"]) == ({"role": "shop", "team": "a/b"}, "Nothing")
    shop.ok("instance", "label", "web", "--description", "")
    assert shop.ok("instance", "show", "web", "-o", "json").json["description"] is None


def test_names_from_standard_input_are_labelled_and_one_that_is_missing_is_told(shop: Dcctl) -> None:
    result = shop("instance", "label", "-", "seen=yes", stdin="web\nnobody\ndb\n")
    assert result.exit_status == 9
    assert "nobody" in result.stderr
    assert (labels(shop, "web")["seen"], labels(shop, "db")["seen"], labels(shop, "bare")) == ("yes", "yes", {})


def test_dry_runs_show_the_labels_and_change_nothing(shop: Dcctl) -> None:
    (row,) = shop.ok("instance", "label", "web", "role=db", "-n", "-o", "json").json
    assert row["labels"] == {"role": "db", "stage": "live"}
    assert labels(shop, "web") == {"role": "web", "stage": "live"}
    plan = shop.ok(
        *("instance", "create", "--image", "img1", "--hwp", "m1-large", "--label", "a=b", "--description", "c"),
        *("-n", "-o", "json"),
    ).json
    assert (plan["create"]["labels"], plan["create"]["description"]) == ({"a": "b"}, "c")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["role"], "key=value"),
        (["=web"], "not the key"),
        (["role=a b"], "not the value"),
        (["role=ä"], "not the value"),
        (["-role=x"], "No such option"),
        (["role=a", "role=b"], "twice"),
        (["role=a", "role-"], "twice"),
        (["k" * 64 + "=v"], "At most 63"),
        ([f"k{number}=v" for number in range(33)], "At most 32"),
        (["--description", "two\nlines"], "one line"),
        (["--description", "x" * 201], "At most 200"),
        ([], "no label was given"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(shop: Dcctl, words: list[str], complaint: str) -> None:
    result = shop("instance", "label", "bare", *words)
    assert result.exit_status == 2
    assert complaint.lower() in result.stderr.lower()
    assert labels(shop, "bare") == {}


def test_a_create_request_with_wrong_labels_tells_everything_at_once(dcctl: Dcctl) -> None:
    words = ("--label", "role", "--label", "a b=c", "--name", "x y", "-o", "json")
    result = dcctl("instance", "create", "--image", "img1", "--hwp", "m1-large", *words)
    assert result.exit_status == 2
    assert len(result.errors[0]["problems"]) == 3


@pytest.mark.parametrize("condition", ["", "role,", "=x", "!", "a b"])
def test_a_condition_that_means_nothing_is_refused(dcctl: Dcctl, condition: str) -> None:
    result = dcctl("instance", "list", "-l", condition)
    assert (result.exit_status, "condition on labels" in result.stderr) == (2, True)


def test_a_label_has_one_value_also_at_create(dcctl: Dcctl) -> None:
    words = ("instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", "web", "--label", "role=web")
    refused = dcctl(*words, "--label", "role=db")
    assert (refused.exit_status, refused.stderr.split(".")[0]) == (2, "dcctl: the label role is given twice")
    assert dcctl(*words, "--label", "role=web").exit_status == 0
