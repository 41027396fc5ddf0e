# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of an evaluation: ours, ours without one part at a time, the baselines, the published recipe."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from backend.errors import UserError

if TYPE_CHECKING:
    from backend.learning.fine_tuning.settings import StyleSettings

OURS, PREVIEW, DELTA, TRANSFER, PUBLISHED = "ours", "preview", "delta", "transfer", "published"
CLASSICAL = (DELTA, TRANSFER)
"""Every report has them."""


@dataclass(frozen=True)
class Recipe:
    """How one row of the report is made.

    Attributes
    ----------
    key
        Name on the command line and in file names.
    title
        Name of the row.
    without
        Names of the loss weights that are set to zero.
    published
        Whether the published recipe is followed: the network holds the whole style, its losses have
        the published weights, and the field's own surface is the result.
    """

    key: str
    title: str
    without: tuple[str, ...] = ()
    published: bool = False

    def settings(self, ours: "StyleSettings") -> "StyleSettings":
        """Settings of the tuning that this row needs, given those of ours."""
        from backend.learning.fine_tuning.settings import LossWeights

        if self.published:
            weights = LossWeights(vertex=80.0, teacher=0.0, normals=0.004, encoder=0.002, across=0.006, within=0.006)
            return replace(ours, anchor="source", weights=weights, learning_rate=PUBLISHED_LEARNING_RATE)
        return replace(ours, weights=replace(ours.weights, **dict.fromkeys(self.without, 0.0)))


PUBLISHED_LEARNING_RATE = 4e-4
"""A network that holds the whole style has further to go than one that refines the transfer."""

RECIPES = (
    Recipe(OURS, "ours"),
    Recipe(PREVIEW, "preview"),
    Recipe("no_teacher", "ours without teacher", without=("teacher",)),
    Recipe("no_normals", "ours without normals", without=("normals",)),
    Recipe("no_across", "ours without across", without=("across",)),
    Recipe("no_within", "ours without within", without=("within",)),
    Recipe("no_images", "ours without images", without=("across", "within", "encoder")),
    Recipe(PUBLISHED, "published recipe", published=True),
    Recipe(DELTA, "delta transfer"),
    Recipe(TRANSFER, "deformation transfer"),
)
"""All rows, in the order of the table."""

USUAL = (OURS, PREVIEW, DELTA, TRANSFER)
"""What is measured unless asked otherwise: one tuning at most."""


def chosen(keys: list[str], *, ablation: bool) -> tuple[Recipe, ...]:
    """The recipes called ``keys`` (several may stand in one, with commas); all for an ablation.

    Raises
    ------
    UserError
        Code ``methods``, for a name that none has.
    """
    known = {recipe.key: recipe for recipe in RECIPES}
    wanted = [key.strip() for text in keys for key in text.split(",") if key.strip()]
    for key in wanted:
        if key not in known:
            raise UserError(f"There is no method called “{key}”.", f"Choose from: {', '.join(known)}.", code="methods")
    if not wanted:
        wanted = list(known) if ablation else list(USUAL)
    return tuple(recipe for recipe in RECIPES if recipe.key in wanted)
