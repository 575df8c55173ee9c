"""An SMTP client that says what became of each mail: sent, to be tried again, refused, or unknown."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Literal

Outcome = Literal["sent", "retry", "failed", "unknown"]
PERMANENT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where mail is handed over. `security`: starttls, tls or none (a relay on this machine)."""

    host: str
    port: int = 587
    security: str = "starttls"
    username: str = ""
    password: str = ""
    sender: str = ""
    timeout: float = 20.0


class SmtpMailer:
    """One connection for each mail: reminders are few, and a fresh connection has no past."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    def send(self, *, to: str, subject: str, text: str) -> tuple[Outcome, str]:
        """(what became of it, the reason). Only a mail whose text went out without an answer is unknown."""
        try:
            letter = self._letter(to, subject, text)
        except ValueError:
            return "failed", "bad_address"
        try:
            smtp = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            return "retry", type(error).__name__
        try:
            return self._hand_over(smtp, to, letter)
        finally:
            _hang_up(smtp)

    def _letter(self, to: str, subject: str, text: str) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = self._server.sender, to, subject
        letter["Date"], letter["Message-ID"] = formatdate(localtime=False), make_msgid(domain="lang-nghe")
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text, charset="utf-8", cte="base64")
        return letter

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        context = ssl.create_default_context()
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        try:
            smtp.ehlo()
            if server.security == "starttls":
                smtp.starttls(context=context)
                smtp.ehlo()
            if server.username:
                smtp.login(server.username, server.password)
        except (OSError, smtplib.SMTPException):
            smtp.close()
            raise
        return smtp

    def _hand_over(self, smtp: smtplib.SMTP, to: str, letter: EmailMessage) -> tuple[Outcome, str]:
        try:
            for code, _ in (smtp.mail(self._server.sender), smtp.rcpt(to)):
                if code >= 400:
                    return _refused(code)
        except (OSError, smtplib.SMTPException) as error:
            return "retry", type(error).__name__
        try:
            code, _ = smtp.data(letter.as_bytes())
        except smtplib.SMTPDataError as error:
            return _refused(int(error.smtp_code))
        except (OSError, smtplib.SMTPException) as error:
            return "unknown", type(error).__name__
        return ("sent", "") if code < 400 else _refused(code)


def _refused(code: int) -> tuple[Outcome, str]:
    return ("failed" if code >= PERMANENT else "retry"), f"smtp_{code}"


def _hang_up(smtp: smtplib.SMTP) -> None:
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()
