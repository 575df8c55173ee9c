"""Keeping a filled-in form without its person: a random id, the day, the office or place, a sample's design."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from feedback.base import VIETNAM
from surveys.models import SurveyResponse
from surveys.questionnaires import Answer
from surveys.rounds.models import SampleUnit

Mode = Literal["chat", "web", "paper", "phone"]
MODES: Mapping[Mode, str] = {"chat": "trò chuyện", "web": "trang web", "paper": "phiếu giấy", "phone": "điện thoại"}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a response is about and how it was drawn, as far as it may be kept beside the answers."""

    round_id: int | None = None
    office_id: int | None = None
    province: str = ""
    commune: str = ""
    procedure: str = ""
    stratum: str = ""
    cluster: str = ""
    fpc: int | None = None
    weight: float = 1.0

    @classmethod
    def of_unit(cls, unit: SampleUnit) -> About:
        """Whoever was drawn alone is their own cluster: its name, the dossier's or household's code, is not kept."""
        place = unit.frame_unit
        return cls(
            round_id=unit.round_id,
            office_id=place.office_id,
            province=place.province,
            commune=place.commune,
            procedure=place.procedure,
            stratum=unit.stratum,
            cluster="" if unit.cluster == place.key else unit.cluster,
            fpc=unit.fpc,
            weight=unit.weight,
        )


def keep(
    session: Session,
    answers: Mapping[str, Answer],
    *,
    questionnaire: str,
    about: About,
    mode: str,
    now: datetime,
    is_sample: bool = False,
) -> None:
    """One anonymous response; blank answers are left out."""
    session.add(
        SurveyResponse(
            id=secrets.token_hex(16),
            questionnaire=questionnaire,
            answered_on=now.astimezone(VIETNAM).date(),
            mode=mode,
            answers={code: answer for code, answer in answers.items() if answer is not None},
            is_sample=is_sample,
            round_id=about.round_id,
            office_id=about.office_id,
            province=about.province,
            commune=about.commune,
            procedure=about.procedure,
            stratum=about.stratum,
            cluster=about.cluster,
            fpc=about.fpc,
            weight=about.weight,
        )
    )
