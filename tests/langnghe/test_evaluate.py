"""`langnghe evaluate` without an engine: what it reads, what it reports, its exit codes."""

import io

import pytest

from langnghe.commands import evaluate
from nlu.training import LabelledMessage

MESSAGES = [LabelledMessage("Rác không ai gom", "phan_anh", field="moi_truong", problem="ha_tang")] * 30


def parse(text):
    return {"kind": "phan_anh", "kinds": [["phan_anh", 0.9]], "field": "moi_truong", "seconds": 0.01, "scope": 0.5}


def test_a_folder_without_messages_is_bad_input(tmp_path, capsys):
    assert evaluate.run(tmp_path, evaluate.Outputs()) == 2
    assert "không có tin nhắn nào" in capsys.readouterr().err


def test_a_line_with_an_unknown_label_is_bad_input(tmp_path, capsys):
    (tmp_path / "a.jsonl").write_text('{"text": "x", "kind": "phan_anh", "colour": "red"}\n')
    assert evaluate.run(tmp_path, evaluate.Outputs()) == 2
    assert "colour" in capsys.readouterr().err


def test_missed_floors_are_named_and_give_exit_code_one_and_the_files_are_written(tmp_path):
    measured = evaluate.measure(MESSAGES, ["thời tiết"], parse, cost={"seconds": 10, "memory_mb": 500})
    outputs = evaluate.Outputs(tmp_path / "r.html", tmp_path / "out" / "r.json", tmp_path / "card.md")
    out = io.StringIO()
    assert evaluate.report(measured, outputs, out) == 1
    assert "Dưới mức sàn: " in out.getvalue() and "problem_accuracy" in out.getvalue().splitlines()[-1]
    assert all(path.stat().st_size > 100 for path in (outputs.report, outputs.json, outputs.card))


def test_with_every_floor_met_the_exit_code_is_zero(monkeypatch):
    measured = evaluate.measure(MESSAGES, [], parse, cost={})
    monkeypatch.setattr(evaluate.floors, "load", lambda: (None, []))
    assert evaluate.report(measured, evaluate.Outputs(), io.StringIO()) == 0


@pytest.mark.parametrize("name", ["report", "json", "card", "model", "data", "no-worse"])
def test_every_output_has_its_option(name):
    from typer.testing import CliRunner

    from langnghe.cli import app

    assert f"--{name}" in CliRunner().invoke(app, ["evaluate", "--help"], terminal_width=200).output
