"""What a citizen has told so far of one matter: the one slot that the dialogue keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

CASE = "case"
PERSON = "person"
ERASE = "erase"
OFFERED_KINDS = frozenset({"hoi_dap", "khen_ngoi"})
MAX_TEXT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Frozen from the first message on; later messages add to `text` or correct a part, nothing else.

    `kind` is None while unclear (`candidates` are then offered). `secret`: perhaps a denunciation, echo nothing.
    `purpose` is case, person (hand over) or erase. `choices` are commune codes that were offered for the place.
    `unanswered`: the catalogue has no answer to this question. `accepted`: the offer to send it on was taken.
    `bare`: the text only names a paper or procedure ("sổ đỏ"). `told_secret`: the rights of who denounces were read
    out already.
    `doubt`: words said during a denunciation that may be another matter. `alarmed`: whom to call was said just now.
    `tries` counts answers to the current question that could not be used. `outcome` is set when the form is over:
    open, secret_form, cancelled, referral, answer, look_up, start (say what it is about) or nothing.
    """

    purpose: str = CASE
    kind: str | None = None
    candidates: tuple[str, ...] = ()
    kind_picked: bool = False
    bare: bool = False
    told_secret: bool = False
    secret: bool = False
    field: str | None = None
    topic: str | None = None
    problem: str | None = None
    urgent: bool = False
    text: str = ""
    dossier: str | None = None
    procedure_code: str | None = None
    place_text: str | None = None
    commune_code: str | None = None
    province_code: str | None = None
    choices: tuple[str, ...] = ()
    place_skipped: bool = False
    lat: float | None = None
    lon: float | None = None
    name: str | None = None
    phone: str | None = None
    contact_skipped: bool = False
    details_skipped: bool = False
    unanswered: bool = False
    accepted: bool = False
    confirmed: bool = False
    mending: str | None = None
    doubt: str | None = None
    alarmed: bool = False
    tries: int = 0
    outcome: str | None = None
    before: dict[str, Any] | None = None

    @property
    def is_secret(self) -> bool:
        return self.secret or self.kind == "to_cao"

    @property
    def is_offered(self) -> bool:
        """True for matters that are sent on only if the citizen wants it, before anything else is asked."""
        return self.purpose == ERASE or (self.purpose == CASE and self.kind in OFFERED_KINDS)

    def changed(self, **values: Any) -> Report:
        """A copy with these parts changed; whatever changed must be read back again."""
        return replace(self, **{"tries": 0, "confirmed": False, **values})

    def with_more(self, text: str) -> Report:
        """The same matter with one more detail; unchanged when it would grow past the limit or says nothing new."""
        if not text or text in self.text:
            return self
        joined = f"{self.text}\n{text}" if self.text else text
        return self.changed(text=joined) if len(joined) <= MAX_TEXT else self

    def as_slot(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def from_slot(value: Mapping[str, Any] | None) -> Report | None:
    """The report of the tracker's slot; keys of an older program are left out."""
    if not value:
        return None
    known = {part.name for part in fields(Report)}
    taken: dict[str, Any] = {
        name: tuple(part) if isinstance(part, list) else part for name, part in value.items() if name in known
    }
    return Report(**taken)
