"""The registry of concrete agencies from a file: identifiers, addresses, parents, how they work, since when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import agencies, offices
from feedback.importing.rows import BadRow, Problem, Report, Row
from feedback.models import Office

NEEDED = ("agency", "unit")
COLUMNS = (
    *NEEDED,
    "name",
    "official_id",
    "parent",
    "aliases",
    "address",
    "phone",
    "mode",
    "staffed",
    "direct",
    "valid_from",
    "valid_to",
    "successor",
)


def import_offices(session: Session, rows: Sequence[Row]) -> Report:
    """Enter or change each office; parents and successors may stand in the same file, in any order.

    An empty cell keeps what there is, a dash clears it.
    """
    report = Report()
    made: dict[int, Office] = {}
    identifiers: dict[str, int] = {}

    def enter(row: Row) -> str:
        office, new = _office(session, row)
        if any(other is office for other in made.values()):
            raise BadRow("agency", "cơ quan này đã có ở một dòng trước")
        _check_identifier(session, row, office, identifiers)
        before = _facts(office)
        _fill(office, row)
        session.flush()
        made[row.number] = office
        return "added" if new else "unchanged" if _facts(office) == before else "changed"

    def relate(row: Row) -> str:
        if row.number in made:
            office = made[row.number]
            office.parent_id = _related(session, row, "parent", office) or office.parent_id
            office.successor_id = _related(session, row, "successor", office) or office.successor_id
            session.flush()
        return "unchanged"

    report.each(rows, enter)
    related = Report()
    related.each(rows, relate)
    report.problems += related.problems
    report.problems += _circles(session, made)
    report.problems.sort(key=lambda problem: problem.row)
    return report


def _office(session: Session, row: Row) -> tuple[Office, bool]:
    slug, unit = row.needed("agency", most=40), row.needed("unit", most=5)
    body = agencies.catalogue().get(slug)
    if body is None:
        raise BadRow("agency", f"“{slug}” không có trong danh mục loại cơ quan")
    if body.is_desk:
        raise BadRow("agency", f"“{slug}” là bộ phận của {body.legal_body}, không phải cơ quan")
    if not offices.unit_fits(slug, unit):
        raise BadRow("unit", f"“{unit}” không phải mã đơn vị hành chính hiện hành phù hợp với {slug}")
    found = session.scalars(select(Office).where(Office.agency == slug, Office.unit == unit)).first()
    return (found, False) if found is not None else (offices.office_of(session, agency=slug, unit=unit), True)


def _check_identifier(session: Session, row: Row, office: Office, seen: dict[str, int]) -> None:
    identifier = row.text("official_id", most=40)
    if identifier is None:
        return
    taken = session.scalars(select(Office).where(Office.official_id == identifier)).first()
    if identifier in seen or (taken is not None and taken.id != office.id):
        raise BadRow("official_id", f"mã định danh “{identifier}” đã dùng cho cơ quan khác")
    seen[identifier] = row.number


def _fill(office: Office, row: Row) -> None:
    valid_from, valid_to = row.day("valid_from") or office.valid_from, row.day("valid_to") or office.valid_to
    if valid_from and valid_to and valid_to < valid_from:
        raise BadRow("valid_to", "ngày hết hiệu lực đứng trước ngày có hiệu lực")
    office.name = row.text("name") or office.name
    office.official_id = row.text("official_id", most=40) or office.official_id
    office.address = row.kept("address", office.address)
    office.phone = row.kept("phone", office.phone, most=40)
    aliases = row.kept("aliases", ";".join(office.aliases or ()), most=1000) or ""
    office.aliases = [part.strip() for part in aliases.split(";") if part.strip()]
    mode = row.one_of("mode", (*agencies.MODES, "-")) or office.mode
    office.mode = None if mode == "-" else mode
    for name in ("staffed", "direct"):
        if name in row.values:
            setattr(office, name, row.flag(name))
    office.valid_from, office.valid_to = valid_from, valid_to


def _related(session: Session, row: Row, column: str, office: Office) -> int | None:
    """The office named as "agency:unit", which must exist; never the office itself."""
    written = row.text(column, most=60)
    if written is None:
        return None
    slug, _, unit = written.partition(":")
    found = session.scalars(select(Office).where(Office.agency == slug, Office.unit == unit)).first()
    if found is None or found.id == office.id:
        raise BadRow(column, f"“{written}” không phải cơ quan khác đã có (dạng loại:mã đơn vị, ví dụ ubnd_tinh:38)")
    return found.id


def _circles(session: Session, made: Mapping[int, Office]) -> list[Problem]:
    """Each row whose office would stand over itself, with the whole circle and the rows that close it."""
    parents = dict(session.execute(select(Office.id, Office.parent_id)).all())
    rows = {office.id: number for number, office in made.items()}
    return [
        Problem(number, "parent", _circle_words(session, circle, rows))
        for number, office in made.items()
        if (circle := _circle(office.id, parents))
    ]


def _circle(office_id: int, parents: Mapping[int, int | None]) -> list[int]:
    """The ids from this office up to itself; empty when the way up ends or runs into a circle of others."""
    seen, above = [office_id], parents[office_id]
    while above is not None and above not in seen:
        seen.append(above)
        above = parents[above]
    return seen if above == office_id else []


def _circle_words(session: Session, circle: Sequence[int], rows: Mapping[int, int]) -> str:
    names = [
        f"{session.get_one(Office, one).name} ({f'dòng {rows[one]}' if one in rows else 'đã có trong hệ thống'})"
        for one in circle
    ]
    return f"cấp trên đi thành vòng: {' → '.join((*names, names[0]))}"


def _facts(office: Office) -> tuple[object, ...]:
    names = ("name", "official_id", "address", "phone", "mode", "staffed", "direct", "valid_from", "valid_to")
    return (*(getattr(office, name) for name in names), tuple(office.aliases or ()))
