# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Blender's meshes and arrays: positions, polygons, UVs, whole at a time."""

from collections.abc import Iterable, Sequence

import bmesh
import bpy
import numpy as np
from numpy.typing import NDArray

from ..frame import from_blender
from ..words import UserError
from .checks import Head
from .surface import Surface


def positions(mesh: bpy.types.Mesh) -> NDArray[np.float32]:
    """(N, 3) vertex positions of the mesh's basis."""
    flat = np.empty(len(mesh.vertices) * 3, np.float32)
    # Attributes are copied in one piece; `vertices.foreach_get` takes each number by itself, 200 times slower.
    mesh.attributes["position"].data.foreach_get("vector", flat)
    return flat.reshape(-1, 3)


def evaluated_positions(evaluated: bpy.types.Object) -> NDArray[np.float32]:
    """(N, 3) positions with modifiers, of an object of the dependency graph."""
    points = positions(evaluated.to_mesh())
    evaluated.to_mesh_clear()
    return points


def shown_positions(item: bpy.types.Object) -> NDArray[np.float32]:
    """(N, 3) positions as the object's shape keys show them now, without modifiers."""
    keys = item.data.shape_keys
    if keys is None:
        return positions(item.data)
    basis = key_positions(keys.reference_key)
    shown = basis.copy()
    for key in keys.key_blocks[1:]:
        if key.value and not key.mute:
            shown += key.value * (key_positions(key) - key_positions(key.relative_key))
    return shown


def metres(item: bpy.types.Object, scene: bpy.types.Scene) -> NDArray[np.float32]:
    """`shown_positions` in metres and the backend's axes, as requests hold them."""
    return from_blender(shown_positions(item)) * np.float32(scene.unit_settings.scale_length)


def key_positions(key: bpy.types.ShapeKey) -> NDArray[np.float32]:
    """(N, 3) positions of one shape key."""
    flat = np.empty(len(key.points) * 3, np.float32)
    key.points.foreach_get("co", flat)  # in one piece, unlike `key.data`
    return flat.reshape(-1, 3)


def set_key_positions(key: bpy.types.ShapeKey, points: NDArray[np.floating]) -> None:
    """Set (N, 3) positions of one shape key; `Mesh.update` shows them."""
    key.points.foreach_set("co", np.ascontiguousarray(points, np.float32).ravel())


def set_positions(mesh: bpy.types.Mesh, points: NDArray[np.floating]) -> None:
    """Move all vertices of a mesh without shape keys."""
    _put(mesh, points)
    mesh.update()


def _put(mesh: bpy.types.Mesh, points: NDArray[np.floating]) -> None:
    flat = np.ascontiguousarray(points, np.float32).ravel()
    mesh.attributes["position"].data.foreach_set("vector", flat)


def polygons(mesh: bpy.types.Mesh) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Blender's flat polygon arrays: the corners' vertices, and the number of corners of each polygon."""
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.attributes[".corner_vert"].data.foreach_get("value", corners)
    sizes = np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("loop_total", sizes)
    return corners, sizes


def padded_polygons(mesh: bpy.types.Mesh) -> NDArray[np.int32]:
    """(Q, 4) polygons, a triangle with -1 as fourth corner.

    Raises
    ------
    UserError
        When the mesh has polygons of more than four corners.
    """
    corners, sizes = polygons(mesh)
    if len(sizes) and sizes.max() > 4:
        remedy = "Turn them into quads: Face ▸ Triangulate, then Tris to Quads"
        raise UserError("“{name}” has faces with more than four corners.", remedy, name=mesh.name)
    padded = np.full((len(sizes), 4), -1, np.int32)
    padded[np.arange(4) < sizes[:, None]] = corners
    return padded


def new_mesh(name: str, points: NDArray[np.floating], surface: Surface) -> bpy.types.Mesh:
    """A smooth mesh of ``points`` (N, 3) and polygons that name no vertex twice."""
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(points))
    mesh.loops.add(len(surface.corners))
    mesh.polygons.add(len(surface.starts))
    _put(mesh, points)
    mesh.attributes[".corner_vert"].data.foreach_set("value", surface.corners)
    mesh.polygons.foreach_set("loop_start", surface.starts)
    if surface.uv is not None:
        mesh.uv_layers.new(name="UVMap").uv.foreach_set("vector", surface.uv)
    mesh.update(calc_edges=True)
    mesh.shade_smooth()
    return mesh


def bare_object(name: str, source: bpy.types.Mesh, points: NDArray[np.floating]) -> bpy.types.Object:
    """An object in no collection yet, with a copy of a mesh in another shape (N, 3), without its shape keys."""
    item = bpy.data.objects.new(name, source.copy())
    item.data.name = name
    item.shape_key_clear()
    set_positions(item.data, points)
    return item


def append(mesh: bpy.types.Mesh, more: bpy.types.Mesh) -> None:
    """Put the vertices, polygons and materials of another mesh behind a mesh's own."""
    if not mesh.materials:
        mesh.materials.append(None)  # what had no material keeps none
    polygons, slots = len(mesh.polygons), len(mesh.materials)
    for material in more.materials:
        mesh.materials.append(material)
    both = bmesh.new()
    both.from_mesh(mesh)
    both.from_mesh(more)
    both.faces.ensure_lookup_table()
    for face in both.faces[polygons:]:
        face.material_index += slots
    both.to_mesh(mesh)
    both.free()


def set_materials(mesh: bpy.types.Mesh, slots: NDArray[np.integer]) -> None:
    """Give each polygon (Q,) its material slot."""
    name = "material_index"
    layer = mesh.attributes.get(name) or mesh.attributes.new(name, "INT", "FACE")
    layer.data.foreach_set("value", np.ascontiguousarray(slots, np.int32))


def set_shape_keys(item: bpy.types.Object, names: Sequence[str], targets: Iterable[NDArray[np.float32]]) -> None:
    """Give an object shape keys at value 0, by name; keys that exist are changed, never doubled.

    Each of ``targets`` (N, 3) are positions, not offsets.
    """
    if item.data.shape_keys is None:
        item.shape_key_add(name="Basis", from_mix=False).value = 0.0
    blocks = item.data.shape_keys.key_blocks
    for name, points in zip(names, targets, strict=True):
        key = blocks.get(name)
        if key is None:
            key = item.shape_key_add(name=name, from_mix=False)
            key.value = 0.0
        set_key_positions(key, points)
    item.data.update()


def head_of(item: bpy.types.Object, scene: bpy.types.Scene) -> Head:
    """What the checks look at. Identity sliders of a base head count as its shape, not as keys."""
    corners, sizes = polygons(item.data)
    keys = item.data.shape_keys
    own = item.onesculpt.role == "HEAD"
    return Head(
        name=item.name,
        positions=shown_positions(item),
        corners=corners,
        sizes=sizes,
        shape_keys=tuple(key.name for key in keys.key_blocks[1:]) if keys and not own else (),
        modifiers=tuple(modifier.name for modifier in item.modifiers),
        axes=np.array(item.matrix_world.to_3x3()),
        unit=scene.unit_settings.scale_length,
    )
