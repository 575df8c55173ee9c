"""Questionnaires: which there are, each in full as its respondents will meet it, and a form of one's own checked."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from feedback.errors import InvalidInput
from langnghe.web.api.access import SurveyReader, api_router
from langnghe.web.api.change_models import Body
from surveys.errors import InvalidQuestionnaire
from surveys.questionnaire_checks import problems
from surveys.questionnaire_files import load, questionnaire_ids, read_text
from surveys.questionnaires import Questionnaire

router = api_router("/api/v1/questionnaires", tag="Mẫu phiếu")


class FormItem(BaseModel):
    """`incomplete`: the original is not known in full; such a form is not used in the field."""

    id: str = Field(examples=["qd2640"])
    code: str
    title: str
    valid_from: date
    valid_to: date | None
    valid_now: bool
    source: str
    confidence: str
    factors: int
    criteria: int
    questions: int
    incomplete: bool
    missing: list[str]


class QuestionOut(BaseModel):
    """`kind`: scale is a criterion, choice takes one option, choices any number. `options`: code and label."""

    code: str = Field(examples=["c1_1"])
    text: str
    kind: str
    group: str
    options: dict[str, str]


class FactorOut(BaseModel):
    code: str
    name: str
    criteria: dict[str, str]
    asked_when: dict[str, list[str]] | None = Field(description="Câu hỏi lọc và các câu trả lời mở yếu tố này.")


class FormOut(FormItem):
    """The whole form in its order: what the preview shows."""

    intro: str
    note: str
    factor_list: list[FactorOut]
    question_list: list[QuestionOut]


def _item(form: Questionnaire, today: date) -> FormItem:
    return FormItem(
        id=form.id,
        code=form.code,
        title=form.title,
        valid_from=form.valid_from,
        valid_to=form.valid_to,
        valid_now=form.is_valid_on(today),
        source=form.source,
        confidence=form.confidence,
        factors=len(form.factors),
        criteria=len(form.criteria),
        questions=len(form.questions),
        incomplete=form.incomplete,
        missing=list(form.missing),
    )


@router.get("")
def questionnaires(caller: SurveyReader) -> list[FormItem]:
    """The forms of this installation, as dated data."""
    today = caller.services.clock().date()
    return [_item(form, today) for form in map(load, questionnaire_ids())]


@router.get("/{questionnaire_id}")
def questionnaire(caller: SurveyReader, questionnaire_id: str) -> FormOut:
    """Every question in its order with its answers, and what each factor waits for."""
    form = load(questionnaire_id)
    return FormOut(
        **_item(form, caller.services.clock().date()).model_dump(),
        intro=form.intro,
        note=form.note,
        factor_list=[
            FactorOut(
                code=one.code,
                name=one.name,
                criteria=dict(one.criteria),
                asked_when={one.gate.code: sorted(one.gate.asks_when)} if one.gate else None,
            )
            for one in form.factors
        ],
        question_list=[
            QuestionOut(code=one.code, text=one.text, kind=one.kind, group=one.group, options=dict(one.options))
            for one in form.questions
        ],
    )


class Given(Body):
    """Answers so far: question -> option code, several for `choices`, null for a skipped one."""

    answers: dict[str, str | int | list[str] | None] = Field({}, examples=[{"c1_1": 4}])


class NextOut(BaseModel):
    question: QuestionOut | None = Field(description="null: hết phiếu.")
    done: int
    total: int


@router.post("/{questionnaire_id}/next")
def next_question(caller: SurveyReader, questionnaire_id: str, body: Given) -> NextOut:
    """What would be asked next after these answers: the skip rules tried, nothing kept."""
    del caller
    form = load(questionnaire_id)
    kinds = {question.code: question.kind for question in form.questions}
    if any(isinstance(value, list) != (kinds.get(code) == "choices") for code, value in body.answers.items() if value):
        raise InvalidInput("Câu trả lời không hợp với loại câu hỏi.")
    asked, progress = form.next_question(body.answers), form.progress(body.answers)
    shown = (
        QuestionOut(code=asked.code, text=asked.text, kind=asked.kind, group=asked.group, options=dict(asked.options))
        if asked
        else None
    )
    return NextOut(question=shown, done=progress.done, total=progress.total)


class FormText(Body):
    text: str = Field(max_length=400_000, description="Tệp YAML của mẫu phiếu.")


class LintOut(BaseModel):
    readable: bool
    problems: list[str]


@router.post("/lint")
def lint(caller: SurveyReader, body: FormText) -> LintOut:
    """What is wrong with a form of one's own, before it becomes a file of the installation."""
    del caller
    try:
        return LintOut(readable=True, problems=problems(read_text(body.text)))
    except InvalidQuestionnaire as error:
        return LintOut(readable=False, problems=[str(error)])
    except (TypeError, ValueError, AttributeError) as error:
        return LintOut(readable=False, problems=[f"Một mục có giá trị sai kiểu ({type(error).__name__})."])
