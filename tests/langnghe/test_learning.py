"""Training with corrections: what is written, what is compared, and that a worse candidate stays out."""

from __future__ import annotations

from pathlib import Path

import pytest

from langnghe import engine, learning
from langnghe.commands import operate
from langnghe.settings import Settings
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
        engine.mark_path(models / folder).write_text("mark")
    return models


def trained(monkeypatch: pytest.MonkeyPatch, *, candidate: float, current: float) -> None:
    def train(install, models, settings, *, log, more_data):
        models_with(settings, "candidate")
        return 0

    def score(settings, model):
        return {"kind": candidate if model.parent.name == "candidate" else current}

    monkeypatch.setattr(engine, "train", train)
    monkeypatch.setattr(learning, "score", score)
    monkeypatch.setattr(learning, "export_corrections", lambda settings, folder: 3)


def test_a_candidate_that_scores_lower_is_not_activated(settings, monkeypatch, capsys):
    models = models_with(settings, "")
    trained(monkeypatch, candidate=0.90, current=0.91)
    assert operate.train_with_corrections(out=None) == 1
    assert engine.model_path(models).read_text() == "old"
    assert "không kích hoạt" in capsys.readouterr().out


def test_a_candidate_that_is_as_good_takes_the_model_s_place(settings, monkeypatch):
    models = models_with(settings, "")
    trained(monkeypatch, candidate=0.91, current=0.91)
    assert operate.train_with_corrections(out=None) == 0
    assert engine.model_path(models).read_text() == "candidate"
    assert engine.mark_path(models).exists()


def test_without_corrections_nothing_is_trained(settings, monkeypatch, capsys):
    monkeypatch.setattr(learning, "export_corrections", lambda settings, folder: 0)
    assert operate.train_with_corrections(out=None) == 0
    assert capsys.readouterr().out.startswith("0 vụ việc")


def test_corrections_are_written_as_masked_training_examples(settings, monkeypatch, tmp_path):
    from contextlib import contextmanager

    from feedback.repository_corrections import CorrectedCase

    case = CorrectedCase(
        "Ông Lê Tám hẹn 3 lần, gọi 0955123456", "phan_anh", "dat_dai", "dat_dai", "cham_tre", False, "ubnd_xa", ()
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
            agency="ubnd_xa",
        )
    ]


def test_corrections_reach_the_trainer_as_a_further_folder(tmp_path):
    command = engine.EngineInstall().train_command(tmp_path / "out", tmp_path / "corrections")
    assert command[command.index("--data") + 1 : command.index("--out")] == [
        "bot/dialogue/data",
        str(tmp_path / "corrections"),
    ]
