"""Commands of the operator: migrate the database, train the engine."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from langnghe import engine
from langnghe.migrate import migrate as migrate_database
from langnghe.settings import Settings, get_settings


def migrate() -> int:
    """Bring the database to this version's schema."""
    settings = get_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate_database(settings.sqlalchemy_url)
    print("Cơ sở dữ liệu đã đúng phiên bản.")
    return 0


def train(*, out: Path | None, force: bool) -> int:
    """Train the engine's model when it is not current."""
    settings = get_settings()
    models = out or settings.data_dir / "models"
    if not force and engine.model_is_current(models):
        print(f"Mô hình hiện hành: {engine.model_path(models)}")
        return 0
    log = settings.data_dir / "logs" / "train.log"
    try:
        code = engine.train(engine.EngineInstall(), models, settings, log=log)
    except engine.EngineMissing as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Đã huấn luyện: {engine.model_path(models)}" if code == 0 else f"Huấn luyện không thành công; xem {log}")
    return 0 if code == 0 else 1


def train_with_corrections(*, out: Path | None) -> int:
    """Train a candidate with staff's corrections; 1 when it was not activated, being worse or not trained; 2 without
    the engine. No candidate stays behind."""
    settings = get_settings()
    models = out or settings.data_dir / "models"
    candidate = models / "candidate"
    try:
        return _learn(settings, candidate, models)
    except engine.EngineMissing as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(candidate, ignore_errors=True)


def _learn(settings: Settings, candidate: Path, models: Path) -> int:
    from langnghe import learning

    corrections, log = learning.corrections_of(candidate), settings.data_dir / "logs" / "train.log"
    count = learning.export_corrections(settings, corrections)
    print(f"{count} vụ việc đã được cán bộ sửa nhãn.")
    if not count:
        learning.forget_corrections(settings)
        return 0
    if engine.train(engine.EngineInstall(), candidate, settings, log=log, more_data=[corrections]) != 0:
        print(f"Huấn luyện không thành công; xem {log}")
        return 1
    scores = learning.score(settings, engine.model_path(candidate))
    print(f"Mô hình mới: {_shown(scores)}")
    current = _current_scores(settings, models)
    if current is not None and learning.is_worse(scores, current):
        print("Mô hình mới kém hơn trên bộ kiểm tra: không kích hoạt, mô hình cũ vẫn dùng.")
        return 1
    swapped = learning.activate(settings, candidate, models)
    print("Đã kích hoạt trong bộ máy đang chạy." if swapped else "Đã đặt mô hình mới; bộ máy dùng khi khởi động.")
    return 0


def _current_scores(settings: Settings, models: Path) -> dict[str, float] | None:
    """Those of the model in use; None, said in words, where it cannot be compared."""
    from langnghe import learning

    if not engine.model_path(models).exists():
        return None
    if not engine.model_is_current(models):
        print("Mô hình đang dùng do bản trước của chương trình huấn luyện: không so sánh được.")
        return None
    try:
        scores = learning.score(settings, engine.model_path(models))
    except (engine.EngineMissing, OSError):
        print("Không mở được mô hình đang dùng: không so sánh được.")
        return None
    print(f"Mô hình đang dùng: {_shown(scores)}")
    return scores


def _shown(scores: dict[str, float]) -> str:
    return ", ".join(f"{label} {share:.4f}" for label, share in scores.items())
