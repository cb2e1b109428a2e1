"""The keys of JSON and YAML on the page of each noun, from the schema that the output is tested against."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from manual.roff import Page

Schema = dict[str, Any]

_WORDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_SHAPES: dict[str, tuple[tuple[str, str], ...]] = {
    "state": (("state-list", "``list``"),),
    "driver": (("driver", "``list``"), ("driver-declaration", "``show``"), ("report", "``check``")),
    "config": (("setting", "``show``"),),
    "realm": (("realm", ""), ("realm-step", "``init``")),
    "doctor": (("finding", ""),),
    "completion": (),
}
"""Nouns whose shapes are called otherwise than they are, each with the command that prints it."""


def describe(page: Page, noun: str) -> None:
    """A section for each shape in which the noun is printed."""
    definitions: Schema = json.loads(files("dcctl").joinpath("schema", "output.json").read_text())["$defs"]
    for name, command in _SHAPES.get(noun, ((noun, ""),)):
        page.heading(f"JSON of {command.strip('`')}" if command else "JSON")
        page.paragraph("The keys of each object with ``-o json``; all are always there.")
        for key, schema in definitions[name]["properties"].items():
            page.tagged(f"``{key}``", _sentences(schema, definitions))


def _sentences(schema: Schema, definitions: Schema) -> str:
    """What the value is, then what it means: ``A text or null. Its id.``"""
    kind = _kind(schema, definitions)
    says = schema.get("description") or _resolved(schema, definitions).get("description", "")
    return f"{kind[:1].upper()}{kind[1:]}. {says}".rstrip()


def _kind(schema: Schema, definitions: Schema) -> str:
    schema = _resolved(schema, definitions)
    if "anyOf" in schema:
        return ", or ".join(_kind(each, definitions) for each in schema["anyOf"])
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if kinds == ["array"]:
        return f"a list, each {_kind(schema['items'], definitions)}"
    if kinds == ["object"] and "properties" in schema:
        return f"an object with the keys {', '.join(schema['properties'])}"
    return " or ".join(_WORDS[kind] for kind in kinds)


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    return schema
