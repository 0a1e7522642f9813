"""Passwords and tokens in, hashes to keep out; and names with hashes in, who it is that has signed in out.

A password is what a person types: it is hashed by scrypt (RFC 7914), which is slow on purpose. A token is what a
program sends with every request: it is 32 random bytes, which nobody guesses, so a plain sha256 of it will do.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Self

from askdocs.errors import SettingError
from askdocs.settings import WebSettings

_N, _R, _P = 1 << 15, 8, 3
"""Cost: 32 MB and about 0.2 s. One of the equal choices of the OWASP password storage cheat sheet (2026)."""

_SALT, _KEY = 16, 32
"""Bytes."""

PASSWORD_KIND = "scrypt-15-8-3"  # noqa: S105  the name of a method and its cost, no password
TOKEN_KIND = "token-sha256"  # noqa: S105  likewise

MOST_CHARACTERS = 256
"""A longer password is wrong before it is hashed, whoever is said to have it."""

_NAME = re.compile(r"[\w.@+-]{1,64}")


def password_hash(password: str) -> str:
    """Return what is kept of a password: the method, a random salt and the key that scrypt derives.

    Raises:
        SettingError: it is empty or too long.
    """
    if not 0 < len(password) <= MOST_CHARACTERS:
        raise SettingError(f"a password has between 1 and {MOST_CHARACTERS} characters; this one has {len(password)}")
    salt = secrets.token_bytes(_SALT)
    return "$".join((PASSWORD_KIND, _spelled(salt), _spelled(_derived(password, salt))))


def new_token() -> tuple[str, str]:
    """Return a token for a program to send, and what is kept of it."""
    token = secrets.token_urlsafe(_KEY)
    return token, f"{TOKEN_KIND}${_digest(token)}"


def checked_name(name: str) -> str:
    """Return the name of a person or program.

    Raises:
        SettingError: it is no name that can stand before a colon.
    """
    if not _NAME.fullmatch(name):
        raise SettingError(f"{name!r} is no name for a user: letters, digits and . @ + - _ make one, up to 64 of them")
    return name


@dataclass(frozen=True, slots=True)
class _Password:
    salt: bytes
    key: bytes


_NOBODY = _Password(secrets.token_bytes(_SALT), secrets.token_bytes(_KEY))
"""What the password of a name that nobody has is compared with, so that it takes as long to refuse."""


@dataclass(frozen=True, slots=True)
class Users:
    """Who may sign in: names with what is kept of their passwords, and what is kept of tokens with their names."""

    passwords: Mapping[str, _Password] = field(default_factory=lambda: MappingProxyType({}))
    tokens: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, settings: WebSettings) -> Self:
        """Read the users that the settings name and those of the file that they name.

        Raises:
            SettingError: the file cannot be read, a line is not one that `askdocs password` prints, or there is none.
        """
        lines = [("the setting web.users", entry) for entry in settings.users.split()]
        if settings.users_file:
            lines += [(settings.users_file, line) for line in _lines(Path(settings.users_file))]
        users = cls._read(lines)
        if not users and (settings.users or settings.users_file):
            named = settings.users_file or "the setting web.users"
            raise SettingError(f"{named}: there is no user in it; everyone could come in without signing in")
        return users

    @classmethod
    def _read(cls, lines: Iterable[tuple[str, str]]) -> Self:
        passwords: dict[str, _Password] = {}
        tokens: dict[str, str] = {}
        for where, line in lines:
            name, _, kept = line.partition(":")
            kind, *parts = kept.split("$")
            fault = SettingError(f"{where}: the entry of {name[:64]!r} is not one that `askdocs password` prints")
            checked_name(name)
            if name in passwords or name in tokens.values():
                raise SettingError(f"{where}: there are two entries of {name!r}")
            if kind == PASSWORD_KIND and len(parts) == len(("salt", "key")):
                passwords[name] = _Password(*(_read_bytes(part, fault) for part in parts))
            elif kind == TOKEN_KIND and re.fullmatch("[0-9a-f]{64}", "".join(parts)):
                tokens["".join(parts)] = name
            else:
                raise fault
        return cls(MappingProxyType(passwords), MappingProxyType(tokens))

    def __bool__(self) -> bool:
        """Tell whether there is anybody."""
        return bool(self.passwords or self.tokens)

    def has_password(self, name: str, password: str) -> bool:
        """Tell whether a password is the one of this name. Takes as long where there is no such name."""
        kept = self.passwords.get(name, _NOBODY)
        short = password[:MOST_CHARACTERS]
        right = hmac.compare_digest(_derived(short, kept.salt), kept.key)
        return right and kept is not _NOBODY and short == password

    def mark(self, name: str) -> str:
        """Return what a browser keeps to be known again as one in which this name has signed in."""
        number = secrets.token_urlsafe(_SALT)
        return f"{number}.{self._marked(name, number)}"

    def knows(self, mark: str, name: str) -> bool:
        """Tell whether a mark was made for this name. It holds when the server starts anew, until a new password."""
        number, _, signed = mark.rpartition(".")
        right = hmac.compare_digest(self._marked(name, number).encode(), signed.encode("utf-8", "surrogatepass"))
        return right and name in self.passwords

    def _marked(self, name: str, number: str) -> str:
        key = self.passwords.get(name, _NOBODY).key
        return hmac.new(key, f"mark {name} {number}".encode("utf-8", "surrogatepass"), "sha256").hexdigest()

    def holder_of(self, token: str) -> str | None:
        """Return whose token this is, if anybody's.

        It is looked up by its digest, so how long that takes says nothing of which tokens there are.
        """
        return self.tokens.get(_digest(token))


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{path}: cannot be read as a file of users: {error}") from error
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _derived(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"), salt=salt, n=_N, r=_R, p=_P, maxmem=2 * 128 * _N * _R, dklen=_KEY
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _spelled(some: bytes) -> str:
    return urlsafe_b64encode(some).decode()


def _read_bytes(spelled: str, fault: SettingError) -> bytes:
    try:
        found = urlsafe_b64decode(spelled.encode())
    except ValueError as error:
        raise fault from error
    if len(found) not in (_SALT, _KEY):
        raise fault
    return found
