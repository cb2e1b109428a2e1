"""Tokens are what the standard library's uuid4 makes, since libvirt and the records of instances take nothing else."""

from __future__ import annotations

from uuid import RFC_4122, UUID

from dcctl.tokens import new_token


def test_a_token_is_a_random_uuid_as_uuid4_writes_it() -> None:
    tokens = [new_token() for _ in range(100)]
    assert len(set(tokens)) == 100
    for token in tokens:
        parsed = UUID(token)
        assert (str(parsed), parsed.version, parsed.variant) == (token, 4, RFC_4122)


def test_every_other_bit_is_chance() -> None:
    seen_set, seen_clear = 0, 0
    for _ in range(200):
        number = UUID(new_token()).int
        seen_set |= number
        seen_clear |= ~number
    fixed = (0xF << 76) | (0x3 << 62)
    assert seen_set & seen_clear & ((1 << 128) - 1) == ((1 << 128) - 1) & ~fixed
