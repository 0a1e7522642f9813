"""Settings and the address that is served in, who may use the page and how out: the one place where that is decided."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

from askdocs.errors import PageError, SettingError
from askdocs.settings import WebSettings
from askdocs.web.passwords import Users

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""The names by which a browser on this machine calls it."""

READ_ONLY = (
    "The articles can be asked here, not changed. Whoever runs askdocs changes them with the command askdocs index."
)
"""What a reader is told where nobody may change the articles from the page."""

NOT_SHARED = (
    "Nobody can add or remove articles here, as everyone who comes in would see the change. Whoever runs askdocs can "
    "allow it: shared = true under [web] in the settings, or askdocs chat --shared."
)
"""What a reader is told where several may come in, and nobody said that they share the articles."""

Network = IPv4Network | IPv6Network

_HEADER = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use the page, the API and MCP over HTTP.

    `local`: only programs on this machine reach the address, so it must be called by one of this machine's names.
    `hosts`: the names by which it may be called, `local` or not; empty where any will do. `users` may sign in; so may
    whoever the header `proxy_header` names, in a request that comes from one of `proxies`. `read_only`: the articles
    can be asked, not changed. `shared`: whoever comes in may change them for all who do; see `why_fixed`.
    """

    local: bool = True
    read_only: bool = False
    shared: bool = False
    users: Users = field(default_factory=Users)
    proxy_header: str = ""
    proxies: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: WebSettings, *, host: str = "127.0.0.1") -> Self:
        """Return what the settings say of a page that is served at an address of this machine.

        Raises:
            SettingError: a list of users or proxies means nothing, or a header is believed from nobody.
            PageError: the network would reach the page, and nobody has to sign in nor was `public` said.
        """
        users = Users.of(settings)
        local = host in LOOPBACK
        if settings.proxy_header and not settings.proxies:
            raise SettingError(
                f"web.proxy_header = {settings.proxy_header!r}: say from which addresses it is believed, for example "
                'web.proxies = "127.0.0.1"; anyone else could send that header, too'
            )
        if settings.proxy_header and not _HEADER.fullmatch(settings.proxy_header):
            raise SettingError(f"web.proxy_header = {settings.proxy_header!r} is not the name of a header")
        signing_in = bool(users or settings.proxy_header)
        if settings.public and signing_in:
            raise SettingError("web.public lets everyone in, and there are users who should sign in: choose one")
        if settings.public and settings.shared:
            raise SettingError(
                "web.shared lets those who sign in change the articles, and nobody signs in where web.public is said: "
                "choose one"
            )
        if not (local or signing_in or settings.public):
            raise PageError(
                f"anyone who reaches {host} could ask your articles; let people sign in (askdocs password --help says "
                "how), or say --public to let everyone ask"
            )
        return cls(
            local=local,
            read_only=settings.read_only or settings.public,
            shared=settings.shared,
            users=users,
            proxy_header=settings.proxy_header.lower(),
            proxies=_networks(settings.proxies.split()),
            hosts=frozenset(name.lower() for name in settings.hosts.split()),
        )

    @property
    def signing_in(self) -> bool:
        """Whether one has to sign in."""
        return bool(self.users or self.proxy_header)

    @property
    def alone(self) -> bool:
        """Whether nobody comes in but the person at this machine: no one signs in, and no proxy lets others through."""
        return self.local and not (self.signing_in or self.proxies or self.hosts - LOOPBACK)

    @property
    def why_fixed(self) -> str | None:
        """Why the articles cannot be changed from the page, as its readers are told; nothing where they can.

        They can where the person at this machine is alone with them, and where those who come in are said to share
        them. What changes are possible is decided here and nowhere else.
        """
        if self.read_only:
            return READ_ONLY
        return None if self.alone or self.shared else NOT_SHARED

    def answers_to(self, name: str | None) -> bool:
        """Tell whether the page may be called by a host name."""
        if name is None:
            return False
        if name in self.hosts or (self.local and name in LOOPBACK):
            return True
        return not self.local and not self.hosts

    def trusts(self, address: str) -> bool:
        """Tell whether a request from an address may say for whom it is sent."""
        try:
            there = ip_address(address)
        except ValueError:  # a socket of the file system, or a name that a test made up
            return False
        mapped = there.ipv4_mapped if isinstance(there, IPv6Address) else None  # as a socket of both versions tells it
        return any((mapped or there) in network for network in self.proxies)


def _networks(spelled: Iterable[str]) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(one, strict=False) for one in spelled)
    except ValueError as error:
        raise SettingError(f"web.proxies: {error}; an address is like 10.0.0.7, a network like 10.0.0.0/8") from error
