from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcctl import sizes
from dcctl.hardware import Property, Value


@pytest.mark.parametrize(
    ("wanted", "written", "value"),
    [
        (Property.MEMORY, "512 MiB", 512),
        (Property.MEMORY, "4GiB", 4096),
        (Property.MEMORY, "1740 MiB", 1740),
        (Property.MEMORY, "1 TiB", 1024 * 1024),
        (Property.STORAGE, "10 GiB", 10),
        (Property.STORAGE, "10240 MiB", 10),
        (Property.STORAGE, "2TiB", 2048),
        (Property.CPU, "4", 4),
        (Property.ARCHITECTURE, "x86_64", "x86_64"),
        (Property.ARCHITECTURE, "386", "386"),
        (Property.ROOT_TYPE, "transient", "transient"),
    ],
)
def test_what_a_person_types_becomes_whole_mib_and_gib(wanted: Property, written: str, value: Value) -> None:
    assert sizes.parse(wanted, written) == value


@pytest.mark.parametrize(
    ("wanted", "written", "message"),
    [
        (Property.MEMORY, "512", "needs a unit, such as 512 MiB or 4 GiB, not '512'"),
        (Property.MEMORY, "4G", "must have the unit MiB, GiB or TiB (powers of 1024), such as 4 GiB, not '4G'"),
        (Property.MEMORY, "4 gib", "must have the unit MiB, GiB or TiB (powers of 1024), such as 4 GiB, not '4 gib'"),
        (Property.MEMORY, "1.5 GiB", "must be a whole number such as 512 MiB or 4 GiB, not the fraction '1.5 GiB'"),
        (Property.MEMORY, "", "must be a size such as 512 MiB or 4 GiB, not ''"),
        (Property.MEMORY, "-1 GiB", "must be a size such as 512 MiB or 4 GiB, not '-1 GiB'"),
        (Property.MEMORY, "٣ GiB", "must be a size such as 512 MiB or 4 GiB, not '٣ GiB'"),
        (
            Property.MEMORY,
            "0 GiB",
            "must be more than nothing and at most 1 EiB, such as 512 MiB or 4 GiB, not '0 GiB'",
        ),
        (Property.STORAGE, "1500 MiB", "must be whole GiB such as 2 GiB, not '1500 MiB'"),
        (Property.STORAGE, "10 GB", "must have the unit MiB, GiB or TiB (powers of 1024), such as 10 GiB, not '10 GB'"),
        (Property.CPU, "0", "must be a whole number, 1 or more, not '0'"),
        (Property.CPU, "two", "must be a whole number, 1 or more, not 'two'"),
        (Property.CPU, "1.5", "must be a whole number, 1 or more, not '1.5'"),
        (Property.ARCHITECTURE, "x86 64", "must be a word such as x86_64, not 'x86 64'"),
        (Property.ROOT_TYPE, "eternal", "must be persistent or transient, not 'eternal'"),
    ],
)
def test_what_is_wrong_is_refused_with_what_would_be_right(wanted: Property, written: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message) + "$"):
        sizes.parse(wanted, written)


@given(st.sampled_from(list(Property)), st.text(max_size=20))
def test_any_text_is_a_value_or_a_value_error(wanted: Property, written: str) -> None:
    try:
        value = sizes.parse(wanted, written)
    except ValueError:
        return
    assert value


@given(st.integers(1, 10**12 - 1))
def test_every_size_can_be_written_as_it_is_shown(mib: int) -> None:
    assert sizes.memory(Property.MEMORY.text(mib)) == mib
