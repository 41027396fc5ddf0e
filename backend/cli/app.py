# SPDX-License-Identifier: GPL-3.0-or-later
"""All commands under one name, and the one way in."""

import io
import os
import sys
import warnings
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, cleandoc, signature
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
from .stylize import stylize
from .train_encoder import train_encoder

COMMANDS = (demo, stylize, preview, apply, blend, evaluate, base, encode, bind, info, pretrain, train_encoder, doctor)
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
) -> None:
    """Sculpt one styled face; animate every face in that style."""


def _with_json(command: Callable[..., None]) -> Callable[..., None]:
    """The same command with ``--json`` among its options; `run` has read it by then."""
    annotation = Annotated[
        bool,
        typer.Option(
            JSON,
            help="For machines: one JSON object on standard output, progress as JSON lines on standard error.",
        ),
    ]

    @wraps(command)
    def wrapped(**values: Any) -> None:
        values.pop("as_json")
        command(**values)

    own = signature(command)
    option = Parameter("as_json", Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
    wrapped.__signature__ = own.replace(parameters=[*own.parameters.values(), option])  # type: ignore[attr-defined]
    wrapped.__doc__ = _unwrapped(command.__doc__ or "")
    wrapped.__annotations__ = {**command.__annotations__, "as_json": annotation}
    return wrapped


def _unwrapped(text: str) -> str:
    """``text`` with the lines of each paragraph joined, so that help fits every width; indented ones stay."""
    paragraphs = cleandoc(text).split("\n\n")
    return "\n\n".join(p if p.startswith(" ") else p.replace("\n", " ") for p in paragraphs)


def build() -> Any:
    """The command with all its subcommands, each of which takes ``--json``."""
    app = typer.Typer(
        name="onesculpt",
        epilog="“onesculpt COMMAND --help” shows examples. Exit codes: 0 done, 1 error, 2 wrong call, 3 some faces "
        "failed and the others are there (apply --keep-going), 130 cancelled.",
        add_completion=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_with_json(_root))
    for command in COMMANDS:
        app.command()(_with_json(command))
    for name, commands in GROUPS.items():
        group = typer.Typer(
            name=name,
            help=_unwrapped(_GROUP_HELP[name]),
            no_args_is_help=True,
            rich_markup_mode="rich",
            context_settings={"help_option_names": ["-h", "--help"]},
        )
        for verb, command in commands:
            group.command(verb)(_with_json(command))
        app.add_typer(group)
    return get_command(app)


def run(arguments: list[str]) -> ExitCode:
    """Run one command and return its exit code; never raises, output tells how it went."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8" if JSON in arguments else None, errors="replace")
    if not sys.warnoptions and "PYTHONWARNINGS" not in os.environ:
        warnings.simplefilter("ignore")  # libraries' advice to programmers would stand among the sentences
    terminate_like_interrupt()
    output = Output(as_json=JSON in arguments)
    codes: list[int] = []

    def action() -> None:
        status = build().main(
            arguments or ["--help"], prog_name="onesculpt", standalone_mode=False, obj=output
        )
        if status == ExitCode.CANCELLED:  # what Typer makes of Ctrl-C
            raise KeyboardInterrupt
        codes.append(status if isinstance(status, int) else ExitCode.DONE)

    def call() -> None:
        try:
            action()
        except Exception as error:
            # Typer's usage errors; their class has moved between its versions, their shape has not.
            if getattr(error, "exit_code", None) != ExitCode.USAGE or not hasattr(error, "format_message"):
                raise
            _wrong_call(error, output)
            codes.append(ExitCode.USAGE)

    ended = guarded(call, output)
    return ExitCode(codes[0]) if codes and ended is ExitCode.DONE else ended


def _wrong_call(error: Any, output: Output) -> None:
    context = getattr(error, "ctx", None)
    path = "onesculpt" if context is None else context.command_path
    output.failure(
        UserError(error.format_message(), f"“{path} --help” shows how it is called.", code="usage")
    )
