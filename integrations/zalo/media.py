"""Fetches a citizen's file from Zalo's media hosts, and from nowhere else: the address comes from outside."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import Any

import httpx

from integrations.channel import RemoteFile, TransportError
from integrations.downloading import DOWNLOAD_SECONDS, read_capped
from integrations.filetypes import is_as_declared

_RESOLVE_SECONDS = 5.0
_IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class MediaPolicy:
    """What may be fetched.

    `hosts` are suffixes of host names (`zdn.vn` allows `f20-zpc.zdn.vn`); add one only after it was seen in an event.
    `private_hosts` are exact `host:port` that may lie on a private address, use http and a port: for tests alone.
    """

    hosts: tuple[str, ...] = ("zdn.vn",)
    private_hosts: frozenset[str] = frozenset()
    seconds: float = DOWNLOAD_SECONDS

    def allows(self, host: str) -> bool:
        return any(host == suffix or host.endswith("." + suffix) for suffix in map(str.lower, self.hosts))


async def fetch(http: httpx.AsyncClient, file: RemoteFile, *, limit: int, policy: MediaPolicy) -> bytes:
    """The file's bytes, at most `limit`, if its host is allowed, public, and the bytes are what was declared.

    http is asked for as https; no redirect is followed; the connection goes to the address that was checked, so a
    second answer of the name server changes nothing. Raises TransportError. `http` must use no proxy.
    """
    url, private = checked_url(file.ref, policy)
    address = await _resolve(url.host, port=url.port or 443, private=private)
    pinned = url.copy_with(host=str(address))
    extensions: dict[str, Any] = {"sni_hostname": url.host}
    headers = {"Host": url.netloc.decode("ascii")}
    data = await read_capped(http, pinned, limit=limit, seconds=policy.seconds, headers=headers, extensions=extensions)
    if not is_as_declared(file.content_type, data):
        raise TransportError("wrong_type", permanent=True)
    return data


def checked_url(ref: str, policy: MediaPolicy) -> tuple[httpx.URL, bool]:
    """The address to ask, and whether it may be private; raises TransportError for one that is not allowed."""
    try:
        url = httpx.URL(ref)
    except (httpx.InvalidURL, ValueError, UnicodeError):
        raise TransportError("url_invalid", permanent=True) from None
    if url.scheme not in ("http", "https") or url.userinfo or not url.host:
        raise TransportError("url_not_allowed", permanent=True)
    if f"{url.host}:{url.port}" in policy.private_hosts:
        return url, True
    if url.port not in (None, 443) or not policy.allows(url.host.lower()):
        raise TransportError("host_not_allowed", permanent=True)
    return url.copy_with(scheme="https"), False


def is_public(address: _IPAddress) -> bool:
    """Reachable on the open internet, and no tunnel or mapping that hides a private IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None or address in _NAT64 or address.teredo:
            return inner is not None and is_public(inner) and address.ipv4_mapped is not None
    return address.is_global and not address.is_multicast and not address.is_reserved


async def _resolve(host: str, *, port: int, private: bool) -> _IPAddress:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_RESOLVE_SECONDS):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (TimeoutError, OSError, UnicodeError):
        raise TransportError("resolve_failed") from None
    addresses = [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
    if not addresses or not (private or all(map(is_public, addresses))):
        raise TransportError("address_not_public", permanent=True)
    return min(addresses, key=lambda address: address.version)  # IPv4 first: it is the one that works everywhere


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
