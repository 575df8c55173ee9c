"""The facts of a matter are derived in one place: regime, field and signals from labels and words."""

from feedback.assessment import Matter, assess


def test_the_regime_follows_the_table_and_the_topic_brings_its_field() -> None:
    facts = assess(Matter(kind="phan_anh", text="Đèn đường tắt cả tuần", topic="ha_tang", problem="ha_tang"))
    assert (facts.regime, facts.field) == ("hien_truong", "giao_thong")


def test_a_field_that_is_known_is_not_replaced_by_the_topics() -> None:
    assert assess(Matter(kind="phan_anh", text="...", field="khac", topic="ha_tang")).field == "khac"


def test_the_words_have_their_signals_read_once_for_regime_and_route() -> None:
    facts = assess(
        Matter(kind="phan_anh", text="Cán bộ một cửa phường đòi phong bì mới nhận hồ sơ", problem="nhung_nhieu")
    )
    assert facts.signals and facts.regime == "pakn_hanh_vi"


def test_a_regime_that_somebody_settled_stands() -> None:
    assert (
        assess(Matter(kind="phan_anh", text="Đèn đường tắt", topic="ha_tang"), regime="pakn_qdhc").regime == "pakn_qdhc"
    )
