"""Which small words become evidence against a place."""

from nlu.build_ordinary_pairs import ordinary_pairs
from nlu.gazetteer import DATA
from nlu.training import LabelledMessage


def told(*texts: str, place: str | None = None, style: str | None = None) -> list[LabelledMessage]:
    return [LabelledMessage(text=text, kind="phan_anh", place=place, style=style) for text in texts]


def test_a_pair_inside_a_name_counts_when_two_messages_write_it_small() -> None:
    assert ordinary_pairs(told("Nhà tôi có hai cháu nhỏ.", "Tôi gửi hai cháu ở lớp.")) == ["hai cháu"]
    assert ordinary_pairs(told("Nhà tôi có hai cháu nhỏ.")) == []


def test_capitals_the_labelled_place_and_texts_without_capitals_or_marks_do_not_count() -> None:
    assert ordinary_pairs(told("Tôi ở Hải Châu.", "Nhà ở Hải Châu đó.")) == []
    assert ordinary_pairs(told("Tôi ở hải châu đó.", "Nhà ở hải châu đó.", "Ở hải châu đó.", place="hải châu")) == []
    assert ordinary_pairs(told("nhà có hai cháu nhỏ", "tôi gửi hai cháu rồi")) == []
    assert ordinary_pairs(told("Nha co hai chau nho", "Toi gui hai chau roi")) == []


def test_the_shipped_list_knows_everyday_words_and_no_well_known_names() -> None:
    shipped = set((DATA / "ordinary_pairs.txt").read_text(encoding="utf-8").splitlines())
    assert {"hai cháu", "xã trả", "quán ăn"} <= shipped
    assert not {"cần thơ", "đà nẵng", "hải châu", "cầu giấy", "nha trang"} & shipped
