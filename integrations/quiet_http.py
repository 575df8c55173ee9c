"""Keeps HTTP libraries from writing addresses, tokens and citizens' texts into the log."""

import logging

_TALKATIVE = ("httpx", "httpcore", "telegram")


def silence_http_logs() -> None:
    """Raise the level of the HTTP loggers to WARNING.

    httpx logs each URL at INFO (Telegram's contain the bot token), httpcore logs headers and python-telegram-bot
    logs message texts at DEBUG. Clients call this when they are made, so a program cannot forget it.
    """
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        if logger.getEffectiveLevel() < logging.WARNING or logger.level == logging.NOTSET:
            logger.setLevel(logging.WARNING)
