"""A mail server on loopback that keeps what it is given, and can be told to misbehave."""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


@dataclass
class SmtpSink:
    """`faults` are taken one for each connection; none means that all is well.

    "busy" (421 at RCPT), "greylist" (451), "no_such_user" (550), "refused_text" (554 after the text), "no_answer" (the
    line drops after the text).
    """

    faults: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> SmtpSink:
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _serve(self, sink)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _serve(handler: Any, sink: SmtpSink) -> None:
    fault = sink.faults.pop(0) if sink.faults else ""

    def say(line: str) -> None:
        handler.wfile.write(f"{line}\r\n".encode())

    say("220 sink")
    to = ""
    while line := handler.rfile.readline():
        verb = line.decode().strip()
        word = verb.split(":")[0].split(" ")[0].upper()
        if word in ("EHLO", "HELO"):
            say("250 sink")
        elif word == "MAIL":
            say("250 ok")
        elif word == "RCPT":
            to = verb.split("<")[1].split(">")[0]
            answers = {"busy": "421 busy", "greylist": "451 later", "no_such_user": "550 no such user"}
            say(answers.get(fault, "250 ok"))
        elif word == "DATA":
            say("354 go on")
            text = _read_text(handler)
            if fault == "no_answer":
                return
            if fault == "refused_text":
                say("554 spam")
                continue
            sink.mails.append(message_from_bytes(text, policy=policy.default))  # type: ignore[arg-type]
            sink.recipients.append(to)
            say("250 taken")
        elif word == "QUIT":
            say("221 bye")
            return
        else:
            say("250 ok")


def _read_text(handler: Any) -> bytes:
    lines = []
    while (line := handler.rfile.readline()) not in (b".\r\n", b""):
        lines.append(line)
    return b"".join(lines)
