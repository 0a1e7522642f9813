"""Commands that serve an index, to people by a page, to programs by an API and MCP, and that make passwords for it."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import typer

from askdocs.settings import DEFAULT_INDEX, load_web_settings
from askdocs.streams import IndexOption


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(chat)
    app.command()(mcp)
    app.command()(password)


def chat(
    folder: IndexOption = DEFAULT_INDEX,
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Of the page on this machine.")] = 7860,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Of this machine; 0.0.0.0 is all of its addresses.")
    ] = "127.0.0.1",
    *,
    public: Annotated[
        bool, typer.Option("--public", help="Let everyone who reaches the page ask, without changes or signing in.")
    ] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="Let nobody add or remove articles.")] = False,
    shared: Annotated[
        bool, typer.Option("--shared", help="Let all who sign in add and remove articles, for everyone.")
    ] = False,
    browser: Annotated[bool, typer.Option("--browser", help="Open the page in the web browser.")] = False,
) -> None:
    """Open the chat page until Ctrl-C, and beside it the API at /api and MCP at /mcp: for this machine alone.

    With another --host, people sign in, or --public is said. Who may sign in stands in the setting web.users_file
    (ASKDOCS_WEB_USERS_FILE); `askdocs password` prints its lines. They ask; --shared lets them change the articles.
    """
    from askdocs.library import open_library  # noqa: PLC0415
    from askdocs.web import serve  # noqa: PLC0415

    said = load_web_settings()
    settings = replace(
        said, public=said.public or public, read_only=said.read_only or read_only, shared=said.shared or shared
    )
    library = open_library(folder)
    serve(
        library,
        host=host,
        port=port,
        open_browser=browser,
        settings=settings,
    )


def mcp(folder: IndexOption = DEFAULT_INDEX) -> None:
    """Answer an MCP client over standard input and output: the tools ask, search and get_article."""
    from askdocs.library import open_library  # noqa: PLC0415
    from askdocs.web.limits import Gates  # noqa: PLC0415
    from askdocs.web.mcp import mcp_server  # noqa: PLC0415
    from askdocs.web.programs import Programs  # noqa: PLC0415

    library = open_library(folder)
    gates = Gates.of(load_web_settings(), library.settings.llm)
    mcp_server(Programs(library, gates)).run("stdio")


def password(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the person or program that is to sign in.")],
    *,
    token: Annotated[
        bool, typer.Option("--token", help="Make a token for a program instead, which sends it with every call.")
    ] = False,
) -> None:
    """Print a line for the file of users, which the setting web.users_file names; nothing is stored.

    The password is asked for, or read from standard input. The line holds its hash, from which nobody gets it back.
    A token is printed on standard error, this once.
    """
    from askdocs.web.passwords import checked_name, new_token, password_hash  # noqa: PLC0415

    checked_name(name)
    if token:
        secret, kept = new_token()
        sys.stderr.write(f"{name} sends this token, as the header Authorization: Bearer {secret}\n")
    else:
        kept = password_hash(_typed_password())
    sys.stdout.write(f"{name}:{kept}\n")


def _typed_password() -> str:
    """Ask for a password twice where somebody types, else read a line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed
