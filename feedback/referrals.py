"""Where a matter goes that is only guided: the competent body, its address and telephone, the papers it wants."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import agencies
from feedback.law import load_yaml
from feedback.models import Office
from nlu import places

NO_DATA = "chưa có dữ liệu"


@dataclass(frozen=True, slots=True)
class Guidance:
    """What a citizen needs to go there. Unknown is None and is said to be unknown, never guessed."""

    name: str
    address: str | None
    phone: str | None
    papers: tuple[str, ...]
    how: str | None

    def words(self) -> str:
        """The guidance as a text of a few lines."""
        return f"Nơi giải quyết: {self.name}\n{self.details()}"

    def details(self) -> str:
        """The same without the name, for a text that has named the body already."""
        lines = [
            f"Địa chỉ: {self.address or NO_DATA}",
            f"Điện thoại: {self.phone or NO_DATA}",
            f"Giấy tờ thường cần: {', '.join(self.papers) or NO_DATA}",
        ]
        return "\n".join([*lines, f"Cách nộp: {self.how}"] if self.how else lines)


def guidance(session: Session, agency: str, unit: str | None) -> Guidance:
    """The guidance to a body in a unit, from the registry and the dated list of papers."""
    row = load_yaml("referrals.yml")["bodies"].get(agency, {})
    known = select(Office).where(Office.agency == agency, Office.unit == unit)
    office = session.scalars(known).first() if unit else None
    return Guidance(
        name=office.name if office else agencies.office_name(agency, unit, places=places),
        address=office.address if office else None,
        phone=office.phone if office else None,
        papers=tuple(row.get("papers", ())),
        how=row.get("how"),
    )
