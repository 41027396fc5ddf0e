# SPDX-License-Identifier: GPL-3.0-or-later
"""A style applied to faces: from a neutral face to an animatable styled rig."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..head.geometry import head_geometry
from ..morphable_model import MorphableModel, model_for
from ..morphable_model.identity_fit import fit_identity
from ..morphable_model.model_rig import build_rig
from ..pairs.pair import Identity
from ..rig import Corrective, Rig, corrective_name
from ..rigging.styled_keys import styled_keys
from ..rigging.styled_neutral import StyledNeutral
from ..style.style import Style

if TYPE_CHECKING:
    from ..learning.field.tuned_field import TunedField

Array = NDArray[np.float64]


class Styler:
    """Styles faces with one style; make it once, use it for many faces. All rigs are in the model's vertex order.

    The tuned field moves each source face; what it does not hold of the sculpt is carried as a
    detail layer, the per-triangle deformation gradients from the field's surface at the pair to the
    sculpt itself, and the solves of deformation transfer keep contact and eyeballs. A preview has
    no field: it is contact-keeping deformation transfer.

    Parameters
    ----------
    style
        The style.
    model
        The morphable model that it belongs to; None finds it among those that are installed.
    correctives
        Whether rigs get corrective keys too.
    untangle
        Whether skin that an expression pushes through itself, teeth or eyeballs is parted; the more of
        it there is, the longer that takes.

    Raises
    ------
    UserError
        When the style was tuned with another version of D_S.
    """

    def __init__(
        self, style: Style, model: MorphableModel | None = None, *, correctives: bool = True, untangle: bool = True
    ) -> None:
        self.style, self._correctives, self._untangle = style, correctives, untangle
        self._model = model_for(style.topology_hash, style.model_hash, style.model_name) if model is None else model
        self._geometry = head_geometry(self._model)
        self._count = len(self._model.expression_names)
        self._reference, self._sculpt = style.at_size_one
        self._identity = style.identity.astype(np.float64)
        self._field = self._tuned_field()
        self._reference_surface = self._tuned(self._identity, self._reference)
        self._styled_neutral = StyledNeutral(self._geometry, self._reference_surface, self._sculpt)

    def _tuned_field(self) -> "TunedField | None":
        """The style's field; loads torch, which takes seconds, only for a style that has one."""
        style = self.style
        if style.network is None:
            return None
        from ..learning.field.tuned_field import TunedField

        at_pair = (self._identity, self._reference) if style.settings.get("anchor") == "teacher" else None
        return TunedField(self._geometry, style.network, style.source_fingerprint, at_pair)

    def neutral(self, vertices: Array) -> Array:
        """Styled neutral (N, 3) of a neutral face (N, 3) in the model's vertex order, metres."""
        fit = fit_identity(self._model, vertices)
        surface = self._tuned(fit.identity, vertices / fit.size)
        return self._styled_neutral(surface) * fit.size

    def rig(self, identity: Identity | None = None, name: str | None = None) -> Rig:
        """The styled face with all expressions.

        Parameters
        ----------
        identity
            A neutral face; None is the pair's own, whose sculpt comes back exactly.
        name
            Name of the rig; None names it after the style and the face.
        """
        if identity is None:
            surface, styled = self._reference_surface, self._sculpt
            title, size = name or self.style.name, self.style.size
            return self._finish(title, self._identity, self._reference, surface, styled, size)
        fit = fit_identity(self._model, identity.vertices)
        source = identity.vertices / fit.size
        surface = self._tuned(fit.identity, source)
        title = name or f"{identity.name} {self.style.name}"
        return self._finish(title, fit.identity, source, surface, self._styled_neutral(surface), fit.size)

    def random_rig(self, seed: int, name: str | None = None) -> Rig:
        """The style on a random plausible person."""
        rng = np.random.default_rng(seed)
        code = self._model.sample_identity(rng, 1)[0]
        size = float(self._model.sample_size(rng, 1)[0])
        source = self._model.evaluate(code)
        surface = self._tuned(code, source)
        title = name or f"{self.style.name} {seed}"
        return self._finish(title, code, source, surface, self._styled_neutral(surface), size)

    def _tuned(self, identity: Array, source: Array) -> Array:
        """The field's styled surface (N, 3) of a neutral source face at size 1, without detail."""
        if self._field is None:
            return source
        return self._tuned_poses(identity, source, np.zeros((1, self._count)))[0]

    def _tuned_poses(self, identity: Array, source: Array, expressions: Array) -> Array:
        """The field's styled surfaces (B, N, 3) of a face under slider values (B, E)."""
        posed = source + np.tensordot(expressions, self._model.expression_basis.astype(np.float64), axes=1)
        if self._field is None:
            return posed
        return self._field.surfaces(identity, posed, expressions, source)

    def _tuned_expressions(self, identity: Array, source: Array, surface: Array) -> Array:
        """The field's expressions (E, N, 3) of a face at size 1, metres."""
        basis = self._geometry.expressions
        poses = self._tuned_poses(identity, source, np.eye(self._count) + basis.base_sliders)
        deltas = poses - surface
        if len(basis.on_base):
            bases = self._tuned_poses(identity, source, basis.base_sliders[basis.on_base])
            deltas[basis.on_base] = poses[basis.on_base] - bases
        return deltas

    def _finish(self, name: str, identity: Array, source: Array, surface: Array, styled: Array, size: float) -> Rig:
        geometry, keys = self._geometry, styled_keys(self._model)
        deltas = None if self._field is None else self._tuned_expressions(identity, source, surface)
        face = geometry.face(styled)
        offsets = keys.expressions(geometry.face(surface), face, deltas, source, untangle=self._untangle)
        offsets, mended = keys.mixable(source, styled, offsets, correctives=self._correctives)
        return replace(
            build_rig(self._model, name, styled * size, offsets * size),
            joints=(face.joints * size).astype(np.float32),
            correctives=tuple(
                Corrective(corrective_name(inputs), inputs, (delta * size).astype(np.float32))
                for inputs, delta in mended.items()
            ),
        )
