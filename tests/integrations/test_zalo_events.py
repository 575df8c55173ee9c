"""Zalo's events become our events, and nothing that comes in can raise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zalo_fake import APP_ID, CITIZEN, OA_ID, envelope

from integrations.channel import InboundEvent, Location, RemoteFile
from integrations.zalo import parse_event

TO_CITIZEN = {"sender": {"id": OA_ID}, "recipient": {"id": CITIZEN}}


def parsed(event: dict[str, Any]) -> InboundEvent:
    found = parse_event(event, app_id=APP_ID, oa_id=OA_ID)
    assert found is not None
    return found


def attached(name: str, *payloads: dict[str, Any], **message: Any) -> InboundEvent:
    attachments = [{"type": name.removeprefix("user_send_"), "payload": payload} for payload in payloads]
    return parsed(envelope(name, message={"msg_id": "m1", "attachments": attachments, **message}))


def test_a_text_is_a_text_with_all_its_marks() -> None:
    event = envelope("user_send_text", message={"text": "Rác chất đống", "msg_id": "m1"}, timestamp="1790000000123")
    assert parsed(event) == InboundEvent(
        channel="zalo",
        account=OA_ID,
        event_id="user_send_text:m1",
        sender=CITIZEN,
        kind="text",
        text="Rác chất đống",
        provider_message_id="m1",
        sent_at=datetime.fromtimestamp(1_790_000_000.123, UTC),
    )


@pytest.mark.parametrize(
    ("text", "kind", "payload"),
    [
        ("#ln:rate:5", "payload", "rate:5"),
        (" #ln:rate:5 ", "payload", "rate:5"),
        ("#ln:", "text", None),
        ("#ln:hai từ", "text", None),
        ("#ln:" + "x" * 65, "text", None),
        ("#ketxe", "text", None),
        ("5", "text", None),
    ],
)
def test_a_pressed_button_comes_as_text_and_is_told_from_typed_words(text: str, kind: str, payload: str | None) -> None:
    event = parsed(envelope("user_send_text", message={"text": text, "msg_id": "m1"}))
    assert (event.kind, event.payload, event.text) == (kind, payload, text)


@pytest.mark.parametrize(
    ("name", "payload", "file"),
    [
        ("user_send_image", {"url": "https://f.zdn.vn/a.png", "thumbnail": "x"}, ("image.jpg", "image/png")),
        ("user_send_image", {"url": "https://f.zdn.vn/a"}, ("image.jpg", "image/jpeg")),
        ("user_send_image", {"url": "https://f.zdn.vn/a.pdf"}, ("image.jpg", "image/jpeg")),
        ("user_send_gif", {"url": "https://f.zdn.vn/a.gif"}, ("image.gif", "image/gif")),
        ("user_send_video", {"url": "https://f.zdn.vn/a.mp4"}, ("video.mp4", "video/mp4")),
        ("user_send_audio", {"url": "https://f.zdn.vn/a.amr"}, ("audio.amr", "audio/amr")),
        ("user_send_audio", {"url": "https://f.zdn.vn/a.m4a?x=1"}, ("audio.amr", "audio/mp4")),
    ],
)
def test_pictures_and_sound_are_attachments(name: str, payload: dict[str, Any], file: tuple[str, str]) -> None:
    event = attached(name, payload, text="xem giúp")
    assert (event.kind, event.text) == ("attachment", "xem giúp")
    assert event.files == (RemoteFile(payload["url"], *file),)


def test_a_document_keeps_its_name_and_size() -> None:
    payload = {"url": "https://f.zdn.vn/d", "size": "233947", "name": "đơn.pdf", "checksum": "0", "type": "pdf"}
    assert attached("user_send_file", payload).files == (
        RemoteFile("https://f.zdn.vn/d", "đơn.pdf", "application/pdf", 233947),
    )


def test_a_document_without_a_telling_name_is_known_by_its_type() -> None:
    [file] = attached("user_send_file", {"url": "https://f.zdn.vn/d", "name": "đơn", "type": "pdf", "size": "?"}).files
    assert (file.content_type, file.size) == ("application/pdf", None)


def test_several_pictures_are_all_kept() -> None:
    urls = ["https://f.zdn.vn/1.jpg", "https://f.zdn.vn/2.jpg"]
    assert [file.ref for file in attached("user_send_image", *({"url": url} for url in urls)).files] == urls


@pytest.mark.parametrize(
    "name", ["user_send_image", "user_send_file", "user_send_location", "user_send_link", "user_send_text"]
)
def test_a_message_without_its_content_is_unsupported(name: str) -> None:
    assert parsed(envelope(name, message={"msg_id": "m1"})).kind == "unsupported"


@pytest.mark.parametrize(
    "message",
    [
        {"attachments": [{"type": "location", "payload": {"coordinates": {"latitude": "19.8", "longitude": "105.7"}}}]},
        {"attachments": [{"type": "location", "payload": {"latitude": 19.8, "longitude": 105.7}}]},
        {"location": {"latitude": "19.8", "longitude": "105.7"}},
        {"attachments": [{"payload": {"lat": "19.8", "long": "105.7", "address": "x"}}]},
        {"lat": 19.8, "long": 105.7, "address": "x"},
    ],
)
def test_each_form_of_a_location_is_read(message: dict[str, Any]) -> None:
    event = parsed(envelope("user_send_location", message={"msg_id": "m1", **message}))
    assert (event.kind, event.location) == ("location", Location(19.8, 105.7))


@pytest.mark.parametrize("latitude", ["", "x", "nan", "inf", "190", None, True, "1e999"])
def test_an_unreadable_location_is_unsupported(latitude: object) -> None:
    coordinates = {"latitude": latitude, "longitude": "105.7"}
    assert attached("user_send_location", {"coordinates": coordinates}).kind == "unsupported"


def test_a_link_is_its_words_and_address() -> None:
    event = attached("user_send_link", {"description": "Bài báo", "url": "https://example.vn/1", "thumbnail": "x"})
    assert (event.kind, event.text) == ("text", "Bài báo\nhttps://example.vn/1")


@pytest.mark.parametrize("name", ["user_send_sticker", "user_send_business_card", "user_send_hologram", "user_dances"])
def test_what_we_cannot_read_is_unsupported_and_still_stored(name: str) -> None:
    event = attached(name, {"id": "1", "url": "https://f.zdn.vn/s.png"})
    assert (event.kind, event.event_id) == ("unsupported", f"{name}:m1")


@pytest.mark.parametrize("name", ["oa_send_text", "oa_send_image", "oa_send_list", "oa_send_file", "oa_send_future"])
def test_our_own_message_is_an_echo_of_the_citizens_conversation(name: str) -> None:
    event = parsed(envelope(name, **TO_CITIZEN, message={"text": "Đã nhận", "msg_id": "out1"}))
    assert (event.kind, event.sender, event.text, event.provider_message_id) == ("echo", CITIZEN, "Đã nhận", "out1")


@pytest.mark.parametrize("sides", [TO_CITIZEN, {}])
def test_receipts_are_receipts_in_either_direction(sides: dict[str, Any]) -> None:
    received = parsed(envelope("user_received_message", **sides, message={"msg_id": "out1"}))
    seen = parsed(
        envelope("user_seen_message", **sides, message={"msg_ids": ["out1", "out2"]}, timestamp="1790000000123")
    )
    assert [(event.kind, event.sender, event.provider_message_id) for event in (received, seen)] == [
        ("receipt", CITIZEN, "out1"),
        ("receipt", CITIZEN, "out2"),
    ]
    assert seen.event_id == f"user_seen_message:{CITIZEN}:1790000000123"


def test_an_echo_and_its_receipt_are_two_events() -> None:
    names = ("oa_send_text", "user_received_message")
    assert len({parsed(envelope(name, **TO_CITIZEN, message={"msg_id": "out1"})).event_id for name in names}) == 2


@pytest.mark.parametrize(("name", "kind"), [("follow", "started"), ("unfollow", "left")])
def test_following_starts_and_unfollowing_leaves(name: str, kind: str) -> None:
    event = {
        "oa_id": OA_ID,
        "follower": {"id": CITIZEN},
        "user_id_by_app": "1",
        "event_name": name,
        "source": "oa_profile",
        "app_id": APP_ID,
        "timestamp": "1790000000123",
    }
    found = parsed(event)
    assert (found.kind, found.sender, found.event_id) == (kind, CITIZEN, f"{name}:{CITIZEN}:1790000000123")
    assert parse_event({**event, "oa_id": "other"}, app_id=APP_ID, oa_id=OA_ID) is None


@pytest.mark.parametrize(
    "info",
    [
        {"name": "A", "phone": "84950001234", "address": "", "city": "", "district": "", "ward": ""},
        {"name": "A", "phone": "84950001234", "full_address": {"user_city": "", "user_ward": ""}, "gender": "1"},
    ],
)
def test_submitted_info_gives_the_phone_alone(info: dict[str, Any]) -> None:
    event = parsed(envelope("user_submit_info", info=info, timestamp="1790000000123"))
    assert (event.kind, event.phone, event.text) == ("contact", "0950001234", None)
    assert event.event_id == f"user_submit_info:{CITIZEN}:1790000000123"


@pytest.mark.parametrize(
    "event",
    [
        envelope("user_send_text", app_id="other", message={"text": "x", "msg_id": "m"}),
        envelope("user_send_text", recipient={"id": "other"}, message={"text": "x", "msg_id": "m"}),
        envelope(
            "oa_send_text", recipient={"id": CITIZEN}, sender={"id": "other"}, message={"text": "x", "msg_id": "m"}
        ),
        {"app_id": APP_ID, "oa_id": OA_ID, "event_name": "add_user_to_tag", "tag": {"user_ids": [CITIZEN]}},
        {"anonymous_id": "a", "conversation_id": "c", "event_name": "anonymous_send_text", "app_id": APP_ID},
        {"app_id": APP_ID},
        {},
    ],
)
def test_what_does_not_concern_us_is_none(event: dict[str, Any]) -> None:
    assert parse_event(event, app_id=APP_ID, oa_id=OA_ID) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
_NAMES = st.sampled_from(
    [
        "user_send_text",
        "user_send_image",
        "user_send_file",
        "user_send_location",
        "user_seen_message",
        "follow",
        "user_submit_info",
    ]
)
_MESSAGES = st.dictionaries(
    st.sampled_from(["text", "msg_id", "msg_ids", "attachments", "location", "lat", "long"]), _JSON
)
_FIELDS = st.dictionaries(st.sampled_from(["sender", "follower", "info", "timestamp", "message", "app_id"]), _JSON)


@given(_NAMES, _MESSAGES, _FIELDS)
def test_no_odd_event_raises(name: str, message: dict[str, Any], fields: dict[str, Any]) -> None:
    parse_event(envelope(name, **{"message": message, **fields}), app_id=APP_ID, oa_id=OA_ID)


@given(_NAMES, st.text(max_size=12))
def test_no_odd_address_raises(name: str, url: str) -> None:
    payload = {"type": name, "payload": {"url": "https://" + url}}
    parse_event(envelope(name, message={"msg_id": "m", "attachments": [payload]}), app_id=APP_ID, oa_id=OA_ID)
