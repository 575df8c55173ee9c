"""Only bytes that Zalo signed for our app get in."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta

import pytest
from zalo_fake import APP_ID, OA_SECRET, envelope, packed, signed

from integrations.channel import InvalidSignature
from integrations.zalo import SETUP_HELP, is_console_check, verify

EVENT = envelope("user_send_text", message={"text": "Ngõ 5 ngập từ sáng", "msg_id": "m1"})


def check(raw: bytes, headers: dict[str, str], *, app_id: str = APP_ID, secret: str = OA_SECRET) -> dict[str, object]:
    return verify(raw, headers, app_id=app_id, secret=secret)


@pytest.mark.parametrize("style", ["compact", "spaced", "ascii"])
@pytest.mark.parametrize("how", ["good", "bare"])
def test_a_good_signature_passes_however_the_body_is_written(style: str, how: str) -> None:
    assert check(*signed(EVENT, style=style, how=how)) == EVENT


@pytest.mark.parametrize("how", ["bad", "missing", "hmac", "app_secret", "tampered"])
@pytest.mark.parametrize("style", ["compact", "spaced"])
def test_any_other_signature_is_refused(how: str, style: str) -> None:
    with pytest.raises(InvalidSignature):
        check(*signed(EVENT, how=how, style=style))


def test_header_names_may_be_in_any_case() -> None:
    raw, headers = signed(EVENT)
    assert check(raw, {name.lower(): value for name, value in headers.items()}) == EVENT


def test_a_body_written_anew_is_refused() -> None:
    _, headers = signed(EVENT, style="spaced")
    with pytest.raises(InvalidSignature):
        check(packed(EVENT), headers)


def test_the_timestamp_header_must_agree_when_it_is_there() -> None:
    raw, headers = signed(EVENT)
    assert check(raw, {**headers, "X-ZEvent-Timestamp": EVENT["timestamp"]}) == EVENT
    with pytest.raises(InvalidSignature, match="differ"):
        check(raw, {**headers, "X-ZEvent-Timestamp": "1"})


@pytest.mark.parametrize(("app_id", "secret"), [("", OA_SECRET), (APP_ID, ""), ("4100000000000000009", OA_SECRET)])
def test_without_the_right_settings_nobody_gets_in(app_id: str, secret: str) -> None:
    with pytest.raises(InvalidSignature):
        check(*signed(EVENT), app_id=app_id, secret=secret)


def test_a_signature_made_with_an_empty_secret_is_no_key() -> None:
    raw = packed(EVENT)
    forged = hashlib.sha256(APP_ID.encode() + raw + EVENT["timestamp"].encode()).hexdigest()
    with pytest.raises(InvalidSignature):
        check(raw, {"X-ZEvent-Signature": f"mac={forged}"}, secret="")


@pytest.mark.parametrize("signature", ["mac=", "", "mac=có dấu", "mac=\ud800", "x" * 10_000])
def test_an_odd_signature_is_refused_and_does_not_crash(signature: str) -> None:
    raw, _ = signed(EVENT)
    with pytest.raises(InvalidSignature):
        check(raw, {"X-ZEvent-Signature": signature})


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"timestamp": true}',
        b'{"timestamp": "' + "١٧٩٠٠٠٠٠٠٠٠٠٠".encode() + b'"}',
        b'{"timestamp": ' + b"9" * 5000 + b"}",
        b" " * (300 * 1024),
    ],
)
def test_an_odd_body_is_refused_and_does_not_crash(raw: bytes) -> None:
    with pytest.raises(InvalidSignature):
        check(raw, {"X-ZEvent-Signature": "mac=" + "0" * 64})


@pytest.mark.parametrize(("minutes", "passes"), [(0, True), (112, True), (179, True), (181, False), (-181, False)])
def test_zalos_whole_retry_ladder_fits_and_older_events_do_not(minutes: int, passes: bool) -> None:
    old = {**EVENT, "timestamp": str(int((time.time() - minutes * 60) * 1000))}
    if passes:
        assert check(*signed(old)) == old
    else:
        with pytest.raises(InvalidSignature, match="old"):
            check(*signed(old))


def test_the_age_limit_can_be_widened_but_not_narrowed() -> None:
    old = {**EVENT, "timestamp": str(int((time.time() - 2 * 3600) * 1000))}
    raw, headers = signed(old)
    assert verify(raw, headers, app_id=APP_ID, secret=OA_SECRET, max_age=timedelta(minutes=5)) == old
    later = time.time() + 20 * 3600
    assert verify(raw, headers, app_id=APP_ID, secret=OA_SECRET, max_age=timedelta(days=1), now=later) == old


@pytest.mark.parametrize(
    ("raw", "answer"), [(b"{}", True), (b" { }\r\n", True), (b"[]", False), (b"", False), (b'{"a":1}', False)]
)
def test_the_console_check_is_an_empty_object(raw: bytes, answer: bool) -> None:
    assert is_console_check(raw) is answer


def test_the_help_names_the_webhook_and_its_key() -> None:
    assert "/webhooks/zalo" in SETUP_HELP and "OA Secret Key" in SETUP_HELP
