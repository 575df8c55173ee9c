"""A Telegram Bot API server on loopback: what our client uses of it, with Telegram's refusals and planned faults.

Not covered: groups, payments, real limits on size. By hand: `python telegram_fake.py`, then speak as a citizen with
POST /_fake/text {"user_id", "text"} and read GET /_fake/state.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Iterable
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from loopback import Faults

TOKEN = "7000000001:AAFakeTokenForTestsOnly_0123456789abc"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Refusal(Exception):
    """An answer {"ok": false} with Telegram's status and words."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


class TelegramFake:
    """One bot, its citizens, its updates and all that it sent."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token, self.bot_id = token, int(token.partition(":")[0])
        self.faults = Faults()
        self.updates: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self.answered: list[dict[str, Any]] = []
        self.deliveries: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        self.citizens: set[int] = set()
        self.blocked: set[int] = set()
        self.open_queries: set[str] = set()
        self.webhook: dict[str, Any] = {}
        self.retry_waits: tuple[float, ...] = (0.01, 0.02, 0.04)
        self._next_update, self._next_message = 100_000_001, 1
        self._arrived = asyncio.Condition()

    # -- what citizens do ---------------------------------------------------------------------------------------

    async def write(self, user_id: int, **content: Any) -> dict[str, Any]:
        """A private message with the given fields (`text=...`, `location=...`); the raw update."""
        return await self._arrive(message=self._message(user_id, **content))

    async def edit(self, user_id: int, message_id: int, **content: Any) -> dict[str, Any]:
        message = {**self._message(user_id, **content), "message_id": message_id, "edit_date": int(time.time())}
        return await self._arrive(edited_message=message)

    async def press(self, user_id: int, data: str) -> dict[str, Any]:
        query = f"{user_id}{self._next_update}"
        self.open_queries.add(query)
        shown = {**self._message(user_id, text="?"), "from": self._me()}
        return await self._arrive(
            callback_query={"id": query, "from": person(user_id), "message": shown, "chat_instance": "1", "data": data}
        )

    def store_file(self, file_id: str, data: bytes, *, path: str = "photos/file_1.jpg") -> None:
        self.files[file_id] = (path, data)

    async def _arrive(self, **content: Any) -> dict[str, Any]:
        update = {"update_id": self._next_update, **content}
        self._next_update += 1
        self.updates.append(update)
        async with self._arrived:
            self._arrived.notify_all()
        return update

    def _message(self, user_id: int, **content: Any) -> dict[str, Any]:
        self.citizens.add(user_id)
        self._next_message += 1
        chat = {"id": user_id, "type": "private", "first_name": "Công dân"}
        head = {"message_id": self._next_message, "from": person(user_id), "chat": chat, "date": int(time.time())}
        return {**head, **content}

    # -- webhook ------------------------------------------------------------------------------------------------

    async def deliver(self, updates: Iterable[dict[str, Any]] | None = None) -> None:
        """Post what is waiting to the webhook, in order, each until it is taken or the retries are used up."""
        headers = {SECRET_HEADER: self.webhook["secret_token"]} if self.webhook.get("secret_token") else {}
        async with ClientSession(timeout=ClientTimeout(total=5)) as session:
            for update in list(self.updates if updates is None else updates):
                statuses = await self._post_until_taken(session, update, headers)
                self.deliveries.append({"update_id": update["update_id"], "statuses": statuses})
                if statuses[-1] == 200 and update in self.updates:
                    self.updates.remove(update)

    async def _post_until_taken(
        self, session: ClientSession, update: dict[str, Any], headers: dict[str, str]
    ) -> list[int]:
        statuses = []
        for wait in (0.0, *self.retry_waits):
            await asyncio.sleep(wait)
            try:
                async with session.post(self.webhook["url"], json=update, headers=headers) as answer:
                    statuses.append(answer.status)
            except (ClientError, TimeoutError):
                statuses.append(0)
            if statuses[-1] == 200:
                break
        return statuses

    # -- Bot API ------------------------------------------------------------------------------------------------

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self.faults.middleware()], client_max_size=60 << 20)
        app.add_routes(
            [
                web.post("/bot{token}/{method}", self._api),
                web.get("/file/bot{token}/{path:.+}", self._download),
                web.post("/_fake/text", self._control_text),
                web.get("/_fake/state", self._control_state),
            ]
        )
        return app

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.calls.append(method)
        try:
            if request.match_info["token"] != self.token:
                raise Refusal(401, "Unauthorized")
            handler = self._methods().get(method.lower())
            if handler is None:
                raise Refusal(404, "Not Found")
            result = await handler(await _parameters(request))
        except Refusal as refusal:
            body = {"ok": False, "error_code": refusal.status, "description": refusal.description}
            if refusal.parameters:
                body["parameters"] = refusal.parameters
            return web.json_response(body, status=refusal.status)
        return web.json_response({"ok": True, "result": result})

    def _methods(self) -> dict[str, Any]:
        return {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "sendmessage": self._send_message,
            "sendphoto": self._send_file,
            "senddocument": self._send_file,
            "answercallbackquery": self._answer_callback,
            "getfile": self._get_file,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
        }

    def _me(self) -> dict[str, Any]:
        return {"id": self.bot_id, "is_bot": True, "first_name": "Lắng Nghe", "username": "lang_nghe_thu_bot"}

    async def _get_me(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._me()

    async def _get_updates(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        offset, wait = int(given.get("offset", 0)), float(given.get("timeout", 0))
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        if not self.updates and wait:
            async with self._arrived:
                try:
                    await asyncio.wait_for(self._arrived.wait(), wait)
                except TimeoutError:
                    return []
        return [update for update in self.updates if update["update_id"] >= offset][: int(given.get("limit", 100))]

    async def _send_message(self, given: dict[str, Any]) -> dict[str, Any]:
        text = str(given.get("text", ""))
        if not text.strip():
            raise Refusal(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            raise Refusal(400, "Bad Request: message is too long")
        _check_keyboard(given.get("reply_markup"))
        return self._accept(given, text=text)

    async def _send_file(self, given: dict[str, Any]) -> dict[str, Any]:
        return self._accept(given)

    def _accept(self, given: dict[str, Any], **content: Any) -> dict[str, Any]:
        chat_id = int(given.get("chat_id", 0))
        if chat_id not in self.citizens:
            raise Refusal(400, "Bad Request: chat not found")
        if chat_id in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        self._next_message += 1
        self.sent.append({"message_id": self._next_message, **given})
        chat = {"id": chat_id, "type": "private", "first_name": "Công dân"}
        return {
            "message_id": self._next_message,
            "from": self._me(),
            "chat": chat,
            "date": int(time.time()),
            **content,
        }

    async def _answer_callback(self, given: dict[str, Any]) -> bool:
        query = str(given.get("callback_query_id"))
        if query not in self.open_queries:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.open_queries.discard(query)
        self.answered.append(given)
        return True

    async def _get_file(self, given: dict[str, Any]) -> dict[str, Any]:
        file_id = str(given.get("file_id"))
        if file_id not in self.files:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        path, data = self.files[file_id]
        if len(data) > 20 << 20:
            raise Refusal(400, "Bad Request: file is too big")
        return {"file_id": file_id, "file_unique_id": "u" + file_id, "file_size": len(data), "file_path": path}

    async def _download(self, request: web.Request) -> web.Response:
        wanted = request.match_info["path"]
        found = [data for path, data in self.files.values() if path == wanted]
        if request.match_info["token"] != self.token or not found:
            raise web.HTTPNotFound
        return web.Response(body=found[0], content_type="application/octet-stream")

    async def _set_webhook(self, given: dict[str, Any]) -> bool:
        if not str(given.get("url", "")).startswith("http"):
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if given.get("drop_pending_updates") in ("true", True):
            self.updates.clear()
        self.webhook = given
        return True

    async def _delete_webhook(self, given: dict[str, Any]) -> bool:
        if given.get("drop_pending_updates") in ("true", True):
            self.updates.clear()
        self.webhook = {}
        return True

    # -- by hand ------------------------------------------------------------------------------------------------

    async def _control_text(self, request: web.Request) -> web.Response:
        given = await request.json()
        update = await self.write(int(given["user_id"]), text=given["text"])
        if self.webhook:
            await self.deliver([update])
        return web.json_response(update)

    async def _control_state(self, request: web.Request) -> web.Response:
        return web.json_response({"sent": self.sent, "waiting": len(self.updates), "deliveries": self.deliveries})


def person(user_id: int) -> dict[str, Any]:
    return {"id": user_id, "is_bot": False, "first_name": "Công dân", "language_code": "vi"}


def _check_keyboard(markup: str | None) -> None:
    for row in json.loads(markup)["inline_keyboard"] if markup else []:
        if not 1 <= len(row) <= 8:
            raise Refusal(400, "Bad Request: inline keyboard expected")
        for button in row:
            if not 1 <= len(button["callback_data"].encode()) <= 64:
                raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")


async def _parameters(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        return dict(await request.json())
    form = await request.post()
    return {name: value.filename if isinstance(value, web.FileField) else value for name, value in form.items()}


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=9500)

    async def _app() -> web.Application:
        return TelegramFake().app()

    web.run_app(_app(), host="127.0.0.1", port=arguments.parse_args().port, print=None)
