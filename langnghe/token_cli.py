"""The commands of `langnghe token`."""

from __future__ import annotations

from typing import Annotated

import typer

token_app = typer.Typer(help="Tokens with which other programs use /api/v1.", no_args_is_help=True)


@token_app.command("create")
def create(
    user: Annotated[str, typer.Option(help="Login of the person as whom the program acts.")],
    name: Annotated[str, typer.Option(help="What it is for, as people will read it in the list.")],
    days: Annotated[int, typer.Option(help="How long it works, 1 to 730 days.")] = 90,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What it may do: cases:read, cases:write, surveys:read, surveys:write, indices:read, indices:write, "
            "registry:read, registry:write; repeated or comma-separated. Without it: all that only reads."
        ),
    ] = None,
) -> None:
    """Make a token and print it, this once: only its hash is kept."""
    from langnghe.commands.token import create as run

    raise typer.Exit(run(username=user, name=name, days=days, scopes=scope or []))


@token_app.command("list")
def show(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False) -> None:
    """All tokens: open part, state, person, scopes, last day of use."""
    from langnghe.commands.token import show as run

    raise typer.Exit(run(as_json=as_json))


@token_app.command("revoke")
def revoke(prefix: Annotated[str, typer.Argument(help="The open part, as the list shows it.")]) -> None:
    """End a token now."""
    from langnghe.commands.token import revoke as run

    raise typer.Exit(run(prefix))
