"""Commands of the operator: migrate the database, train the engine."""

from __future__ import annotations

import sys
from pathlib import Path

from langnghe import engine
from langnghe.migrate import migrate as migrate_database
from langnghe.settings import get_settings


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
    """Train a candidate with staff's corrections; 1 when it was not activated, being worse or not trained."""
    from langnghe import learning

    settings = get_settings()
    models = out or settings.data_dir / "models"
    corrections, candidate = settings.data_dir / "corrections", models / "candidate"
    log = settings.data_dir / "logs" / "train.log"
    count = learning.export_corrections(settings, corrections)
    print(f"{count} vụ việc đã được cán bộ sửa nhãn hoặc chuyển lại nơi.")
    if not count:
        return 0
    try:
        code = engine.train(engine.EngineInstall(), candidate, settings, log=log, more_data=[corrections])
        if code != 0:
            print(f"Huấn luyện không thành công; xem {log}")
            return 1
        scores = learning.score(settings, engine.model_path(candidate))
        print(f"Mô hình mới: {_shown(scores)}")
        if engine.model_path(models).exists():
            current = learning.score(settings, engine.model_path(models))
            print(f"Mô hình đang dùng: {_shown(current)}")
            if learning.is_worse(scores, current):
                print("Mô hình mới kém hơn trên bộ kiểm tra: không kích hoạt, mô hình cũ vẫn dùng.")
                return 1
    except engine.EngineMissing as error:
        print(error, file=sys.stderr)
        return 2
    swapped = learning.activate(settings, candidate, models)
    print("Đã kích hoạt trong bộ máy đang chạy." if swapped else "Đã đặt mô hình mới; bộ máy dùng khi khởi động.")
    return 0


def _shown(scores: dict[str, float]) -> str:
    return ", ".join(f"{label} {share:.4f}" for label, share in scores.items())
