# SPDX-License-Identifier: GPL-3.0-or-later
"""The head models that are installed for this person: one folder each, with licence and backbone."""

import json
import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..files import atomic_write
from .default_head import load_default
from .model import MorphableModel
from .packed_file import read_model_file, write_model_file

ENVIRONMENT = "ONESCULPT_MODELS"
"""Variable that names another folder for the library."""
DEFAULT = "default"
MODEL_FILE, LICENCE_FILE, ABOUT_FILE = "model.npz", "LICENCE.txt", "about.json"
BACKBONE_FILE = "source_field.safetensors"
_NAME = re.compile(r"[\w][\w.-]{0,63}")


@dataclass(frozen=True)
class InstalledModel:
    """A head model on this machine.

    Attributes
    ----------
    name
        What ``--model`` calls it; the folder's name.
    folder
        Where its files are.
    about
        What was noted when it was added: title, counts, hashes, licence, source.
    """

    name: str
    folder: Path
    about: dict[str, Any]

    @property
    def backbone(self) -> Path:
        """Where its surface deformation field is, or would be."""
        return self.folder / BACKBONE_FILE

    def load(self) -> MorphableModel:
        """Read the model; once per process.

        Raises UserError when its file is missing or damaged.
        """
        path = self.folder / MODEL_FILE
        stamp = path.stat().st_mtime_ns if path.exists() else 0
        return _load(path, stamp)


@lru_cache(maxsize=4)
def _load(path: Path, stamp: int) -> MorphableModel:  # noqa: ARG001 - a changed file is read again
    return read_model_file(path)


def library_folder() -> Path:
    """Where models are installed: the user's data folder, or what the environment names."""
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        return Path(chosen)
    import platformdirs  # here, so that the default head needs numpy only

    return platformdirs.user_data_path("onesculpt", appauthor=False) / "models"


def installed_models(library: Path | None = None) -> list[InstalledModel]:
    """Every installed model, by name; folders that hold none are passed over."""
    folder = library or library_folder()
    if not folder.is_dir():
        return []
    found = (_open(path) for path in sorted(folder.iterdir()) if not path.name.startswith("."))
    return [model for model in found if model is not None]


def _open(folder: Path) -> InstalledModel | None:
    try:
        about = json.loads((folder / ABOUT_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return InstalledModel(folder.name, folder, about) if isinstance(about, dict) else None


def check_name(name: str, library: Path | None = None) -> None:
    """Raises UserError when a new model can't have this name, or it is taken."""
    if name == DEFAULT or not _NAME.fullmatch(name):
        raise UserError(
            f"“{name}” can't be the name of a model.",
            "Choose another --name of letters, digits, “-”, “_” and “.”.",
            code="name",
        )
    if ((library or library_folder()) / name).exists():
        raise UserError(
            f"There is already a model “{name}”.",
            f"Choose another --name, or remove it first: onesculpt models remove {name}",
            code="name",
        )


def install_model(
    model: MorphableModel, licence_text: str, name: str, source: Path, library: Path | None = None
) -> InstalledModel:
    """Keep a model in the library under ``name``; it is there whole or not at all.

    Raises
    ------
    UserError
        When the name is taken or none, or the folder can't be written.
    """
    check_name(name, library)
    root = library or library_folder()
    target = root / name
    temporary = root / f".{name}.{secrets.token_hex(4)}.part"
    try:
        temporary.mkdir(parents=True)
        write_model_file(model, temporary / MODEL_FILE)
        # What was rounded counts, and what can't be read back doesn't.
        kept = read_model_file(temporary / MODEL_FILE)
        about = {
            "title": model.name,
            "vertices": len(kept.template),
            "polygons": len(kept.polygons),
            "identities": len(kept.identity_basis),
            "expressions": len(kept.expression_names),
            "licence": model.licence,
            "source": source.name,
            "added": time.strftime("%Y-%m-%d"),
            "topology_hash": kept.topology_hash,
            "content_hash": kept.content_hash,
            "provenance": model.provenance,
        }
        with atomic_write(temporary / LICENCE_FILE) as path:
            path.write_text(licence_text, "utf-8")
        with atomic_write(temporary / ABOUT_FILE) as path:
            path.write_text(json.dumps(about, indent=2, ensure_ascii=False), "utf-8")
        os.replace(temporary, target)
    except OSError as error:
        raise UserError(
            f"The model could not be kept in “{root}” ({error.strerror or error}).",
            f"Make room there, or name another folder in the environment variable {ENVIRONMENT}.",
            code="output",
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return InstalledModel(name, target, about)


def remove_model(name: str, library: Path | None = None) -> InstalledModel:
    """Take a model out of the library, with its licence and its backbone.

    Raises
    ------
    UserError
        When there is none of that name, or its files are in use.
    """
    models = {model.name: model for model in installed_models(library)}
    if name not in models:
        raise _unknown(name, list(models))
    model = models[name]
    doomed = model.folder.with_name(f".{name}.{secrets.token_hex(4)}.part")
    try:
        os.replace(model.folder, doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise UserError(
            f"“{name}” could not be removed ({error.strerror or error}).",
            "Close the programs that use it, and try again.",
            code="output",
        ) from error
    return model


def find_installed(name: str) -> InstalledModel:
    """The installed model of that name, or in that folder.

    Raises
    ------
    UserError
        When there is none; the remedy tells which ones there are.
    """
    models = installed_models()
    for model in models:
        if model.name == name:
            return model
    beside = _open(Path(name)) if Path(name).is_dir() else None
    if beside is not None:
        return beside
    raise _unknown(name, [model.name for model in models])


def _unknown(name: str, installed: list[str]) -> UserError:
    return UserError(
        f"There is no head model “{name}”.",
        f"Installed are: {', '.join([DEFAULT, *installed])}. “onesculpt models add” installs others.",
        code="model",
    )


def load_model(name: str = DEFAULT) -> MorphableModel:
    """The default head, or an installed model by its name or its folder.

    Raises UserError when there is none of that name or its file is damaged.
    """
    return load_default() if name == DEFAULT else find_installed(name).load()


def model_for(topology_hash: str, content_hash: str = "", title: str = "", of: str = "") -> MorphableModel:
    """The model, default or installed, that a style was made for.

    Parameters
    ----------
    topology_hash, content_hash
        As the model's properties; an empty content hash asks for the topology only.
    title, of
        What to call it where it is missing, and the file that asks for it.

    Raises
    ------
    UserError
        When no such model is here.
    """
    default = load_default()
    if default.topology_hash == topology_hash:
        return default
    fitting = [m for m in installed_models() if m.about.get("topology_hash") == topology_hash]
    for model in fitting:
        if content_hash in ("", model.about.get("content_hash")):
            return model.load()
    what = "another version of the head model" if fitting else "the head model"
    raise UserError(
        f"“{of or 'This'}” was made for {what} “{title or topology_hash[:12]}”, which is not installed.",
        "Install that model with “onesculpt models add”, from the files that it was installed from then.",
        code="model",
    )


def home_of(model: MorphableModel) -> InstalledModel | None:
    """Where a model is installed; None for the default head and for models that are not in the library."""
    for candidate in installed_models():
        if candidate.about.get("content_hash") == model.content_hash:
            return candidate
    return None
