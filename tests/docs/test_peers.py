"""docs/peers.md: what it calls answered is answered by a test that quotes the thread."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "peers.md"

THREAD = re.compile(r"(?:[\w./-]+#\d+|CVE-\d+-\d+)")
TEST = re.compile(r"\[`(?P<name>test_\w+)`\]\(\.\./(?P<path>tests/[\w/]+\.py)\)")


def rows() -> list[tuple[list[str], str]]:
    """The threads of each row, and what the row says answers them."""
    found = []
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and THREAD.match(cells[0]):
            found.append((cells[0].split(", "), cells[2]))
    return found


ROWS = rows()


def test_the_page_has_its_rows() -> None:
    assert len(ROWS) >= 50


@pytest.mark.parametrize(("threads", "answer"), ROWS, ids=[threads[0] for threads, _ in ROWS])
def test_an_answer_is_a_design_or_a_test_that_quotes_the_threads(threads: list[str], answer: str) -> None:
    assert all(THREAD.fullmatch(thread) for thread in threads)
    if answer.startswith("by design: "):
        return
    tests = list(TEST.finditer(answer))
    assert tests, answer
    quoted = ""
    for test in tests:
        tree = ast.parse((ROOT / test["path"]).read_text())
        functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert test["name"] in functions, f"{test['path']} has no {test['name']}"
        quoted += ast.get_docstring(functions[test["name"]]) or ""
    assert [thread for thread in threads if not re.search(re.escape(thread) + r"(?!\d)", quoted)] == []
