"""/openapi.json says what the API does, and the API holds to it: valid, complete, and no request makes it fall over."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from openapi_spec_validator import validate

from feedback.database import Database
from tests.factories import make_file
from tests.web.api.conftest import Programs
from tests.web.api.test_rounds import closed

SEED = 20261126
TRIES = 4
JUNK = [
    "",
    " ",
    "\0",
    "a\0b",
    "%00",
    "'; --",
    "{",
    "../..",
    "đ" * 300,
    "🙂",
    "-1",
    "0",
    "1e9",
    "9" * 40,
    "null",
    "true",
    "\ud800?"[1:],
]


@pytest.fixture
def described(api_app: FastAPI) -> dict[str, Any]:
    return api_app.openapi()


async def test_the_description_is_valid_and_open_to_read(programs: Programs, described: dict[str, Any]) -> None:
    served = await programs.nobody.get("/openapi.json")
    assert served.status_code == 200 and served.json() == described
    validate(described)


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_it_holds_the_api_and_nothing_else(described: dict[str, Any]) -> None:
    assert all(path.startswith("/api/v1/") for path in described["paths"])
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_every_operation_says_what_it_does_and_which_problems_it_answers(described: dict[str, Any]) -> None:
    seen = set()
    for method, path, operation in operations(described):
        where = f"{method} {path}"
        assert len(operation.get("description", "")) > 15, where
        assert operation["operationId"] not in seen, where
        seen.add(operation["operationId"])
        assert operation["security"], where
        for status in ("401", "403", "404", "422", "429"):
            assert "application/problem+json" in operation["responses"][status]["content"], (where, status)
        for parameter in operation.get("parameters", ()):
            assert "schema" in parameter, where


def test_nobody_real_is_in_an_example(described: dict[str, Any]) -> None:
    text = json.dumps(described, ensure_ascii=False)
    assert all(number.startswith("095") for number in re.findall(r"\b0\d{9}\b", text))
    assert "localhost" not in text and "127.0.0.1" not in text


FITTING = {
    "integer": ["0", "1", "2", "50", "-5", str(2**31 - 1), str(2**31), str(2**63)],
    "boolean": ["true", "false", "1"],
    "date": ["2026-11-01", "2026-11-30", "1900-01-01", "9999-12-31", "2026-02-30"],
    "date-time": ["2026-11-23T09:00:00+07:00", "2026-11-23", "0001-01-01T00:00:00", "9999-12-31T23:59:59-12:00"],
    "string": ["phan_anh", "ubnd_xa", "14797", "38", "qd2640", "đăng ký khai sinh"],
}


def values(schema: dict[str, Any], rng: random.Random) -> str:
    """A word for a parameter: one that fits its schema, or junk."""
    one = rng.choice([one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"])
    one = one.get("items", one)
    if rng.random() < 0.45:
        return rng.choice(JUNK)
    return str(rng.choice(one.get("enum") or FITTING[one.get("format", one.get("type", "string"))]))


async def test_no_reading_request_makes_it_fall_over(
    api_app: FastAPI, programs: Programs, described: dict[str, Any], database: Database
) -> None:
    """A fixed seed: whatever is asked, of whomever, the answer is data or a problem, never an error of ours."""
    await closed(programs)
    case, rng = programs.open_case(), random.Random(SEED)
    with database.write() as session:
        key = make_file(session, case, b"\x89PNG\r\n\x1a\n" + b"0" * 40, name="anh.png", content_type="image/png").key
    known = {
        "code": case.code, "key": key, "slug": "bien_nhan", "kind": "pdf", "round_code": "SIPAS-2026-D1",
        "name": "bao-cao.pdf", "index": "qd766", "questionnaire_id": "qd2640", "result_id": "1",
        "procedure_code": "1.001193",
    }  # fmt: skip
    for method, path, operation in operations(described):
        if method != "get":
            continue
        for _ in range(TRIES):
            places, query = {}, []
            for one in operation.get("parameters", ()):
                value = values(one["schema"], rng)
                if one["in"] == "path":
                    real = rng.random() < 0.6 and one["name"] in known
                    places[one["name"]] = quote(known[one["name"]] if real else value or "x", safe="")
                elif one["in"] == "query" and (one.get("required") or rng.random() < 0.5):
                    query.append(f"{quote(one['name'])}={quote(value, safe='')}")
            address = path.format(**places) + ("?" + "&".join(query) if query else "")
            asker = rng.choice([programs.an, programs.boss, programs.admin, programs.reader, programs.surveyor])
            answer = await asker.get(address)
            assert answer.status_code < 500, (address, answer.text[:300])
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json", address
                assert {"type", "title", "status", "detail", "code"} <= set(answer.json()), address


SCALARS: dict[str, list[Any]] = {
    "integer": [0, 1, 2, 3, -1, 2**31, 2**63],
    "number": [0, 0.5, 1, -1.5, 1e300],
    "boolean": [True, False],
    "null": [None],
}


def body(schema: dict[str, Any], described: dict[str, Any], rng: random.Random, depth: int = 0) -> Any:
    """Something that fits a schema, or junk in its place."""
    if rng.random() < 0.08 or depth > 8:
        return rng.choice([None, "", "a\0b", -1, 10**30, 1.5, True, [], {}, [[]], "đ" * 3000])
    one = rng.choice(schema.get("anyOf", [schema]))
    if "$ref" in one:
        named = described["components"]["schemas"][one["$ref"].rsplit("/", 1)[-1]]
        return body(named, described, rng, depth + 1)
    if one.get("type") == "object":
        return thing(one, described, rng, depth)
    if one.get("type") == "array":
        return [body(one.get("items", {}), described, rng, depth + 1) for _ in range(rng.randint(0, 2))]
    return rng.choice(SCALARS[one["type"]]) if one.get("type") in SCALARS else values(one, rng)


def thing(one: dict[str, Any], described: dict[str, Any], rng: random.Random, depth: int) -> dict[str, Any]:
    known = {
        name: body(part, described, rng, depth + 1)
        for name, part in one.get("properties", {}).items()
        if name in one.get("required", ()) or rng.random() < 0.5
    }
    free = one.get("additionalProperties")
    return known | ({"c1_1": body(free, described, rng, depth + 1)} if isinstance(free, dict) else {})


async def test_no_sent_body_makes_it_fall_over(
    programs: Programs, described: dict[str, Any], database: Database
) -> None:
    """The same for what is sent: JSON of every shape, files that are none."""
    await closed(programs)
    rng, case = random.Random(SEED), programs.open_case()
    known = {"code": case.code, "round_code": "SIPAS-2026-D1", "questionnaire_id": "qd2640", "move": "transfer"}
    for method, path, operation in operations(described):
        if method == "get":
            continue
        content = operation.get("requestBody", {}).get("content", {})
        for _ in range(TRIES):
            places = {
                one["name"]: quote(known.get(one["name"]) or values(one["schema"], rng) or "x", safe="")
                for one in operation.get("parameters", ())
                if one["in"] == "path"
            }
            sent: dict[str, Any] = {}
            if "application/json" in content:
                text = json.dumps(body(content["application/json"]["schema"], described, rng))
                sent = {"content": text.encode(), "headers": {"Content-Type": "application/json"}}
            elif content:
                schema = described["components"]["schemas"][
                    next(iter(content.values()))["schema"]["$ref"].rsplit("/", 1)[-1]
                ]
                binary = [
                    name
                    for name, part in schema["properties"].items()
                    if "binary" in json.dumps(part) or "contentMediaType" in json.dumps(part)
                ]
                data = rng.choice(
                    [b"", b"a,b\n1,2\n", b"PK\x03\x04junk", b"\xff\xfe\x00", "mã hộ,mã xã\nA,1\n".encode()]
                )
                fields = {name: values(part, rng) for name, part in schema["properties"].items() if name not in binary}
                sent = {"files": dict.fromkeys(binary, ("tep.csv", data, "text/csv")), "data": fields}
            headers = sent.pop("headers", {}) | {
                "If-Match": rng.choice(['"1"', "x", ""]),
                "Idempotency-Key": rng.choice(["k", ""]),
            }
            asker = rng.choice(
                [programs.an, programs.leader, programs.boss, programs.admin, programs.sealed, programs.surveyor]
            )
            answer = await asker.request(method, path.format(**places), headers=headers, **sent)
            assert answer.status_code < 500, (method, path, asker, sent, answer.text[:300])
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json", path
