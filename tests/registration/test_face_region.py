# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import trimesh

from backend.mesh.areas import vertex_areas
from backend.morphable_model import MorphableModel
from backend.registration.face_region import face_membership


def test_areas_add_up_to_the_surface(model: MorphableModel) -> None:
    template = model.template.astype(np.float64)
    areas = vertex_areas(template, model.triangles)
    mesh = trimesh.Trimesh(template, model.triangles, process=False)
    np.testing.assert_allclose(areas.sum(), mesh.area, rtol=1e-9)


def test_the_face_ends_before_the_mask_does(model: MorphableModel) -> None:
    share = face_membership(model)
    assert model.landmarks is not None
    assert (share[model.landmarks[17:]] == 1).all()  # brows, nose, eyes and mouth
    for name in ("ear_left", "ear_right", "neck_seam"):
        assert (share[np.asarray(model.regions[name])] == 0).all()
    mirrored = share[model.mirror] if model.mirror is not None else share
    np.testing.assert_allclose(share, mirrored, atol=1e-3)
