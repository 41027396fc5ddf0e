# SPDX-License-Identifier: GPL-3.0-or-later
"""The change from one reference face to its sculpt, carried to other neutral faces."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..constraints.eye_guard import EyeGuard
from ..constraints.lids import covering_rows
from ..constraints.pairs import find_contacts
from ..constraints.space import CorrectionSpace
from ..head.attachments import SkinAttachment
from ..head.eyeball import Eyeball
from ..head.mouth_cavity import THICKNESS, CavityGuard
from ..head.template import Component, TemplateSurface
from ..mesh.gradients import deformation_gradients
from ..mesh.poisson import PoissonSystem
from ..mesh.polar import nearest_rotations
from ..mesh.similarity import affine_fit, similarity_fit
from ..rig.parts import RIDING

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_SCREENING_LENGTH = 0.2  # m; gradients decide the shape, anchors only the place
_FIRMER = 0.001  # m; skin that the sculptor moved this far keeps its place twice as firmly
_TOUCHING = 0.0015  # m
_CONTACT = 20.0
_LID_LENGTH = 0.003  # m; what a lid gives way by fades within a few of these
_LID_STEPS = 3
_CAVITY = 20.0
_STEPS = 4  # solves; turns of the triangles and the walls of the mouth follow from the last one's result
_HOST_REACH = 2.0
_MET = 1e-6  # m


class ShapeTransfer:
    """Deformation transfer of reference → sculpt onto faces in the same topology.

    Per triangle the deformation gradient A of the sculpt is carried in local frames: a face whose
    triangle is turned by R against the reference receives R A Rᵀ. A screened Poisson solve makes
    a surface of them (Sumner & Popović 2004). Neighbours whose R differ ask for different turns,
    and what they compromise on is bent and squeezed; so further solves ask for the stretch of
    R A Rᵀ alone, turned as the surface has it (the local and global steps of Sorkine & Alexa 2007).
    Anchors are the face with the sculpt's plain offsets, after a similarity that all of the skin has in
    common. They are the firmer the larger the offset: a drawn-out ear is a lever that would turn small
    differences between people's ears into large ones.
    At the reference itself the sculpt comes back exactly. Skin that touches in the sculpt keeps
    touching, eyeballs stay behind their lids, and loose parts keep their place relative to the skin
    around them.

    Parameters
    ----------
    surface
        The template surface.
    reference, sculpt
        (N, 3) the artist's neutral and sculpted faces, metres.
    eye_parts, attached_parts
        Names of the eyeballs and of the pieces that ride on the skin.
    """

    def __init__(
        self,
        surface: TemplateSurface,
        reference: Array,
        sculpt: Array,
        eye_parts: tuple[str, ...] = ("eye_l", "eye_r"),
        attached_parts: tuple[str, ...] = RIDING,
    ) -> None:
        self._surface = surface
        self._reference = reference
        self._sculpt = sculpt
        self._gradients = deformation_gradients(reference, sculpt, surface.triangles)
        self._loose = [c for c in surface.inner_components if c.part not in attached_parts]
        self._hosts = [self._host_weights(component) for component in self._loose]
        riding = [c.vertices for c in surface.inner_components if c.part in attached_parts]
        self._attachment = SkinAttachment(surface, np.concatenate(riding)) if riding else None
        eyes = [Eyeball(c.vertices, surface.triangles) for c in surface.inner_components if c.part in eye_parts]
        skin = surface.skin
        local = np.full(len(reference), -1, dtype=np.int32)
        local[skin] = np.arange(len(skin))
        on_skin = surface.is_skin[surface.triangles].all(axis=1)
        self._skin_triangles = np.flatnonzero(on_skin)
        turned = self._gradients[on_skin]
        self._stretches = nearest_rotations(turned).swapaxes(-1, -2) @ turned
        self._contacts = find_contacts(sculpt, sculpt, surface.neighbours, skin, touching=_TOUCHING)
        self._guard = EyeGuard.build(surface.vertices, sculpt, skin, eyes, surface.triangles)
        self._lid_change = np.zeros(0)
        if self._guard is not None:
            self._lid_change = self._guard.distances(sculpt) / self._guard.distances(reference)
        rows, weights = [], []
        if len(self._contacts):
            rows.append(self._contacts.difference_rows(len(reference))[:, skin])
            weights.append(self._contacts.weights(_CONTACT, len(reference)))
        if self._guard is not None:
            self._lids = CorrectionSpace(surface.vertices, surface.triangles, skin, _LID_LENGTH)
        self._cavity = CavityGuard.build(surface)
        self._cavity_depth = np.zeros(0)
        if self._cavity is not None:
            self._cavity_depth = np.minimum(self._cavity.depth(sculpt), THICKNESS)
            rows.append(self._cavity.rows(skin))
            weights.append(np.full(len(self._cavity), _CAVITY))
        self._similarity = similarity_fit(reference[skin], sculpt[skin])
        centre = reference[skin].mean(0)
        self._offset = sculpt - centre - (reference - centre) @ self._similarity.T
        moved = np.linalg.norm(self._offset[skin] - self._offset[skin].mean(0), axis=1)
        # The sculpt's own cotangents: where it is larger, its shape counts for more.
        self._system = PoissonSystem(
            sculpt[skin],
            local[surface.triangles[on_skin]],
            surface.masses[skin] / _SCREENING_LENGTH**2 * (1.0 + moved / _FIRMER),
            sparse.csr_matrix(sparse.vstack(rows)) if rows else None,
            np.concatenate(weights) if weights else None,
        )

    def _host_weights(self, component: Component) -> Array:
        """(S,) weights of the skin vertices around a loose part, summing to one."""
        centre = self._surface.vertices[component.vertices].mean(0)
        distance = np.linalg.norm(self._surface.vertices[self._surface.skin] - centre, axis=1)
        weights = self._surface.masses[self._surface.skin] * np.exp(
            -((distance / (_HOST_REACH * distance.min())) ** 2)
        )
        return weights / weights.sum()

    def __call__(self, faces: Array) -> Array:
        """Styled faces (B, N, 3) of neutral faces (B, N, 3), metres."""
        return np.stack([self._one(face) for face in faces])

    def follow(self, start: Array, end: Array) -> Array:
        """``end`` (N, 3) with every loose and riding part where the skin's move from ``start`` takes it.

        A loose part moves by the similarity that fits the skin around it best.
        """
        result, skin = end.copy(), self._surface.skin
        for component, weights in zip(self._loose, self._hosts, strict=True):
            root = np.sqrt(weights)[:, None]
            before, after = weights @ start[skin], weights @ end[skin]
            turn = similarity_fit((start[skin] - before) * root, (end[skin] - after) * root, centred=True)
            vertices = component.vertices
            result[vertices] = after + (start[vertices] - before) @ turn.T
        if self._attachment is not None:
            result[self._attachment.vertices] = self._attachment.follow(start, result)
        return result

    def _one(self, face: Array) -> Array:
        surface, skin = self._surface, self._surface.skin
        change = deformation_gradients(self._reference, face, surface.triangles)
        rotation = nearest_rotations(change)
        vertex_rotation = nearest_rotations(surface.average_to_vertices(change))
        turn, triangles = rotation[self._skin_triangles], surface.triangles[self._skin_triangles]
        carried = turn @ self._gradients[self._skin_triangles] @ turn.swapaxes(-1, -2)
        stretch = turn @ self._stretches @ turn.swapaxes(-1, -2)
        edges = self._system.edges(face[skin])
        turned = nearest_rotations(affine_fit(self._reference[skin], face[skin])[None])[0]
        centre, common = face[skin].mean(0), turned @ self._similarity @ turned.T
        anchors = centre + (face - centre) @ common.T + self._offset @ turned.T
        contacts = self._contact_offsets(face, vertex_rotation)
        result = anchors.copy()
        for step in range(_STEPS):
            if step:
                reached = deformation_gradients(face, result, triangles)
                carried = nearest_rotations(reached @ stretch) @ stretch
            targets = contacts
            if self._cavity is not None:
                bag = result[self._cavity.vertices]
                kept = bag if step == 0 else self._cavity.project(result, self._cavity_depth)
                targets = np.concatenate([contacts, kept])
            wanted = np.einsum("mij,mkj->mki", carried, edges)
            result[skin] = self._system.solve(wanted[None], anchors[skin][None], targets[None])[0]
            for component, weights in zip(self._loose, self._hosts, strict=True):
                result[component.vertices] = self._place(component, weights, face, result)
        self._clear_eyeballs(face, result)
        if self._attachment is not None:
            riding = self._attachment.vertices
            start = self._sculpt.copy()
            result[riding] = self._attachment.follow(start, result)
        return result

    def _clear_eyeballs(self, face: Array, result: Array) -> None:
        """Take lids in ``result`` (N, 3) out of the eyeballs, as far as they are out of the sculpt's.

        How far that is differs from the sculpt in the proportion in which this neutral ``face``
        differs there from the reference.
        """
        if self._guard is None:
            return
        enough = self._guard.distances(face) * self._lid_change
        for _ in range(_LID_STEPS):
            rows = covering_rows(self._guard, result, enough, result)
            if not (rows.wanted > _MET).any():
                return
            result[self._lids.members] += self._lids.correct(rows, np.ones(len(result)))

    def _contact_offsets(self, face: Array, rotation: Array) -> Array:
        first, second = self._contacts.first, self._contacts.second
        sculpted = self._sculpt[first] - self._sculpt[second]
        reference = self._reference[first] - self._reference[second]
        turn = rotation[first]
        return face[first] - face[second] + np.einsum("kij,kj->ki", turn, sculpted - reference)

    def _place(self, component: Component, weights: Array, face: Array, result: Array) -> Array:
        """A loose part is reshaped as it is in the sculpt and keeps its place relative to the skin around it."""
        vertices, skin = component.vertices, self._surface.skin
        shape = affine_fit(self._reference[vertices], self._sculpt[vertices])
        change = affine_fit(self._reference[vertices], face[vertices])
        turn = nearest_rotations(change[None])[0]
        reference, sculpt, own = (
            positions[vertices].mean(0) - weights @ positions[skin]
            for positions in (self._reference, self._sculpt, face)
        )
        centre = weights @ result[skin] + turn @ (sculpt + shape @ (turn.T @ own - reference))
        start, end, mine = (p[vertices] - p[vertices].mean(0) for p in (self._reference, self._sculpt, face))
        remainder = end - start @ shape.T
        return centre + mine @ (turn @ shape @ turn.T).T + remainder @ turn.T
