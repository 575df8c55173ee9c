"""The SMTP client against a mail server on loopback: what it says became of each mail."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from integrations.email.client import SmtpMailer, SmtpServer
from tests.integrations.smtp_sink import SmtpSink


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        yield server


def mailer(sink: SmtpSink, **parts: object) -> SmtpMailer:
    values = {"host": "127.0.0.1", "port": sink.port, "security": "none", "sender": "nhac@langnghe.example"}
    return SmtpMailer(SmtpServer(**{**values, **parts}))  # type: ignore[arg-type]


def test_a_mail_arrives_with_its_vietnamese_whole(sink: SmtpSink) -> None:
    outcome = mailer(sink).send(to="an@xa.example", subject="Lắng Nghe: đến hạn", text="Hạn thứ Ba 15/12/2026.\n")
    assert outcome == ("sent", "")
    [mail] = sink.mails
    assert (mail["To"], mail["From"], mail["Subject"]) == (
        "an@xa.example",
        "nhac@langnghe.example",
        "Lắng Nghe: đến hạn",
    )
    assert mail.get_content().strip() == "Hạn thứ Ba 15/12/2026."
    assert mail["Auto-Submitted"] == "auto-generated" and sink.recipients == ["an@xa.example"]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("busy", ("retry", "smtp_421")),
        ("greylist", ("retry", "smtp_451")),
        ("no_such_user", ("failed", "smtp_550")),
        ("refused_text", ("failed", "smtp_554")),
        ("no_answer", ("unknown", "SMTPServerDisconnected")),
    ],
)
def test_only_a_mail_that_went_out_without_an_answer_is_unknown(
    sink: SmtpSink, fault: str, outcome: tuple[str, str]
) -> None:
    sink.faults.append(fault)
    assert mailer(sink).send(to="an@xa.example", subject="x", text="y") == outcome
    assert sink.mails == []
    assert mailer(sink).send(to="an@xa.example", subject="x", text="y")[0] == "sent"


def test_a_server_that_is_away_is_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        away = SmtpServer(host="127.0.0.1", port=taken.getsockname()[1], security="none", sender="a@b.example")
    assert SmtpMailer(away).send(to="an@xa.example", subject="x", text="y")[0] == "retry"


def test_a_server_without_encryption_gets_no_mail_when_encryption_is_wanted(sink: SmtpSink) -> None:
    assert mailer(sink, security="starttls").send(to="an@xa.example", subject="x", text="y")[0] == "retry"
    assert sink.mails == []


@pytest.mark.parametrize("address", ["an@xa.example\nBcc: kẻ lạ@x.example", "an@xa.example\r\nX: y"])
def test_an_address_cannot_smuggle_a_header(sink: SmtpSink, address: str) -> None:
    assert mailer(sink).send(to=address, subject="x", text="y") == ("failed", "bad_address")
    assert sink.mails == []
