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
