"""Channels by the names that people know."""

from __future__ import annotations

import pytest

from feedback.channels import AT_THE_COUNTER, CHANNELS, channel_words


@pytest.mark.parametrize(
    ("channel", "words"),
    [("webchat", "trang web"), ("zalo", "Zalo"), ("dien_thoai", "điện thoại"), ("quoc_gia", "quoc_gia")],
)
def test_a_channel_within_a_sentence(channel: str, words: str) -> None:
    assert channel_words(channel) == words


def test_what_an_officer_enters_is_among_the_channels() -> None:
    assert set(AT_THE_COUNTER) < set(CHANNELS)
