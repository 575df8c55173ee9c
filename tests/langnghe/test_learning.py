"""Training with corrections: what is written, what is compared, and that a worse candidate stays out."""

from __future__ import annotations

from pathlib import Path

import pytest

from langnghe import engine, learning
from langnghe.commands import operate
from langnghe.settings import Settings
from nlu.evaluation import floors
from nlu.evaluation.answers import Answer
from nlu.training import LabelledMessage, read_rasa


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    made = Settings(data_dir=tmp_path, engine_url="http://127.0.0.1:9")
    monkeypatch.setattr(operate, "get_settings", lambda: made)
    return made


def models_with(settings: Settings, *folders: str) -> Path:
    models = settings.data_dir / "models"
    for folder in folders:
        (models / folder).mkdir(parents=True, exist_ok=True)
        engine.model_path(models / folder).write_text(folder or "old")
        engine.mark_path(models / folder).write_text(engine.fingerprint())
    return models


def trained(monkeypatch: pytest.MonkeyPatch, *, candidate: float, current: float) -> None:
    def train(install, models, settings, *, log, more_data):
        models_with(settings, "candidate")
        for folder in more_data:
            folder.mkdir()
            (folder / "corrections.yml").write_text("new")
        return 0

    def score(settings, model):
        kind = candidate if model.parent.name == "candidate" else current
        return dict.fromkeys(learning.SCORED + learning.RECALLS, kind)

    monkeypatch.setattr(engine, "train", train)
    monkeypatch.setattr(learning, "score", score)
    monkeypatch.setattr(learning, "export_corrections", lambda settings, folder: 3)


def test_a_candidate_that_scores_lower_is_not_activated(settings, monkeypatch, capsys):
    models = models_with(settings, "")
    trained(monkeypatch, candidate=0.90, current=0.91)
    assert operate.train_with_corrections(out=None) == 1
    assert engine.model_path(models).read_text() == "old"
    assert "không kích hoạt" in capsys.readouterr().out
    assert not (models / "candidate").exists() and not engine.corrections_path(settings).exists()


def test_a_candidate_that_is_as_good_takes_the_model_s_place(settings, monkeypatch):
    models = models_with(settings, "")
    trained(monkeypatch, candidate=0.91, current=0.91)
    assert operate.train_with_corrections(out=None) == 0
    assert engine.model_path(models).read_text() == "candidate"
    assert engine.mark_path(models).exists()
    assert not (models / "candidate").exists()
    assert (engine.corrections_path(settings) / "corrections.yml").read_text() == "new"


def test_a_model_of_an_older_program_is_not_compared_with(settings, monkeypatch, capsys):
    models = models_with(settings, "")
    engine.mark_path(models).write_text("older")
    trained(monkeypatch, candidate=0.90, current=0.91)
    assert operate.train_with_corrections(out=None) == 0
    assert "không so sánh được" in capsys.readouterr().out


def test_a_model_that_cannot_be_loaded_is_not_compared_with(settings, monkeypatch, capsys):
    models = models_with(settings, "")
    trained(monkeypatch, candidate=0.90, current=0.91)
    whole = learning.score

    def score(settings, model):
        if model.parent.name != "candidate":
            raise engine.EngineMissing("dừng giữa chừng")
        return whole(settings, model)

    monkeypatch.setattr(learning, "score", score)
    assert operate.train_with_corrections(out=None) == 0
    assert "không so sánh được" in capsys.readouterr().out
    assert engine.model_path(models).read_text() == "candidate"


def test_a_plain_training_learns_from_the_kept_corrections_again(settings, monkeypatch):
    kept, given = engine.corrections_path(settings), []
    kept.mkdir(parents=True)

    def run(command, env, *, log):
        given.append(command)
        return 1, 0.0

    monkeypatch.setattr(engine, "_run", run)
    monkeypatch.setattr(engine.EngineInstall, "check", lambda install: None)
    assert operate.train(out=None, force=True) == 1
    assert str(kept.resolve()) in given[0]


def test_corrections_that_are_none_any_more_are_not_learnt_from_again(settings, monkeypatch):
    engine.corrections_path(settings).mkdir(parents=True)
    monkeypatch.setattr(learning, "export_corrections", lambda settings, folder: 0)
    assert operate.train_with_corrections(out=None) == 0
    assert not engine.corrections_path(settings).exists()


GOOD = dict.fromkeys(learning.SCORED + learning.RECALLS, 0.9)


@pytest.mark.parametrize("recall", learning.RECALLS)
def test_a_recall_that_falls_is_not_made_up_for_by_better_labels(recall):
    better = dict.fromkeys(learning.SCORED, 0.99)
    assert not learning.is_worse(GOOD | better, GOOD)
    assert learning.is_worse(GOOD | better | {recall: 0.89}, GOOD)


def test_the_recalls_are_those_of_the_labels_that_the_floors_name():
    first = floors.load()[0].recall_first
    told = [LabelledMessage("a", first), LabelledMessage("b", first, urgent=True), LabelledMessage("c", "phan_anh")]
    said = [{"kind": first}, {"kind": "phan_anh", "urgent": True}, {"kind": "phan_anh", "urgent": True}]
    shares = learning.shares([Answer(*one) for one in zip(told, said, strict=True)])
    assert (shares["recall_first_recall"], shares["urgent_recall"]) == (0.5, 1.0)
    assert shares["kind"] == pytest.approx(2 / 3)


def test_without_corrections_nothing_is_trained(settings, monkeypatch, capsys):
    monkeypatch.setattr(learning, "export_corrections", lambda settings, folder: 0)
    assert operate.train_with_corrections(out=None) == 0
    assert capsys.readouterr().out.startswith("0 vụ việc")


def test_corrections_are_written_as_masked_training_examples(settings, monkeypatch, tmp_path):
    from contextlib import contextmanager

    from feedback.repository_corrections import CorrectedCase

    case = CorrectedCase(
        "Ông Lê Tám hẹn 3 lần, gọi 0955123456", "phan_anh", "dat_dai", "dat_dai", "cham_tre", False, ()
    )

    class Database:
        def __init__(self, url):
            pass

        @contextmanager
        def read(self):
            yield None

        def dispose(self):
            pass

    monkeypatch.setattr(learning, "Database", Database)
    monkeypatch.setattr(learning, "corrected_cases", lambda session: [case])
    assert learning.export_corrections(settings, tmp_path / "corrections") == 1
    assert read_rasa(tmp_path / "corrections") == [
        LabelledMessage(
            "Ông N hẹn 0 lần, gọi 0000000000",
            "phan_anh",
            field="dat_dai",
            topic="dat_dai",
            problem="cham_tre",
        )
    ]


def test_corrections_reach_the_trainer_as_a_further_folder(tmp_path):
    command = engine.EngineInstall().train_command(tmp_path / "out", tmp_path / "corrections")
    assert command[command.index("--data") + 1 : command.index("--out")] == [
        "bot/dialogue/data",
        str(tmp_path / "corrections"),
    ]
