"""The bench of the understanding reads what it is pointed at, and our general pipeline knows none of our labels."""

from __future__ import annotations

from pathlib import Path

from tests.bench import understanding


def test_phoatis_is_read_from_its_folder_part_by_part(tmp_path: Path) -> None:
    for part, texts, labels in (
        ("train", "bay từ a\nvé bao nhiêu\n", "flight\nairfare\n"),
        ("test", "x\n", "flight\n"),
    ):
        folder = tmp_path / "syllable-level" / part
        folder.mkdir(parents=True)
        (folder / "seq.in").write_text(texts, encoding="utf-8")
        (folder / "label").write_text(labels, encoding="utf-8")
    taught, asked = understanding.read_phoatis(tmp_path)
    assert [(m.text, m.kind) for m in taught] == [("bay từ a", "flight"), ("vé bao nhiêu", "airfare")]
    assert [m.kind for m in asked] == ["flight"]


def test_the_general_pipeline_holds_no_label_of_ours() -> None:
    tokenizer, classifier = understanding.general_pipeline()
    assert tokenizer["name"].endswith("WordTokenizer")
    assert classifier["heads"] == {"kind": {"ranking": "kinds"}} and classifier["vocabulary"] == []
    assert "never" not in classifier.get("further", {}) and "nowhere" not in classifier["copies"]


def test_the_same_messages_are_taken_at_each_run() -> None:
    assert understanding.fixed_messages() == understanding.fixed_messages()
