# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``onesculpt evaluate`` measures: the pair, and a method for every row, learned where need be."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import UserError
from ..evaluation.method import StyledFaceMethod
from ..evaluation.recipes import CLASSICAL, OURS, PREVIEW, Recipe
from ..evaluation.style_method import FieldMethod, StyleMethod
from ..learning.fine_tuning.settings import StyleSettings, preset
from ..mesh.similarity import Similarity
from ..morphable_model import MorphableModel, load_model, model_for
from ..pairs.pair import Pair, read_pair
from ..pipeline.preview import preview_style
from ..style.style import Style
from ..style.style_file import load_style
from .destinations import check_folder
from .learning import learn, load_encoder
from .output import Output

if TYPE_CHECKING:
    from ..learning.perception.encoder import ImageEncoder


def read_subject(
    subject: Path, styled: Path | None, model_name: str, output: Output
) -> tuple[Pair, Style | None, MorphableModel]:
    """The pair to measure on, the style when one was given, and the head model that they belong to.

    A style carries its pair, and knows its model; of parts that it took along, such as eyes, it knows
    the new place only.

    Raises
    ------
    UserError
        For files that hold neither.
    """
    if subject.suffix.lower() == ".style":
        if styled is not None:
            raise UserError("A style already holds its pair.", "Give the style alone, or the two meshes.", code="usage")
        style = load_style(subject)
        model = model_for(style.topology_hash, style.model_hash, style.model_name)
        unchanged = Similarity()
        pair = Pair(
            name=style.name,
            neutral=style.reference.astype(np.float64),
            styled=style.sculpt.astype(np.float64),
            input_order=style.input_order.astype(np.int64),
            conversions=(),
            to_model=unchanged,
        )
        return pair, style, model
    model = load_model(model_name)
    pair = read_pair(subject, styled, model)
    output.notes(pair.conversions)
    return pair, None, model


@dataclass
class Rows:
    """Makes the methods of a report.

    Attributes
    ----------
    pair, given
        From `read_subject`; a given style is the row “ours”, or “preview” when it was never tuned.
    folder
        Where learned styles are kept, or None.
    preset_name, steps
        How long to learn.
    """

    pair: Pair
    given: Style | None
    model: MorphableModel
    folder: Path | None
    preset_name: str
    steps: int | None
    output: Output
    _encoder: "ImageEncoder | None" = None

    def make(self, recipes: tuple[Recipe, ...]) -> tuple[list[StyledFaceMethod], dict[str, str]]:
        """A method for each recipe, and a sentence for each row about where it comes from."""
        methods: list[StyledFaceMethod] = []
        origins: dict[str, str] = {}
        for recipe in recipes:
            if recipe.key in CLASSICAL:
                continue  # the evaluator adds both, with the expressions in the size of the head
            if recipe.key == OURS and self.given is not None and self.given.is_preview:
                self.output.note("The style was made by “preview” and has learned nothing: no row “ours”.")
            else:
                style = self._style(recipe)
                kind = FieldMethod if recipe.published else StyleMethod
                methods.append(kind(recipe.title, style, self.model))
                if style.settings:
                    told = style.settings
                    origins[recipe.title] = (
                        f"{told['preset']}, {told['steps']} steps, seed {told['seed']}; learned: {style.learned}"
                    )
        return methods, origins

    def _style(self, recipe: Recipe) -> Style:
        if recipe.key == PREVIEW:
            return preview_style(self.pair, self.model)
        if recipe.key == OURS and self.given is not None:
            return self.given
        settings = preset(self.preset_name)
        if self.steps is not None:
            settings = replace(settings, steps=self.steps)
        settings = recipe.settings(replace(settings, encoder=self._eye().name))
        if self.folder is None:
            with tempfile.TemporaryDirectory() as name:
                return self._learned(recipe, settings, Path(name))
        folder = self.folder / "styles"
        folder.mkdir(exist_ok=True)
        check_folder(folder)
        return self._learned(recipe, settings, folder)

    def _learned(self, recipe: Recipe, settings: StyleSettings, folder: Path) -> Style:
        path = folder / f"{recipe.key}.style"
        if path.exists() and (kept := self._kept(path, settings)) is not None:
            self.output.note(f"Using “{path.name}” again.")
            return kept
        self.output.note(f"Learning “{recipe.title}”.")
        return learn(self.pair, self.model, settings, self._eye(), path, self.output, name=recipe.title)

    def _kept(self, path: Path, settings: StyleSettings) -> Style | None:
        """The style at ``path`` when it was learned from this pair with these settings."""
        try:
            style = load_style(path, self.model)
        except UserError:
            return None
        from ..learning.field.source_file import fingerprint, source_field_of

        start = preview_style(self.pair, self.model)
        same = (
            style.settings == settings.as_dict()
            and style.source_fingerprint == fingerprint(source_field_of(self.model))
            and np.array_equal(style.reference, start.reference)
            and np.array_equal(style.sculpt, start.sculpt)
        )
        return style if same else None

    def _eye(self) -> "ImageEncoder":
        if self._encoder is None:
            self._encoder = load_encoder(self.output)
        return self._encoder
