"""The Zalo client's sends against an OA server on loopback."""

from __future__ import annotations

import logging
import unicodedata
from typing import Any

import pytest
from loopback import PDF, PNG, free_port
from zalo_fake import CITIZEN, OA_ID, ZaloFake

from integrations.channel import Button, OutgoingFile, OutgoingMessage, TransportError
from integrations.zalo.client import ZaloClient
from integrations.zalo.errors import OPERATOR_CODES
from integrations.zalo.oauth import App
from integrations.zalo.tokens import MemoryTokenStore

HELLO = OutgoingMessage("Chào anh/chị")
RATES = tuple(Button(str(n), f"rate:{n}") for n in range(1, 6))


async def failure(client: ZaloClient, message: OutgoingMessage = HELLO, to: str = CITIZEN) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await client.send(to, message)
    return caught.value


async def test_a_text_arrives_and_tells_what_is_left_of_the_quota(zalo: ZaloFake, zalo_client: ZaloClient) -> None:
    sent = await zalo_client.send(CITIZEN, HELLO)
    assert zalo.sent == [
        {"message_id": sent.provider_message_id, "user_id": CITIZEN, "message": {"text": "Chào anh/chị"}}
    ]
    assert sent.quota_left == 7


async def test_buttons_are_hidden_queries_with_our_mark(zalo: ZaloFake, zalo_client: ZaloClient) -> None:
    await zalo_client.send(CITIZEN, OutgoingMessage("Hài lòng không?", RATES))
    buttons = zalo.sent[0]["message"]["attachment"]["payload"]["buttons"]
    assert buttons[4] == {"title": "5", "type": "oa.query.hide", "payload": "#ln:rate:5"}


async def test_more_than_five_choices_become_numbered_lines(zalo: ZaloFake, zalo_client: ZaloClient) -> None:
    buttons = (*RATES, Button("Bỏ qua", "skip"))
    await zalo_client.send(CITIZEN, OutgoingMessage("Hài lòng không?", buttons))
    [message] = [sent["message"] for sent in zalo.sent]
    assert message == {"text": "Hài lòng không?\n1. 1\n2. 2\n3. 3\n4. 4\n5. 5\n6. Bỏ qua"}


async def test_with_buttons_switched_off_choices_are_numbered_lines(
    zalo: ZaloFake, zalo_url: str, app: App, store: MemoryTokenStore
) -> None:
    client = ZaloClient(app, store, base_url=zalo_url, buttons=False)
    await client.send(CITIZEN, OutgoingMessage("Đúng không?", (Button("Đúng rồi", "yes"), Button("Chưa đúng", "no"))))
    await client.aclose()
    assert zalo.sent[0]["message"] == {"text": "Đúng không?\n1. Đúng rồi\n2. Chưa đúng"}


async def test_length_is_measured_after_composing(zalo: ZaloFake, zalo_client: ZaloClient) -> None:
    await zalo_client.send(CITIZEN, OutgoingMessage(unicodedata.normalize("NFD", "ề" * 700)))
    assert [sent["message"]["text"] for sent in zalo.sent] == ["ề" * 700]


async def test_a_long_text_goes_out_in_parts_with_the_buttons_last(zalo: ZaloFake, zalo_client: ZaloClient) -> None:
    await zalo_client.send(CITIZEN, OutgoingMessage("Một câu dài. " * 300, RATES))
    messages = [sent["message"] for sent in zalo.sent]
    assert all(len(message["text"]) <= 2000 for message in messages)
    assert ["attachment" in message for message in messages] == [False, True]


async def test_one_picture_shares_the_message_with_its_text(zalo: ZaloFake, zalo_client: ZaloClient) -> None:
    await zalo_client.send(CITIZEN, OutgoingMessage("Đã sửa xong", files=(OutgoingFile("a.png", "image/png", PNG),)))
    [message] = [sent["message"] for sent in zalo.sent]
    assert message["text"] == "Đã sửa xong"
    assert message["attachment"]["payload"]["elements"] == [{"media_type": "image", "attachment_id": "asset-0"}]


async def test_a_document_follows_the_text(zalo: ZaloFake, zalo_client: ZaloClient) -> None:
    file = OutgoingFile("trả lời.pdf", "application/pdf", PDF)
    await zalo_client.send(CITIZEN, OutgoingMessage("Văn bản trả lời", files=(file,)))
    assert [sent["message"] for sent in zalo.sent] == [
        {"text": "Văn bản trả lời"},
        {"attachment": {"type": "file", "payload": {"token": "asset-0"}}},
    ]
    assert zalo.uploads == {"asset-0": "trả lời.pdf"}


@pytest.mark.parametrize(
    "file",
    [
        OutgoingFile("a.png", "image/png", b"x" * ((1 << 20) + 1)),
        OutgoingFile("a.pdf", "application/pdf", b"x" * ((5 << 20) + 1)),
        OutgoingFile("a.exe", "application/octet-stream", b"MZ"),
    ],
)
async def test_a_file_that_zalo_does_not_take_stops_the_message_before_it_begins(
    file: OutgoingFile, zalo: ZaloFake, zalo_client: ZaloClient
) -> None:
    error = await failure(zalo_client, OutgoingMessage("Trả lời", files=(file,)))
    assert (error.code, error.permanent, zalo.sent) == ("file_not_accepted", True, [])


@pytest.mark.parametrize(
    "message",
    [
        OutgoingMessage(""),
        OutgoingMessage(" \n "),
        OutgoingMessage("", RATES),
        OutgoingMessage("x", (Button("a", ""),)),
        OutgoingMessage("x", (Button("a", "có dấu"),)),
        OutgoingMessage("x", (Button("a", "b" * 65),)),
        OutgoingMessage("Một câu dài. " * 300, (Button("a", ""),)),
    ],
)
async def test_a_message_that_cannot_be_laid_out_is_a_permanent_error(
    message: OutgoingMessage, zalo: ZaloFake, zalo_client: ZaloClient
) -> None:
    assert (await failure(zalo_client, message)).permanent
    assert zalo.sent == []


@pytest.mark.parametrize(
    ("code", "permanent", "retry_after"),
    [
        *((code, True, None) for code in (-213, -217, -227, -230, -232, -244)),
        *((code, True, None) for code in (-201, -210, -233, -240, -242, -100)),
        *((code, False, 900.0) for code in (-204, -205, -209, -212, -219, -221, -223, -224, -320, -321)),
        *((code, False, 3600.0) for code in (-211, -218, -311, -305)),
        (-32, False, 60.0),
        (-200, False, 30.0),
        (-99999, False, None),
    ],
)
async def test_each_error_of_zalo_has_its_meaning(
    code: int, permanent: bool, retry_after: float | None, zalo: ZaloFake, zalo_client: ZaloClient
) -> None:
    zalo.faults.plan(path="message/cs", answer={"error": code, "message": "x"})
    error = await failure(zalo_client)
    assert (error.code, error.permanent, error.retry_after) == (str(code), permanent, retry_after)
    assert not error.ambiguous
    assert (str(code) in OPERATOR_CODES) is (retry_after == 900.0)


async def test_a_citizen_who_restricted_us_or_is_silent_is_permanent(zalo: ZaloFake, zalo_client: ZaloClient) -> None:
    zalo.blocked.add(CITIZEN)
    assert (await failure(zalo_client)).code == "-244"
    zalo.blocked.clear()
    zalo.silent.add(CITIZEN)
    assert (await failure(zalo_client)).code == "-230"
    assert (await failure(zalo_client, to="nobody")).permanent


@pytest.mark.parametrize(
    ("fault", "carried_out"),
    [
        ({"drop": "after"}, 1),
        ({"drop": "before"}, 0),
        ({"delay": 1.0}, 1),
        ({"status": 502}, 0),
        ({"status": 200, "body": "<html>"}, 0),
        ({"status": 503, "answer": {"oops": 1}}, 0),
    ],
)
async def test_an_outcome_that_cannot_be_known_is_ambiguous_and_sent_once(
    fault: dict[str, Any], carried_out: int, zalo: ZaloFake, zalo_client: ZaloClient
) -> None:
    zalo.faults.plan(path="message/cs", **fault)
    error = await failure(zalo_client)
    assert (error.ambiguous, error.permanent) == (True, False)
    assert len(zalo.sent) == carried_out


@pytest.mark.parametrize("status", [301, 403, 404, 429])
async def test_a_gateways_refusal_is_temporary(status: int, zalo: ZaloFake, zalo_client: ZaloClient) -> None:
    zalo.faults.plan(path="message/cs", status=status)
    error = await failure(zalo_client)
    assert (error.code, error.ambiguous, error.permanent) == (f"http_{status}", False, False)


async def test_a_5xx_with_zalos_own_error_is_its_word(zalo: ZaloFake, zalo_client: ZaloClient) -> None:
    zalo.faults.plan(path="message/cs", status=500, answer={"error": -200, "message": "Send message failed"})
    error = await failure(zalo_client)
    assert (error.code, error.ambiguous) == ("-200", False)


async def test_a_server_that_is_not_there_is_temporary(app: App, store: MemoryTokenStore) -> None:
    client = ZaloClient(app, store, base_url=f"http://127.0.0.1:{await free_port()}", timeout=0.4)
    error = await failure(client)
    await client.aclose()
    assert (error.code, error.ambiguous, error.permanent) == ("connect", False, False)


async def test_an_upload_that_fails_is_never_ambiguous(zalo: ZaloFake, zalo_client: ZaloClient) -> None:
    zalo.faults.plan(path="upload", drop="after")
    error = await failure(zalo_client, OutgoingMessage("", files=(OutgoingFile("a.pdf", "application/pdf", PDF),)))
    assert (error.ambiguous, error.permanent, zalo.sent) == (False, False, [])


async def test_a_message_that_went_out_in_part_is_ambiguous(zalo: ZaloFake, zalo_client: ZaloClient) -> None:
    zalo.faults.plan(path="message/cs", skip=1, answer={"error": -230})
    error = await failure(zalo_client, OutgoingMessage("Một câu dài. " * 300))
    assert (error.code, error.ambiguous, len(zalo.sent)) == ("partial_-230", True, 1)


async def test_me_is_the_account_of_the_token(zalo_client: ZaloClient) -> None:
    assert (await zalo_client.me()).id == OA_ID


async def test_neither_tokens_nor_texts_reach_the_log_or_the_error(
    zalo: ZaloFake, zalo_client: ZaloClient, app: App, store: MemoryTokenStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    zalo.access = "AT-other"
    zalo.faults.plan(path="message/cs", skip=1, status=502, body="chuyện riêng")
    error = await failure(zalo_client, OutgoingMessage("chuyện riêng"))
    told = (
        caplog.text + repr(error) + str(error) + error.detail + repr(error.__cause__) + repr(app) + repr(store.tokens)
    )
    assert not [secret for secret in ("AT-", "RT-", app.secret, "chuyện riêng", CITIZEN) if secret in told]
