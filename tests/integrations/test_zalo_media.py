"""A media address comes from outside: only Zalo's public hosts are asked, and only for what was declared."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any

import pytest
from loopback import PDF, PNG
from zalo_fake import ZaloFake

from integrations.channel import RemoteFile, TransportError
from integrations.zalo.client import ZaloClient
from integrations.zalo.media import MediaPolicy, checked_url, is_public
from integrations.zalo.oauth import App
from integrations.zalo.tokens import MemoryTokenStore


def picture(url: str) -> RemoteFile:
    return RemoteFile(ref=url, name="image.jpg", content_type="image/jpeg")


async def refusal(client: ZaloClient, url: str, *, limit: int = 10_000) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await client.fetch(picture(url), limit=limit)
    return caught.value


async def test_a_picture_is_fetched_from_the_address_that_was_checked(
    zalo: ZaloFake, zalo_client: ZaloClient, zalo_url: str
) -> None:
    assert await zalo_client.fetch(picture(f"{zalo_url}/media/a.png"), limit=len(PNG)) == PNG
    assert zalo.asked == [("a.png", zalo_url.removeprefix("http://"))]


async def test_a_document_is_fetched(zalo_client: ZaloClient, zalo_url: str) -> None:
    file = RemoteFile(f"{zalo_url}/media/a.pdf", "đơn.pdf", "application/pdf")
    assert await zalo_client.fetch(file, limit=1000) == PDF


@pytest.mark.parametrize(
    ("name", "limit", "code", "permanent"),
    [
        ("redirect.png", 1000, "download_redirect", True),
        ("huge.png", 100_000, "too_large", True),
        ("a.png", 10, "too_large", True),
        ("slow.png", 1000, "download_timeout", False),
        ("zipped.png", 1000, "download_encoded", True),
        ("page.png", 1000, "wrong_type", True),
        ("a.pdf", 1000, "wrong_type", True),
        ("gone.png", 1000, "download_gone", True),
    ],
)
async def test_an_attack_or_a_missing_file_is_refused(
    name: str, limit: int, code: str, permanent: bool, zalo_client: ZaloClient, zalo_url: str
) -> None:
    error = await refusal(zalo_client, f"{zalo_url}/media/{name}", limit=limit)
    assert (error.code, error.permanent, error.ambiguous) == (code, permanent, False)


async def test_a_redirect_is_not_followed(zalo: ZaloFake, zalo_client: ZaloClient, zalo_url: str) -> None:
    await refusal(zalo_client, f"{zalo_url}/media/redirect.png")
    assert [name for name, _ in zalo.asked] == ["redirect.png"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/media/a.png",
        "https://example.com/a.png",
        "https://zdn.vn.example.com/a.png",
        "https://evilzdn.vn/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.png",
        "https://user:pass@f1.zdn.vn/a.png",
        "https://f1.zdn.vn@example.com/a.png",
        "https://f1.zdn.vn:8443/a.png",
        "https://f1.zdn.vn:22/a.png",
        "https://f1.zdn.vn\\@example.com/a.png",
        "ftp://f1.zdn.vn/a.png",
        "file:///etc/passwd",
        "//f1.zdn.vn/a.png",
        "https:///a.png",
        "https://",
        "",
        "không phải địa chỉ",
        "https://f1.zdn.vn:99999999/a.png",
    ],
)
async def test_an_address_elsewhere_is_refused_without_asking_anyone(
    url: str, zalo: ZaloFake, zalo_client: ZaloClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(*args: Any, **named: Any) -> Any:
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", nobody)
    assert (await refusal(zalo_client, url)).permanent
    assert zalo.asked == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00::1"])
async def test_an_allowed_name_that_leads_inside_is_refused(
    address: str, zalo_client: ZaloClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def inside(*args: Any, **named: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443)), (0, 0, 6, "", (address, 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", inside)
    error = await refusal(zalo_client, "https://f1.zdn.vn/a.png")
    assert (error.code, error.permanent) == ("address_not_public", True)


async def test_a_name_server_that_changes_its_mind_gains_nothing(
    zalo: ZaloFake, zalo_url: str, app: App, store: MemoryTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(zalo_url.rpartition(":")[2])
    asked: list[object] = []

    async def rebinding(host: object, *args: Any, **named: Any) -> Any:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebinding)
    policy = MediaPolicy(private_hosts=frozenset({f"media.test:{port}"}))
    client = ZaloClient(app, store, base_url=zalo_url, policy=policy)
    assert await client.fetch(picture(f"http://media.test:{port}/media/a.png"), limit=1000) == PNG
    await client.aclose()
    assert [host for host in asked if host != "127.0.0.1"] == ["media.test"]
    assert zalo.asked == [("a.png", f"media.test:{port}")]


async def test_a_name_that_cannot_be_resolved_may_be_tried_again(
    zalo_client: ZaloClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(*args: Any, **named: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    error = await refusal(zalo_client, "https://f1.zdn.vn/a.png")
    assert (error.code, error.permanent) == ("resolve_failed", False)


@pytest.mark.parametrize(
    "url", ["http://f1.zdn.vn/a.png?x=1", "https://F1.ZDN.VN/a.png?x=1", "http://f1.zdn.vn:80/a.png?x=1"]
)
def test_an_allowed_host_is_asked_over_https(url: str) -> None:
    checked, private = checked_url(url, MediaPolicy())
    assert (str(checked), private) == ("https://f1.zdn.vn/a.png?x=1", False)


def test_the_private_exception_is_for_one_host_and_port() -> None:
    policy = MediaPolicy(private_hosts=frozenset({"127.0.0.1:9400"}))
    assert checked_url("http://127.0.0.1:9400/media/a.png", policy)[1]
    with pytest.raises(TransportError):
        checked_url("http://127.0.0.1:9401/media/a.png", policy)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("127.0.0.1", False),
        ("10.1.1.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::1", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
    ],
)
def test_only_the_open_internet_is_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public
