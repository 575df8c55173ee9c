"""A database as a country fills it in three years: offices of very different size, cases and all that hangs on them.

Cases are copied in portions, so that memory stays bounded; what hangs on them the server makes from them. `rows` gives
the same cases for the same number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import Column, Connection, Engine, Table, text

from bot.models import Conversation, InboxMessage, OutboxMessage
from feedback.codes import ALPHABET, check_character
from feedback.handling_models import CaseClock, CaseRemark
from feedback.models import FOUND_BY, Answer, Case, CaseEvent, Citizen, Notice, Office, Rating
from feedback.reminder_models import Reminder
from feedback.search_models import CaseWords, entry
from feedback.states import ALL_STATES
from nlu import places
from tests.bench.many_words import Complaints

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday 23/11/2026, 9:00 in Vietnam: within office hours."""
OFFICES = 3_400
SKEW = 0.82
"""The largest office gets a twentieth of all cases, the smallest some sixty of a million."""
YEARS = 3
PORTION = 5_000
OPEN = ("moi", "da_phan_cong", "da_tiep_nhan", "dang_xu_ly", "cho_duyet")
ANSWERED = ("da_tra_loi", "da_danh_gia", "da_dong")
ENDED = ("tu_choi", "da_rut")
_STEP = 5_003_771
_PROOF = json.dumps(
    [
        {"date": f"2026-{10 + day // 30}-{1 + day % 30:02}", "counted": day % 7 < 5, "reason": "ngày làm việc"}
        for day in range(22)
    ],
    ensure_ascii=False,
)
_WHY = json.dumps(["Rác, vệ sinh môi trường thuộc UBND cấp xã", "Nơi xảy ra: phường Mẫu"], ensure_ascii=False)
_HASH = "repeat(md5(c.id::text), 2)"


def code_of(number: int) -> str:
    """A code of its own for each number, with its check character."""
    value = number * _STEP % len(ALPHABET) ** 6
    payload = "H" + "".join(ALPHABET[value // len(ALPHABET) ** place % len(ALPHABET)] for place in range(6))
    whole = payload + check_character(payload)
    return f"LN-{whole[:4]}-{whole[4:]}"


def dossier_of(number: int, office: int) -> str:
    return f"H{office % 63 + 1:02}.{office % 40:02}-{230101 + number % 1200:06}-{number % 10_000:04}"


def fill(engine: Engine, count: int) -> None:
    """Offices, cases and everything else into the empty, migrated database; indexes are built afterwards."""
    indexes = [*Case.__table__.indexes, *CaseWords.__table__.indexes]
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        _offices(connection)
        _insert(connection, Citizen, {"created_at": "now()"}, f"generate_series(1, {count // 2})")
        for index in indexes:
            index.drop(connection)
        made = rows(count)
        while portion := list(islice(made, PORTION)):
            _copy(connection, Case, portion)
            _copy(connection, CaseWords, [_found_by(row) for row in portion if not row["restricted"]])
        for index in indexes:
            index.create(connection)
        connection.execute(text("ANALYZE"))
        _what_hangs_on_cases(connection)
        _conversations(connection, count // 2)
        for name in ("office", "citizen", "case"):
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), max(id)) FROM \"{name}\"")
            )
        connection.execute(text("SET session_replication_role = origin"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _offices(connection: Connection) -> None:
    provinces = [province.code for province in places.provinces()]
    rows = [
        {
            "id": number,
            "agency": "ubnd_tinh" if number <= len(provinces) else "ubnd_xa",
            "unit": provinces[number - 1] if number <= len(provinces) else f"{number:05}",
            "name": f"Cơ quan mẫu số {number}",
            "level": "tinh" if number <= len(provinces) else "xa",
            "province_code": provinces[(number - 1) % len(provinces)],
            "staffed": True,
        }
        for number in range(1, OFFICES + 1)
    ]
    connection.execute(Office.__table__.insert(), rows)


def _copy(connection: Connection, model: Any, values: Sequence[Mapping[str, Any]]) -> None:
    """Rows into the model's table, each as the values of the same columns."""
    columns = ", ".join(f'"{name}"' for name in values[0])
    with connection.connection.driver_connection.cursor().copy(
        f'COPY "{model.__tablename__}" ({columns}) FROM STDIN'
    ) as copy:
        copy.write("".join("\t".join(map(_field, row.values())) + "\n" for row in values))


def _field(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, list):
        return f"{{{','.join(map(str, value))}}}"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _found_by(row: Mapping[str, Any]) -> dict[str, Any]:
    return entry(case_id=row["id"], **{name: row[name] for name in FOUND_BY})


def rows(count: int) -> Iterator[Mapping[str, Any]]:
    """The cases in the order of their receipt, each as the values of its columns."""
    rng = np.random.default_rng(count)
    complaints = Complaints(rng)
    weights = 1 / np.arange(1, OFFICES + 1) ** SKEW
    shares = np.cumsum(weights / weights.sum())
    names = [province.name.lower().split() for province in places.provinces()]
    rest = _defaults(Case.__table__)
    for start in range(0, count, PORTION):
        numbers = range(start + 1, min(start + PORTION, count) + 1)
        offices = (np.searchsorted(shares, rng.random(len(numbers))) + 1).tolist()
        chances = rng.random((len(numbers), 8)).tolist()
        planted = [
            _planted(number, number / count, chance, names[(office - 1) % len(names)])
            for number, office, chance in zip(numbers, offices, chances, strict=True)
        ]
        said = complaints.texts(planted)
        for number, office, chance, what in zip(numbers, offices, chances, said, strict=True):
            yield {**rest, **_case(number, number / count, office, chance, what)}


def _planted(number: int, age: float, chance: list[float], place: list[str]) -> list[str]:
    """Two common words that hardly meet, one of a single autumn, one rare with a common double, one very rare."""
    found = list(place) if chance[0] < 0.3 else []
    found += ["cầu"] if chance[1] < 0.12 else ["chợ"] if chance[1] < 0.24 else []
    found += ["cầu", "chợ"] if number % 50_000 == 777 else []
    found += ["bão"] if 0.15 < age < 0.22 and chance[2] < 0.35 else []
    found += ["mỏ", "quặng"] if chance[3] < 0.0002 else []
    return found + (["zeolit"] if number % 140_000 == 4_321 else [])


def _case(number: int, age: float, office: int, chance: list[float], said: str) -> dict[str, Any]:
    received = NOW - timedelta(days=365 * YEARS * (1 - age))
    is_open = chance[4] < (0.5 if age > 0.92 else 0.011)
    state = _one_of(OPEN if is_open else ANSWERED if chance[4] < 0.96 else ENDED, chance[5])
    stage = ALL_STATES[state].group
    restricted = chance[6] < 0.01
    due = received + timedelta(days=21) if not is_open else NOW + timedelta(days=60 * chance[7] - 18)
    code, dossier = code_of(number), dossier_of(number, office) if chance[7] < 0.3 else None
    return {
        "id": number,
        "code": code,
        "effect_key": f"bench:{number}",
        "citizen_id": number // 2 + 1,
        "kind": "to_cao" if restricted else "phan_anh",
        "regime": "to_cao" if restricted else "hien_truong",
        "field": "moi_truong",
        "urgent": chance[5] < 0.03,
        "restricted": restricted,
        "text": said,
        "office_id": office,
        "dossier": dossier,
        "route_why": _WHY,
        "state": state,
        "stage": stage,
        "channel": "webchat",
        "received_at": received,
        "due_at": due if chance[3] < 0.97 else None,
        "due_step": "answer",
        "due_rule": "hien_truong_mac_dinh.answer",
        "due_proof": _PROOF,
        "answered_at": received + timedelta(days=1 + 25 * chance[7]) if stage == "answered" else None,
        "closed_at": received + timedelta(days=40) if state in ("da_dong", *ENDED) else None,
        "is_sample": True,
    }


def _one_of(states: tuple[str, ...], chance: float) -> str:
    return states[int(chance * len(states))]


def _what_hangs_on_cases(connection: Connection) -> None:
    """History, clocks, reminders, notices, answers and ratings, as services leave them behind."""
    cases = '"case" c'
    step = {"case_id": "c.id", "at": "c.received_at + s * interval '1 day'", "seq": "s", "actor": "'citizen'"}
    moves = {"move": "'open'", "to_state": "c.state", "office_id": "c.office_id", "previous_hash": _HASH, "hash": _HASH}
    _insert(connection, CaseEvent, step | moves, f"{cases}, generate_series(1, 4) s")
    clock = {"case_id": "c.id", "step": "'answer'", "rule": "c.due_rule", "committed": "true", "because": "'received'"}
    times = {"office_id": "c.office_id", "started_at": "c.received_at", "due_at": "c.due_at", "set_at": "c.received_at"}
    ended = {"ended_at": "CASE WHEN c.stage <> 'open' THEN coalesce(c.answered_at, c.closed_at) END", "id": "c.id"}
    _insert(connection, CaseClock, clock | times | ended, f"{cases} WHERE c.due_at IS NOT NULL")
    stages = "(VALUES ('share_70'), ('due')) v(stage)"
    done = "CASE WHEN c.stage <> 'open' OR c.due_at < timestamptz '2026-11-22' THEN c.due_at END"
    due = {"case_id": "c.id", "clock_id": "c.id", "stage": "v.stage", "due_at": "c.due_at", "done_at": done}
    _insert(connection, Reminder, due, f"{cases}, {stages} WHERE c.due_at IS NOT NULL")
    notice = {"kind": "'case_answered'", "case_id": "c.id", "citizen_id": "c.citizen_id", "created_at": "c.received_at"}
    handled = {"handled_at": "CASE WHEN c.id % 20000 <> 0 THEN c.received_at END"}
    _insert(connection, Notice, notice | handled, f"{cases}, generate_series(1, 2)")
    answer = {"case_id": "c.id", "effect_key": "'a' || c.id", "text": "repeat('Đã xử lý xong. ', 12)", "staff_id": "1"}
    by = {"staff_name": "'Cán bộ Mẫu'", "office_id": "c.office_id", "office_name": "'Cơ quan'", "at": "c.answered_at"}
    _insert(connection, Answer, answer | by, f"{cases} WHERE c.answered_at IS NOT NULL")
    remark = {"case_id": "c.id", "kind": "'note'", "text": "'Đã gọi điện hỏi thêm.'", "at": "c.received_at"}
    _insert(connection, CaseRemark, remark, f"{cases} WHERE c.id % 3 = 0")
    rating = {"case_id": "c.id", "effect_key": "'r' || c.id", "score": "1 + c.id % 5", "office_id": "c.office_id"}
    _insert(connection, Rating, rating | {"at": "c.answered_at"}, f"{cases} WHERE c.state = 'da_danh_gia'")


def _conversations(connection: Connection, count: int) -> None:
    """Threads with four messages in and four out, a few of them waiting."""
    key = {"key": "md5('k' || c.id)", "channel": "'telegram'", "account": "'bot'", "external_id": "'x' || c.id"}
    ready = {"ready_at": "CASE WHEN c.id % 20000 = 0 THEN c.created_at END", "citizen_id": "c.id", "id": "c.id"}
    _insert(connection, Conversation, key | ready | {"created_at": "c.created_at", "last_n": "8"}, "citizen c")
    thread = {"conversation_id": "c.id", "n": "2 * s", "received_at": "c.created_at"}
    event = {"channel": "'telegram'", "account": "'bot'", "event_id": "c.id || ':' || s", "kind": "'text'"}
    waits = {"state": "CASE WHEN c.id % 20000 = 0 AND s = 4 THEN 'new' ELSE 'done' END", "text": "'Tôi xin hỏi.'"}
    _insert(connection, InboxMessage, thread | event | waits, "citizen c, generate_series(1, 4) s")
    reply = {"conversation_id": "c.id", "n": "2 * s + 1", "effect_key": "c.id || ':' || s", "text": "'Đã ghi nhận.'"}
    sent = {"created_at": "c.created_at", "due_at": "c.created_at", "sent_at": "c.created_at"}
    state = {"state": "CASE WHEN c.id % 20000 = 0 AND s = 4 THEN 'pending' ELSE 'sent' END"}
    _insert(connection, OutboxMessage, reply | sent | state, "citizen c, generate_series(1, 4) s")


def _insert(connection: Connection, model: Any, values: Mapping[str, str], source: str) -> None:
    """INSERT ... SELECT; columns that are not named get their model's default."""
    rest = {name: _literal(value) for name, value in _defaults(model.__table__).items() if name not in values}
    whole = {**rest, **values}
    columns = ", ".join(f'"{name}"' for name in whole)
    sql = f'INSERT INTO "{model.__tablename__}" ({columns}) SELECT {", ".join(whole.values())} FROM {source}'
    connection.connection.driver_connection.execute(sql)


def _literal(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def _defaults(table: Table) -> dict[str, Any]:
    """What a new row holds in each column that must not be empty, where the model says it."""
    return {
        column.name: _default(column) for column in table.columns if not column.nullable and column.default is not None
    }


def _default(column: Column[Any]) -> Any:
    argument = column.default.arg  # type: ignore[union-attr]
    value = argument({}) if callable(argument) else argument
    return json.dumps(value) if isinstance(value, list | dict) else value
