"""Where the package's files are, and one hash over all of them: what a trained model was made from."""

from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

PACKAGE = Path(__file__).parent
ROOT = PACKAGE.parent
MEASURING = PACKAGE / "evaluation"  # measures a model; no model is made from it
SUFFIXES = (".py", ".yml", ".csv", ".txt")


def project_path(relative: str) -> Path:
    """A path that config.yml gives, seen from the directory that holds config.yml."""
    return ROOT / relative


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """A hash of the code and data of `nlu/` that a model is made from.

    Rasa's training cache looks at a component's own class only and would restore a stale component after a change in a
    function or a table beside it; each component adds this to its fingerprint.
    """
    digest = blake2b(digest_size=16)
    for path in sorted(p for p in PACKAGE.rglob("*") if p.suffix in SUFFIXES and MEASURING not in p.parents):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
