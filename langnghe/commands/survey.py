"""The commands `survey size`, `survey draw`, `survey files`: samples from files alone, a closed round's files."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import yaml

from surveys.errors import SurveyError
from surveys.rounds.drawing import Drawn, Unit, draw
from surveys.rounds.frames import FrameLine, frame_sha256, read_frame
from surveys.rounds.plans import COLUMNS, SamplePlan
from surveys.rounds.sheets import InvalidRows
from surveys.rounds.sizes import Precision, sample_sizes
from surveys.yaml_files import read_data

OK, PROBLEM, BAD_INPUT = 0, 1, 2
COLUMNS_OUT = ("key", "role", "cell", "rank", "stratum", "cluster", "fpc", "probability", "weight")


def size(population: int, precision: dict[str, float], *, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Print both sizes of a sample as JSON."""
    try:
        sizes = sample_sizes(population, Precision(**precision))
    except SurveyError as error:
        print(error, file=err or sys.stderr)
        return BAD_INPUT
    print(json.dumps(asdict(sizes) | {"precision": asdict(Precision(**precision))}), file=out or sys.stdout)
    return OK


@dataclass(frozen=True, slots=True)
class DrawRequest:
    """`plan`: a YAML file with the fields of a SamplePlan. Without `out` the sample goes to standard output."""

    frame: Path
    kind: str
    plan: Path
    seed: str
    out: Path | None = None


def draw_sample(request: DrawRequest, *, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Draw a sample from a file: the same frame, plan and seed give the same sample as in the console."""
    err = err or sys.stderr
    try:
        if not request.seed.strip():
            raise SurveyError("Số gieo (--seed) không được để trống; nên là số công khai, như ngày và số văn bản.")
        lines = read_frame(_bytes(request.frame), request.kind)
        drawn = draw([_unit(line) for line in lines], SamplePlan.from_data(_plan(request.plan)), seed=request.seed)
    except InvalidRows as error:
        for one in error.errors:
            print(one, file=err)
        return BAD_INPUT
    except SurveyError as error:
        print(error, file=err)
        return BAD_INPUT
    if request.out is None:
        _write(drawn, out or sys.stdout)
    else:
        try:
            with request.out.open("w", encoding="utf-8", newline="") as file:
                _write(drawn, file)
        except OSError as error:
            print(f"Không ghi được {request.out}: {error.strerror}.", file=err)
            return BAD_INPUT
    main = sum(one.role == "main" for one in drawn)
    print(
        f"{len(lines)} đơn vị, mã kiểm tra {frame_sha256(lines)}; mẫu {main}, dự phòng {len(drawn) - main}.", file=err
    )
    return OK


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise SurveyError(f"Không đọc được tệp {path}.") from None


def _plan(path: Path) -> dict[str, Any]:
    try:
        return dict(read_data(path))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, ValueError):
        raise SurveyError(f"Không đọc được thiết kế mẫu {path}.") from None


def _unit(line: FrameLine) -> Unit:
    return Unit(line.key, {column: getattr(line, column) for column in COLUMNS}, line.adults)


def _write(drawn: list[Drawn], file: TextIO) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS_OUT)
    writer.writerows([getattr(one, name) for name in COLUMNS_OUT] for one in drawn)


def files(code: str, folder: Path, *, err: TextIO | None = None) -> int:
    """Write the report, the open data and the metadata of a closed round; never rows of answers."""
    from feedback.documents import pdf, word
    from langnghe.commands.index_database import session_of_installation
    from langnghe.settings import get_settings
    from surveys.questionnaire_files import load
    from surveys.rounds import ddi, open_data, reports, repository
    from surveys.rounds.publication import publish

    settings, err = get_settings(), err or sys.stderr
    try:
        with session_of_installation() as session:
            survey = repository.round_by_code(session, code)
            found = publish(session, survey, threshold=settings.suppress_below) if survey is not None else None
    except SurveyError as error:
        print(error, file=err)
        return BAD_INPUT
    if survey is None or found is None:
        print(f"Không có kỳ khảo sát {code} đã đóng và có phiếu.", file=err)
        return BAD_INPUT if survey is None else PROBLEM
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"Không tạo được thư mục {folder}: {error.strerror}.", file=err)
        return BAD_INPUT
    paper = reports.report(found)
    made = {
        "bao-cao.pdf": pdf.draw(paper),
        "bao-cao.docx": word.draw(paper),
        "du-lieu-mo.csv": open_data.csv_file(found),
        "du-lieu-mo.json": open_data.json_file(found),
        "ddi.xml": ddi.codebook(survey, load(survey.questionnaire), threshold=settings.suppress_below),
    }
    for name, data in made.items():
        (folder / f"{code}-{name}").write_bytes(data)
        print(folder / f"{code}-{name}")
    return OK
