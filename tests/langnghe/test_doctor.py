"""What `langnghe doctor` says of mail and of the law data."""

from __future__ import annotations

from langnghe.commands.doctor import _email, _law
from langnghe.settings import Settings


def test_mail_is_off_half_set_up_or_ready() -> None:
    verdicts = [
        _email(Settings(smtp_host=host, smtp_sender=sender)).verdict
        for host, sender in (("", ""), ("mail.example", ""), ("mail.example", "nhac@langnghe.example"))
    ]
    assert verdicts == ["off", "bad", "ok"]


def test_a_wrong_choice_of_the_calendar_is_found() -> None:
    assert _law(Settings(calendar_choices="tet_2027=nonsense")).verdict == "bad"
    assert _law(Settings(calendar_choices="nonsense")).verdict == "bad"
    assert _law(Settings()).verdict in ("ok", "off")
