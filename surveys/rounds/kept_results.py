"""The publication of a round as kept at its closing: pages read it, `langnghe index replay` computes it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy.orm import Session

from surveys import repository
from surveys.errors import UnknownResult
from surveys.models import IndexResult
from surveys.questionnaire_files import questionnaire_text
from surveys.questionnaires import Questionnaire
from surveys.rounds import repository as round_repository
from surveys.rounds.models import SurveyRound
from surveys.rounds.publication import compute, computed, form_of
from surveys.rounds.rows import Rows, rows_of, rows_sha256
from surveys.rounds.weighting import RULE

INDEX = "sipas"


def keep_result(session: Session, survey: SurveyRound, *, threshold: int, now: datetime) -> IndexResult | None:
    """Compute the round's publication and keep it with method, rules and the inputs' hash; None without responses.

    Raises InvalidOption where the responses do not fit the known totals of the round's weighting.
    """
    rows = rows_of(session, survey)
    found = compute(session, survey, threshold=threshold, rows=rows) if rows is not None else None
    if rows is None or found is None:
        return None
    text = questionnaire_text(survey.questionnaire)
    inputs = _inputs(survey, found.form, rows)
    result = IndexResult(
        round_id=survey.id,
        index=INDEX,
        method=found.options.method,
        rule=f"{found.form.id}@{found.form.valid_from} {RULE}",
        rule_sha256=hashlib.sha256(text.encode()).hexdigest(),
        rule_text=text,
        request={"round": survey.code, "threshold": threshold, "weighting": dict(survey.weighting)},
        inputs={"sources": inputs["sources"]},
        inputs_sha256=inputs["sha256"],
        document=found.as_document() | {"inputs": inputs},
        program=version("langnghe"),
        created_at=now,
    )
    session.add(result)
    session.flush()
    return result


def computed_again(session: Session, kept: IndexResult) -> dict[str, Any]:
    """The document of a kept publication, computed anew from the rows under the questionnaire that was kept with it.

    It is compared with the round that it was compared with then, whatever was closed since.

    Raises UnknownResult where the round or its rows are gone.
    """
    survey = session.get(SurveyRound, kept.round_id)
    form = form_of(kept)
    rows = rows_of(session, survey, form=form) if survey is not None else None
    if survey is None or rows is None:
        raise UnknownResult(f"Kỳ khảo sát của kết quả số {kept.id} không còn phiếu nào.")
    threshold, before = int(kept.request["threshold"]), kept.document["earlier"]
    earlier = round_repository.round_by_code(session, before) if before else None
    found = computed(session, survey, threshold=threshold, form=form, rows=rows, before=earlier)
    return found.as_document() | {"inputs": _inputs(survey, found.form, rows)}


def _inputs(survey: SurveyRound, form: Questionnaire, rows: Rows) -> dict[str, Any]:
    """The rows with their design, and the settings of the weights; the hash is over both."""
    settings = json.dumps(dict(survey.weighting), sort_keys=True, ensure_ascii=False)
    source = {"kind": "round", "round": survey.code, "rows": len(rows.responses), "sha256": rows_sha256(form, rows)}
    return {"sources": [source], "sha256": hashlib.sha256(f"{source['sha256']} {settings}".encode()).hexdigest()}


def result_of(session: Session, survey: SurveyRound) -> Mapping[str, Any] | None:
    """Number, rules and hash of the kept publication, for those who want to compute it again."""
    kept = repository.index_result_of_round(session, survey.id)
    if kept is None:
        return None
    return {"id": kept.id, "method": kept.method, "rule": kept.rule, "inputs_sha256": kept.inputs_sha256}
