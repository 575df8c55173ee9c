"""What can be wrong with survey data, said in one line that names the place."""

from __future__ import annotations


class SurveyError(Exception):
    """Base of this package's errors: `code` is for programs, the message is one Vietnamese line for people."""

    code = "survey"


class UnknownQuestionnaire(SurveyError):
    code = "unknown_questionnaire"


class InvalidQuestionnaire(SurveyError):
    code = "invalid_questionnaire"


class InvalidOption(SurveyError):
    code = "invalid_option"


class InvalidTable(SurveyError):
    """A file of rows that cannot be used; the message names the row and the column."""

    code = "invalid_table"


class InvalidRule(SurveyError):
    """A score rule that cannot be used."""

    code = "invalid_rule"


class UnknownResult(SurveyError):
    code = "unknown_result"


class InvalidDesign(SurveyError):
    """A design value that cannot be used: `role` is stratum, cluster, weight or fpc; `row` counts from 0."""

    code = "invalid_design"

    def __init__(self, reason: str, *, role: str, row: int) -> None:
        super().__init__(f"{role}, dòng dữ liệu {row + 1}: {reason}")
        self.reason = reason
        self.role = role
        self.row = row
