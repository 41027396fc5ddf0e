# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt models``: add, list and remove head models besides the default one."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import UserError
from . import options
from .output import Output

Library = Annotated[
    Path | None,
    typer.Option(
        "--library", metavar="FOLDER", help="Another library than the user's; “--model FOLDER/NAME” uses a model of it."
    ),
]


def add(
    context: typer.Context,
    path: Annotated[
        Path,
        options.input_file("PATH", "ICT-FaceKit's folder, or FLAME's .pkl or .npz, as their authors publish them."),
    ],
    *,
    name: Annotated[str | None, typer.Option("--name", help="What --model will call it.")] = None,
    eyeballs: Annotated[
        bool,
        typer.Option(
            "--eyeballs/--no-eyeballs", help="FLAME with its 5,023 vertices, or its first 3,931 without eyeballs."
        ),
    ] = True,
    licence_path: Annotated[
        Path | None, typer.Option("--licence", metavar="FILE", help="A licence text to keep as well, as plain text.")
    ] = None,
    library: Library = None,
) -> None:
    """Install a head model from its authors' own files, for “--model”.

    Its licence is shown here and kept beside it; that you may use the model is between you and its authors.
    Nothing is downloaded. A pickle is read as data: whatever in it is not an array is refused and never run.

    For example:

      onesculpt models add ICT-FaceKit/FaceXModel --name ict
      onesculpt models add FLAME2023/flame2023.pkl
      onesculpt models add generic_model.pkl --no-eyeballs --name flame2020
    """
    from ..morphable_model.library import check_name, install_model
    from ..pipeline.model_source import read_model_source

    output: Output = context.obj
    if name is not None:
        check_name(name, library)
    terms = "" if licence_path is None else _text(licence_path)
    source = read_model_source(path, output.note, eyeballs=eyeballs)
    licence = f"{source.licence_text.strip()}\n\n{terms}".strip() + "\n"
    installed = install_model(source.model, licence, name or source.name, path, library)
    about = installed.about
    output.result(
        [
            *(f"  {line}".rstrip() for line in licence.splitlines()),
            "",
            f"“{installed.name}” is installed: {about['title']}, {_counts(about)}.",
            f"Licence: {about['licence']}; its text is kept in “{installed.folder}”.",
            f"Next: onesculpt pretrain --model {installed.name}   (once, for “stylize”; “preview” works without)",
        ],
        {"command": "models add", **_fields(installed), "licence_text": licence},
    )


def list_(context: typer.Context, *, library: Library = None) -> None:
    """Tell which head models are installed, under which licence, and where.

    For example:

      onesculpt models list --json
    """
    from ..morphable_model import load_default
    from ..morphable_model.library import DEFAULT, installed_models, library_folder

    output: Output = context.obj
    head = load_default()
    default: dict[str, Any] = {
        "name": DEFAULT,
        "title": head.name,
        "vertices": len(head.template),
        "identities": len(head.identity_basis),
        "expressions": len(head.expression_names),
        "licence": head.licence,
        "trained": True,
        "topology_hash": head.topology_hash,
    }
    entries = [default, *(_fields(model) for model in installed_models(library))]
    width = max(len(str(entry["name"])) for entry in entries)
    lines = [
        f"{entry['name']!s:{width}}  {entry['title']}, {_counts(entry)}; {entry['licence']}; "
        + ("ready for “stylize”" if entry["trained"] else f"“onesculpt pretrain --model {entry['name']}” trains it")
        for entry in entries
    ]
    folder = library or library_folder()
    output.result([*lines, f"Library: {folder}"], {"command": "models list", "library": str(folder), "models": entries})


def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As “models list” calls it.")],
    *,
    library: Library = None,
) -> None:
    """Take a head model out of the library, with its licence and its deformation field.

    Styles that were made with it stay, and work again once it is added again.

    For example:

      onesculpt models remove ict
    """
    from ..morphable_model.library import remove_model

    output: Output = context.obj
    gone = remove_model(name, library)
    output.result([f"“{name}” was removed from “{gone.folder.parent}”."], {"command": "models remove", "name": name})


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"The licence “{path}” can't be read as text.", "Give a plain text file.", code="missing"
        ) from error


def _fields(model: Any) -> dict[str, Any]:
    about = {key: value for key, value in model.about.items() if key != "provenance"}
    return {"name": model.name, **about, "trained": model.backbone.exists(), "folder": str(model.folder)}


def _counts(entry: dict[str, Any]) -> str:
    return (
        f"{entry['vertices']:,} vertices, {entry['identities']} identity components, {entry['expressions']} expressions"
    )
