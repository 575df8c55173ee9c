"""Where a denunciation goes when the app is no place for it: a one-time form, and the office's address and phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.actions.standing import Standing
from bot.actions.turn import Call, Reply
from bot.sealing import seal
from bot.texts import Texts
from feedback import offices, secret_forms

HOTLINE = "1022"


@dataclass(frozen=True, slots=True)
class SecretWay:
    """`link` makes the address that a capability opens."""

    texts: Texts
    link: Callable[[str], str]

    def show(self, where: Standing, call: Call, session: Session) -> tuple[Reply, ...]:
        """The way out, and the worker's orders: purge this session, keep nothing more that is written here."""
        token = secret_forms.issue(session, now=call.now)
        text = self.texts.say(
            "to_cao_secure",
            link=self.link(token),
            hours=int(secret_forms.LIFETIME.total_seconds() // 3600),
            office=where.receiver,
            where=self._where(where, session),
        )
        buttons = (self.texts.button("khong_phai_to_cao"), self.texts.button("viec_khac"))
        orders = {"session": "end", "purge": True, "awaiting": seal(call.now + secret_forms.LIFETIME)}
        return Reply(text, buttons), Reply(custom=orders)

    def _where(self, where: Standing, session: Session) -> str:
        address, phone = offices.where_to_go(session, where.route.agency, where.route.unit)
        if address is None and phone is None:
            return self.texts.say("to_cao_where_unknown", hotline=HOTLINE)
        return self.texts.say("to_cao_where", address=address or "chưa có dữ liệu", phone=phone or HOTLINE)
