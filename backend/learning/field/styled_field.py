# SPDX-License-Identifier: GPL-3.0-or-later
"""D_T, the styled field: a copy of D_S whose difference from it is the style."""

import copy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...head.template import TemplateSurface
from ...mesh.gradients import deformation_gradients
from ...mesh.polar import nearest_rotations
from .field import AffineModeNetwork, Code
from .source_field import SourceField

_HALF_ACTIVE = 1e-3  # m of source motion at which a slider's own change of style is half on


class StyledField(nn.Module):
    """D_T(p, z) = D_S(p, z) + F(p, z) s(p, z), with s the difference of two networks.

    ``network`` starts as a copy of D_S's network N_S, so that the style displacement
    s(z) = N_T(z) − N_S(z) starts at zero; N_S stays frozen. s lives in the local frames F of the
    source surface: it turns with the face it sits on, and the network only has to learn how a
    style changes with identity and expression. What it changes with the expression is faded in
    by the source's own motion, so that a slider changes nothing where the source does not move.
    """

    def __init__(self, source: SourceField, network: AffineModeNetwork) -> None:
        super().__init__()
        self.source = source
        self.network = network
        with torch.no_grad():
            self._frozen_modes = source.network.affine_modes(source.features)
        self._kept_modes: Tensor | None = None

    @staticmethod
    def copy_of(source: SourceField) -> "StyledField":
        """D_T before any training: equal to D_S."""
        return StyledField(source, copy.deepcopy(source.network).requires_grad_(True).train())

    def local_displacement(
        self, code: Code, neutral: Tensor, posed: Tensor, activity: Tensor, vertices: Tensor | None = None
    ) -> Tensor:
        """Style displacement s (B, P, 3) in local frames, metres.

        Parameters
        ----------
        code
            B latent codes.
        neutral, posed
            (B, P, 3) source faces without and with the expression, metres.
        activity
            (B, P) from `motion_activity`.
        vertices
            (P,) which vertices these are; None for all.
        """
        chosen = slice(None) if vertices is None else vertices
        modes = self._modes(chosen)
        frozen_modes = self._frozen_modes[chosen]
        rest = self._difference(modes, frozen_modes, code.at_rest(), neutral)
        changed = self._difference(modes, frozen_modes, code, posed)
        return rest + activity[..., None] * (changed - rest)

    def _modes(self, chosen: slice | Tensor) -> Tensor:
        """Affine modes of the chosen vertices; of a network that no longer learns they are kept."""
        if self.network.modes.weight.requires_grad:
            self._kept_modes = None
            return self.network.affine_modes(self.source.features[chosen])
        if self._kept_modes is None:
            self._kept_modes = self.network.affine_modes(self.source.features)
        return self._kept_modes[chosen]

    def _difference(self, modes: Tensor, frozen_modes: Tensor, code: Code, positions: Tensor) -> Tensor:
        styled = self.network.displace(modes, _every_coefficient(self.network, code), positions)
        with torch.no_grad():
            frozen = self.source.network
            coefficients = _every_coefficient(frozen, code)
            # While no joint turns, all but the constant mode of D_S are silent.
            heard = (coefficients != 0).any(dim=0)
            plain = frozen.displace(frozen_modes[:, heard], coefficients[:, heard], positions)
        return styled - plain


def _every_coefficient(network: AffineModeNetwork, code: Code) -> Tensor:
    return network.turning_coefficients(code) + network.style_coefficients(code)


def surface_frames(
    surface: TemplateSurface, faces: NDArray[np.float64], neutral: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Local frames F (B, N, 3, 3): how each vertex's neighbourhood is turned against the template.

    Parameters
    ----------
    surface
        The template surface.
    faces
        (B, N, 3) faces, metres.
    neutral
        (N, 3) a face from which the others differ in places only; saves work, changes nothing.
    """
    start = surface.vertices if neutral is None else neutral
    still = np.tile(np.eye(3), (len(start), 1, 1))
    resting = still if neutral is None else _frames(surface, neutral, surface.vertices, still)
    return np.stack([_frames(surface, face, start, resting) for face in faces])


def _frames(
    surface: TemplateSurface, face: NDArray[np.float64], start: NDArray[np.float64], resting: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Frames (N, 3, 3) of a face, computed anew only where it differs from ``start``, whose frames are ``resting``."""
    triangles = surface.triangles
    changed = np.zeros(len(face), dtype=bool)
    changed[triangles[(face != start).any(axis=1)[triangles].any(axis=1)]] = True
    around = np.flatnonzero(changed[triangles].any(axis=1))
    frames = resting.copy()
    if len(around):
        gradients = deformation_gradients(surface.vertices, face, triangles[around])
        frames[changed] = nearest_rotations(surface.average_to_vertices(gradients, around)[changed])
    return frames


def motion_activity(neutral: NDArray[np.float64], posed: NDArray[np.float64]) -> NDArray[np.float64]:
    """(B, N) from 0 where an expression moves nothing towards 1 where it moves much."""
    squared = ((posed - neutral) ** 2).sum(axis=-1)
    return squared / (squared + _HALF_ACTIVE**2)
