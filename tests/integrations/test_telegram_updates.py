"""Raw Telegram updates become our events, and nothing that comes in can raise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.channel import InboundEvent, InvalidSignature, Location, RemoteFile
from integrations.telegram import SETUP_HELP, bot_id_of, next_offset, parse_update, verify_secret

USER = 5001


def update(field: str = "message", **content: Any) -> dict[str, Any]:
    message = {
        "message_id": 7,
        "from": {"id": USER, "is_bot": False, "first_name": "Công dân"},
        "chat": {"id": USER, "type": "private"},
        "date": 1_790_000_000,
        **content,
    }
    return {"update_id": 42, field: message}


def parsed(raw: dict[str, Any]) -> InboundEvent:
    event = parse_update(raw, bot_id="9")
    assert event is not None
    return event


def test_a_text_is_a_text_with_all_its_marks() -> None:
    event = parsed(update(text="Đường hỏng ạ"))
    assert event == InboundEvent(
        channel="telegram",
        account="9",
        event_id="42",
        sender=str(USER),
        kind="text",
        text="Đường hỏng ạ",
        provider_message_id="7",
        sent_at=datetime.fromtimestamp(1_790_000_000, UTC),
    )


@pytest.mark.parametrize(
    ("text", "kind", "payload"),
    [
        ("/start", "started", None),
        ("/start qr_16279", "started", "qr_16279"),
        ("/start@lang_nghe_bot", "started", None),
        ("/started hôm qua", "text", None),
        ("/restart", "text", None),
    ],
)
def test_only_the_start_command_starts(text: str, kind: str, payload: str | None) -> None:
    event = parsed(update(text=text))
    assert (event.kind, event.payload) == (kind, payload)


def test_an_edited_text_is_a_new_event_about_the_same_message() -> None:
    event = parsed(update("edited_message", text="ý lộn, phường Hạc Thành", edit_date=1_790_000_060))
    assert (event.kind, event.event_id, event.provider_message_id) == ("text", "42", "7")
    assert event.sent_at == datetime.fromtimestamp(1_790_000_060, UTC)


def test_a_moving_live_location_does_not_flood_the_inbox() -> None:
    assert parse_update(update("edited_message", location={"latitude": 1.0, "longitude": 2.0}), bot_id="9") is None


def test_a_pressed_button_gives_its_payload_and_the_id_to_answer() -> None:
    query = {"id": "881", "from": {"id": USER}, "message": update()["message"], "data": "rate:5"}
    event = parsed({"update_id": 43, "callback_query": query})
    assert (event.kind, event.payload, event.provider_message_id, event.sender) == (
        "payload",
        "rate:5",
        "881",
        str(USER),
    )
    assert event.text is None


def test_a_location_is_a_point() -> None:
    event = parsed(update(location={"latitude": 19.807, "longitude": 105.776}))
    assert (event.kind, event.location) == ("location", Location(19.807, 105.776))


@pytest.mark.parametrize("point", [{"latitude": 91, "longitude": 0}, {"latitude": float("nan"), "longitude": 0}, {}])
def test_a_point_outside_the_earth_is_unsupported(point: dict[str, Any]) -> None:
    assert parsed(update(location=point)).kind == "unsupported"


@pytest.mark.parametrize(
    ("content", "file"),
    [
        (
            {"photo": [{"file_id": "small"}, {"file_id": "large", "file_size": 900}]},
            RemoteFile("large", "photo.jpg", "image/jpeg", 900),
        ),
        (
            {"document": {"file_id": "d", "file_name": "đơn.pdf", "mime_type": "application/pdf", "file_size": 5}},
            RemoteFile("d", "đơn.pdf", "application/pdf", 5),
        ),
        ({"document": {"file_id": "d", "file_name": "đơn.PDF"}}, RemoteFile("d", "đơn.PDF", "application/pdf")),
        ({"voice": {"file_id": "v", "mime_type": "audio/ogg"}}, RemoteFile("v", "voice.ogg", "audio/ogg")),
        ({"video": {"file_id": "m"}}, RemoteFile("m", "video.mp4", "video/mp4")),
    ],
)
def test_a_file_is_an_attachment_with_its_caption(content: dict[str, Any], file: RemoteFile) -> None:
    event = parsed(update(caption="ảnh đây", **content))
    assert (event.kind, event.files, event.text) == ("attachment", (file,), "ảnh đây")


def test_the_largest_photo_counts_and_an_empty_list_is_unsupported() -> None:
    assert parsed(update(photo=[])).kind == "unsupported"


def test_the_senders_own_contact_gives_the_phone() -> None:
    event = parsed(update(contact={"phone_number": "84950001234", "user_id": USER}))
    assert (event.kind, event.phone) == ("contact", "0950001234")


@pytest.mark.parametrize("contact", [{"phone_number": "84950001234", "user_id": 1}, {"phone_number": "84950001234"}])
def test_somebody_elses_contact_gives_no_phone(contact: dict[str, Any]) -> None:
    event = parsed(update(contact=contact))
    assert (event.kind, event.phone) == ("unsupported", None)


def test_a_sticker_is_unsupported() -> None:
    assert parsed(update(sticker={"file_id": "s"})).kind == "unsupported"


def test_a_citizen_who_blocks_the_bot_has_left() -> None:
    assert parsed(update("my_chat_member", new_chat_member={"status": "kicked"})).kind == "left"
    assert parse_update(update("my_chat_member", new_chat_member={"status": "member"}), bot_id="9") is None


@pytest.mark.parametrize(
    "raw",
    [
        update(text="cả nhóm ơi", chat={"id": -100, "type": "supergroup"}),
        {"update_id": 1, "message": {**update(text="x")["message"], "from": {"id": 3, "is_bot": True}}},
        update(pinned_message={}),
        {"update_id": 1, "channel_post": {"text": "x"}},
        {"update_id": 1},
        {"update_id": "1", "message": {}},
        {"update_id": 1, "message": "odd"},
        {},
    ],
)
def test_what_does_not_concern_us_is_none(raw: dict[str, Any]) -> None:
    assert parse_update(raw, bot_id="9") is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
_FIELDS = ("text", "photo", "document", "location", "contact", "chat", "from", "date", "message_id", "caption", "voice")


@given(
    st.dictionaries(st.sampled_from(_FIELDS), _JSON), st.sampled_from(["message", "edited_message", "callback_query"])
)
def test_no_odd_update_raises(odd: dict[str, Any], field: str) -> None:
    parse_update(update(field, **odd), bot_id="9")


def test_the_next_offset_confirms_the_whole_batch_and_no_more() -> None:
    assert next_offset([{"update_id": 8}, {"update_id": 7}]) == 9
    assert next_offset([], offset=5) == 5
    assert next_offset([]) is None


def test_the_right_secret_passes() -> None:
    verify_secret("s3cret_-", "s3cret_-")


@pytest.mark.parametrize(
    ("header", "secret"),
    [
        ("wrong", "right"),
        (None, "right"),
        ("", "right"),
        ("", ""),
        (None, ""),
        ("right ", "right"),
        ("bí mật", "bi_mat"),
        ("có dấu", "có dấu"),
    ],
)
def test_any_other_secret_is_refused(header: str | None, secret: str) -> None:
    with pytest.raises(InvalidSignature):
        verify_secret(header, secret)


def test_the_bot_id_is_the_head_of_the_token() -> None:
    assert bot_id_of("7000000001:AAFakeTokenForTests_-") == "7000000001"


@pytest.mark.parametrize("token", ["", "abc", "123", "123:", "x:AAFakeTokenForTests", "7000000001:có dấu tiếng Việt"])
def test_a_wrong_token_is_told_before_any_call(token: str) -> None:
    with pytest.raises(ValueError, match="not a Telegram bot token"):
        bot_id_of(token)


def test_the_help_names_the_place_where_tokens_are_made() -> None:
    assert "@BotFather" in SETUP_HELP
