"""The whole schema: importing this module registers the tables of every package."""

from __future__ import annotations

import surveys.models  # noqa: F401
from feedback.base import Base

metadata = Base.metadata
