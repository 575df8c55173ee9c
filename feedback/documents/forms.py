"""The dated templates of feedback/data/forms: words with places to fill in, and what becomes of them for one case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from feedback.documents.paper import UNVERIFIED, Block, Facts, Heading, Paper, Paragraph, Table
from feedback.law import LawDataError, Validity, parse_yaml, validity

STYLES = ("letter", "named", "petition")
_HEAD = ("name", "subject", "above", "issuer", "number", "place_and_date")
_SIGNER = ("signer_title", "signer_name", "signer_hint")
_WORDS = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """One template. `for_kinds`: kinds of case it is for, empty for all; `verified`: a person has compared it with the
    original, else it carries a mark; `legal_source` names the form and the text that prescribes it."""

    slug: str
    title: str
    style: str
    legal_source: str
    verified: bool
    for_kinds: tuple[str, ...]
    validity: Validity
    head: Mapping[str, str]
    body: tuple[Mapping[str, Any], ...]

    def fits(self, kind: str) -> bool:
        return not self.for_kinds or kind in self.for_kinds


@cache
def all_forms() -> tuple[Form, ...]:
    """Every template, by file name. Raises LawDataError for one that is malformed."""
    folder = resources.files("feedback").joinpath("data", "forms")
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".yml")), key=lambda item: item.name)
    return tuple(_form(item.name.removesuffix(".yml"), item.read_text(encoding="utf-8")) for item in files)


def form_on(slug: str, day: date) -> Form:
    """The template in force on `day`. Raises KeyError where there is none."""
    for form in all_forms():
        if form.slug == slug and form.validity.covers(day):
            return form
    raise KeyError(slug)


def _form(name: str, text: str) -> Form:
    row = parse_yaml(text)
    try:
        form = Form(
            slug=row["slug"],
            title=row["title"],
            style=row["style"],
            legal_source=row["source"],
            verified=row["verified"],
            for_kinds=tuple(row.get("kinds", ())),
            validity=validity(row),
            head={key: str(value) for key, value in row["head"].items()},
            body=tuple(row["body"]),
        )
    except (KeyError, TypeError) as error:
        raise LawDataError(f"forms/{name}.yml: {error!r}") from error
    if form.style not in STYLES or form.validity.valid_from is None:
        raise LawDataError(f"forms/{name}.yml: unknown style or no valid_from")
    return form


def fill(form: Form, values: Values) -> Paper:
    """The paper for these values. Raises LawDataError when the template asks for a value that is not there."""
    head = {key: _filled(form.head.get(key, ""), values) for key in _HEAD + _SIGNER}
    return Paper(
        style=form.style,
        **head,
        addressees=_lines(form.head.get("addressees", ""), values),
        recipients=_lines(form.head.get("recipients", ""), values),
        blocks=tuple(_blocks(form.body, values)),
        mark="" if form.verified else UNVERIFIED,
    )


def _blocks(rows: Sequence[Mapping[str, Any]], values: Values) -> Iterator[Block]:
    for row in rows:
        if "when" in row and not _is_there(row["when"], values):
            continue
        if "p" in row:
            look = {"lead": row.get("lead", ""), "italic": row.get("italic", False)}
            yield from (Paragraph(line, **look) for line in _lines(row["p"], values))
        elif "heading" in row:
            yield Heading(_filled(row["heading"], values), centred=row.get("centred", False))
        elif "facts" in row:
            pairs = [(label, _filled(value, values)) for label, value in row["facts"].items()]
            yield Facts(tuple((label, value) for label, value in pairs if value))
        elif "table" in row:
            yield _table(row["table"], values)
        else:
            raise LawDataError(f"a block of a form is none of p, heading, facts, table: {sorted(row)}")


def _table(row: Mapping[str, Any], values: Values) -> Table:
    """`rows` names a list among the values; `cells` are filled once for each of its items, as `row`."""
    items = values[row["rows"]]
    cells = row["cells"]
    return Table(
        columns=tuple(row["columns"]),
        widths=tuple(float(width) for width in row["widths"]),
        rows=tuple(tuple(_filled(cell, {**values, "row": item}) for cell in cells) for item in items),
    )


def _is_there(condition: str, values: Values) -> bool:
    return _filled("{% if " + condition + " %}x{% endif %}", values) == "x"


def _lines(template: str, values: Values) -> tuple[str, ...]:
    return tuple(line.strip() for line in _filled(template, values).splitlines() if line.strip())


def _filled(template: str, values: Values) -> str:
    try:
        return str(_template(str(template)).render(values)).strip()
    except TemplateError as error:
        raise LawDataError(f"a form asks for something that is not there: {error}") from error


@cache
def _template(text: str) -> Any:
    return _WORDS.from_string(text)
