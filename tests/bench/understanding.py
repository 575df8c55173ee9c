"""The understanding beside Rasa's default pipeline (DIET), trained and asked on the same messages in one run.

Training time and memory, parse latency, memory of the process that parses, accuracy and macro-F1 of the kind. With a
folder of PhoATIS also the accuracy of its intents by our components: the licence forbids keeping that set here.
"""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

from langnghe import engine
from langnghe.commands.evaluate import TEST_DATA, read_test
from langnghe.reading import stream
from langnghe.settings import Settings
from nlu.evaluation import measures
from nlu.training import LabelledMessage, read_rasa, write_rasa

MESSAGES = engine.ROOT / "bot" / "dialogue" / "data" / "nlu"
TRAINED, ASKED, EPOCHS = 1_500, 1_000, 20
CAP_SECONDS = 20 * 60
IMPORTERS = [{"name": "nlu.components.importer.MessageImporter"}]
DEFAULT = [
    {"name": "WhitespaceTokenizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": EPOCHS, "constrain_similarities": True, "random_seed": 1},
]
# PhoATIS: a folder for each part, a line for each message in both files.
PARTS = ("train", "test")
TEXTS, LABELS = "seq.in", "label"


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training took; `model` is None when it ran into the cap or failed."""

    model: Path | None
    seconds: float
    memory_mb: float


def measure(phoatis: Path | None = None) -> dict[str, float]:
    """Figures of both pipelines; of one that did not end within the cap, its time alone."""
    taught, asked = fixed_messages()
    found: dict[str, float] = {"trained_messages": len(taught), "asked_messages": len(asked)}
    with tempfile.TemporaryDirectory(prefix="langnghe-understanding-") as name:
        folder = Path(name)
        for pipeline, steps in (("ours", our_pipeline()), ("default", DEFAULT)):
            figures = side(folder / pipeline, steps, taught, asked)
            found |= {f"{pipeline}_{key}": value for key, value in figures.items()}
            if "kind_accuracy" not in figures:
                print(f"{pipeline}: huấn luyện không xong trong {CAP_SECONDS} giây, không đo tiếp.")
        if phoatis is None:
            print("Không đo PhoATIS: không có thư mục (make bench PHOATIS=DIR).")
        else:
            figures = side(folder / "phoatis", general_pipeline(), *read_phoatis(phoatis))
            found |= {f"phoatis_{key}": value for key, value in figures.items()}
    return found


def fixed_messages() -> tuple[list[LabelledMessage], list[LabelledMessage]]:
    """The same training and test messages at each run."""
    files = [file for file in sorted(MESSAGES.glob("*.yml")) if file.stem != "dialogue_acts"]
    taught = [message for file in files for message in read_rasa(file)]
    asked, _ = read_test(TEST_DATA)
    return random.Random(1).sample(taught, TRAINED), random.Random(2).sample(asked, ASKED)


def our_pipeline() -> list[dict[str, Any]]:
    config = yaml.safe_load((engine.ROOT / "config.yml").read_text(encoding="utf-8"))
    return list(config["pipeline"])


def general_pipeline() -> list[dict[str, Any]]:
    """Our tokenizer and classifier with one head, for messages that have an intent and nothing else."""
    steps = [dict(step) for step in our_pipeline()[:2]]
    steps[1] |= {"vocabulary": [], "intent_from": "kind", "heads": {"kind": {"ranking": "kinds"}}, "further": {}}
    steps[1] |= {"copies": {"folded": 1, "noisy": 1}}  # a place may be what a message is about
    steps[1] |= {"trust": 0.3, "own": 1, "one_width": True, "least_messages": 2}  # some intents have a handful
    return steps


def read_phoatis(folder: Path) -> tuple[list[LabelledMessage], list[LabelledMessage]]:
    """Training and test part of the syllable-level set. Raises OSError when a file is missing."""
    root = folder / "syllable-level" if (folder / "syllable-level").is_dir() else folder
    parts = []
    for part in PARTS:
        texts, labels = ((root / part / name).read_text(encoding="utf-8").splitlines() for name in (TEXTS, LABELS))
        parts.append([LabelledMessage(text, label) for text, label in zip(texts, labels, strict=True)])
    return parts[0], parts[1]


def side(
    folder: Path, steps: list[dict[str, Any]], taught: Sequence[LabelledMessage], asked: Sequence[LabelledMessage]
) -> dict[str, float]:
    """One pipeline trained in a process of its own and asked in another."""
    folder.mkdir()
    write_rasa(taught, folder / "nlu.yml", about="A part of the training messages, for one measurement.")
    recipe = {"recipe": "default.v1", "language": "vi", "importers": IMPORTERS, "pipeline": steps}
    (folder / "config.yml").write_text(yaml.safe_dump(recipe, allow_unicode=True), encoding="utf-8")
    settings = Settings(data_dir=folder)
    trained = train(folder, settings)
    figures = {"training_seconds": trained.seconds, "training_memory_mb": trained.memory_mb}
    return figures | (ask(trained.model, asked, settings) if trained.model else {})


def train(folder: Path, settings: Settings) -> Trained:
    """Within the cap; memory is the most that the process held."""
    python = str(engine.EngineInstall().python)
    command = [python, "-m", "rasa", "train", "nlu", "--config", str(folder / "config.yml")]
    command += ["--nlu", str(folder / "nlu.yml"), "--out", str(folder / "model"), "--fixed-model-name", "model"]
    started = time.monotonic()
    with (folder / "train.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=engine.ROOT, env=engine.environment(settings), stdout=log, stderr=subprocess.STDOUT
        )
        cap = threading.Timer(CAP_SECONDS, process.kill)
        cap.start()
        _, status, usage = os.wait4(process.pid, 0)
        cap.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    model = folder / "model" / "model.tar.gz"
    done = process.returncode == 0 and model.exists()
    return Trained(model if done else None, time.monotonic() - started, usage.ru_maxrss / 1024)


def ask(model: Path, asked: Sequence[LabelledMessage], settings: Settings) -> dict[str, float]:
    before = {child.pid for child in psutil.Process().children()}
    pairs, seconds = [], []
    with stream(settings, model) as parse:
        for message in asked[:20]:
            parse(message.text)
        for message in asked:
            said = parse(message.text)
            pairs.append((message.kind, said.get("kind") or said["intent"]["name"]))
            seconds.append(float(said["seconds"]))
        child = next(child for child in psutil.Process().children() if child.pid not in before)
        memory = child.memory_full_info().pss / 2**20
    return {
        "kind_accuracy": measures.accuracy(pairs) or 0.0,
        "kind_macro_f1": measures.macro_f1(pairs) or 0.0,
        "parse_p50_ms": 1000 * measures.percentile(seconds, 0.5),
        "parse_p95_ms": 1000 * measures.percentile(seconds, 0.95),
        "parse_memory_mb": memory,
    }
