# SPDX-License-Identifier: GPL-3.0-or-later
"""All commands under one name, and the one way in."""

import io
import os
import sys
import warnings
from inspect import cleandoc
from typing import Annotated, Any

import typer
from typer.main import get_command

from .. import __version__
from ..errors import UserError
from . import models
from .apply import apply
from .base import base
from .bind import bind
from .blend import blend
from .boundary import guarded
from .cancelling import terminate_like_interrupt
from .demo import demo
from .doctor import doctor
from .encode import encode
from .evaluate import evaluate
from .info import info
from .output import ExitCode, Output
from .pretrain import pretrain
from .preview import preview
from .rig import rig
from .stylize import stylize
from .train_encoder import train_encoder

COMMANDS = (
    demo,
    rig,
    stylize,
    preview,
    apply,
    blend,
    evaluate,
    base,
    encode,
    bind,
    info,
    pretrain,
    train_encoder,
    doctor,
)
GROUPS = {"models": (("add", models.add), ("list", models.list_), ("remove", models.remove))}
_GROUP_HELP = {"models": "Head models besides the default one: ICT-FaceKit, FLAME."}
JSON = "--json"


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"onesculpt {__version__}")
        raise typer.Exit


def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Tell the version.", callback=_show_version, is_eager=True)
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            JSON, help="For machines: one JSON object on standard output, progress as JSON lines on standard error."
        ),
    ] = False,
) -> None:
    """Sculpt one styled face; animate every face in that style."""


def _unwrapped(text: str | None) -> str:
    """``text`` with the lines of each paragraph joined, so that help fits every width; indented ones stay."""
    paragraphs = cleandoc(text or "").split("\n\n")
    return "\n\n".join(p if p.startswith(" ") else p.replace("\n", " ") for p in paragraphs)


def build() -> Any:
    """The command with all its subcommands, each of which takes ``--json``; `run` has read it by then."""
    same: dict[str, Any] = {"rich_markup_mode": "rich", "context_settings": {"help_option_names": ["-h", "--help"]}}
    app = typer.Typer(
        name="onesculpt",
        epilog="“onesculpt COMMAND --help” shows examples. Exit codes: 0 done, 1 error, 2 wrong call, 3 some faces "
        "failed and the others are there (apply --keep-going), 130 cancelled.",
        add_completion=False,
        **same,
    )
    app.callback()(_root)
    for command in COMMANDS:
        app.command(help=_unwrapped(command.__doc__))(command)
    for name, commands in GROUPS.items():
        group = typer.Typer(name=name, help=_GROUP_HELP[name], no_args_is_help=True, **same)
        for verb, command in commands:
            group.command(verb, help=_unwrapped(command.__doc__))(command)
        app.add_typer(group)
    root: Any = get_command(app)
    as_json = next(option for option in root.params if JSON in option.opts)
    as_json.expose_value = False
    for name, command in root.commands.items():
        for one in command.commands.values() if name in GROUPS else (command,):
            one.params.append(as_json)
    return root


def run(arguments: list[str]) -> ExitCode:
    """Run one command and return its exit code; never raises, output tells how it went."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8" if JSON in arguments else None, errors="replace")
    if not sys.warnoptions and "PYTHONWARNINGS" not in os.environ:
        warnings.simplefilter("ignore")  # libraries' advice to programmers would stand among the sentences
    terminate_like_interrupt()
    output = Output(as_json=JSON in arguments)
    codes = [ExitCode.DONE]

    def call() -> None:
        try:
            status = build().main(arguments or ["--help"], prog_name="onesculpt", standalone_mode=False, obj=output)
        except Exception as error:
            # Typer's usage errors; their class has moved between its versions, their shape has not.
            if getattr(error, "exit_code", None) != ExitCode.USAGE or not hasattr(error, "format_message"):
                raise
            _wrong_call(error, output)
            status = ExitCode.USAGE
        if status == ExitCode.CANCELLED:  # what Typer makes of Ctrl-C
            raise KeyboardInterrupt
        codes[0] = ExitCode(status or ExitCode.DONE)

    ended = guarded(call, output)
    return codes[0] if ended is ExitCode.DONE else ended


def _wrong_call(error: Any, output: Output) -> None:
    context = getattr(error, "ctx", None)
    path = "onesculpt" if context is None else context.command_path
    output.failure(UserError(error.format_message(), f"“{path} --help” shows how it is called.", code="usage"))
