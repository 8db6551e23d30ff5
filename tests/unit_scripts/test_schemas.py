"""The published schemas and the catalogue are those of the code."""

import json

import jsonschema
import pytest

from scripts import cache, schemas

RENDERED = schemas.render()


@pytest.mark.parametrize("path", RENDERED, ids=str)
def test_is_current(path):
    text = (cache.CHECKOUT / path).read_text("utf-8")
    assert text == RENDERED[path], "run ./dev schemas"


def test_nothing_is_left_of_events_that_are_no_more():
    there = {
        path.relative_to(cache.CHECKOUT)
        for path in (cache.CHECKOUT / schemas.FOLDER).glob("*.json")
    }
    assert there == {path for path in RENDERED if path.suffix == ".json"}


@pytest.mark.parametrize(
    "path", [path for path in RENDERED if path.suffix == ".json"], ids=str
)
def test_is_a_schema(path):
    schema = json.loads(RENDERED[path])
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["type"]["const"] == path.stem
